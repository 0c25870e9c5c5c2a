import type { Instant } from '../../base/index.ts';

/** Bytes under a name in a store elsewhere. They are never changed in place: writing to the name exchanges the whole. */
export interface StoredObject {
  readonly key: string;
  /** What it is called in messages, loads and quarantines: `s3://bucket/key`. Holds no secret. */
  readonly address: string;
  readonly bytes: number;
  readonly modified: Instant;
  /** By the store's word, equal as long as the content is: its ETag and size, or its time and size where it has no ETag. */
  readonly tag: string;
  /** As it goes into conditions; undefined where the store has none that can stand there. */
  readonly etag?: string;
}

/** An object to be read; without a tag whatever its name has now. */
export type Wanted = Pick<StoredObject, 'key' | 'etag'> & Partial<Pick<StoredObject, 'tag'>>;

/** The bytes from where they were asked for, or why there are none: the name has another content now, or none. */
export type Opened = AsyncIterable<Uint8Array> | 'changed' | 'gone';

/** Objects that can be found by name and read. */
export interface ObjectReader {
  /** Undefined when there is none. */
  find(key: string): Promise<StoredObject | undefined>;
  /** Reads the very content that was found, from byte `from` on. The stream ends with an error when it is cut. */
  read(object: Wanted, from: number, signal?: AbortSignal): Promise<Opened>;
  close(): void;
}

/**
 * A store of objects, as S3 has them.
 * Throws MILL_CONNECTOR_UNREACHABLE (retry: true) when it does not answer, MILL_CONNECTOR_REFUSED when it refuses,
 * MILL_SECRET_MISSING, MILL_CONNECTOR_INVALID and MILL_CONNECTOR_PACKAGE_MISSING on the first use. No message holds a secret.
 */
export interface ObjectStore extends ObjectReader {
  /** All objects whose key begins so, in the store's order, page by page. */
  list(prefix: string): AsyncIterable<StoredObject>;
  put(key: string, bytes: Uint8Array): Promise<void>;
}
