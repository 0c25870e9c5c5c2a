/**
 * Files that are no tables: models, reports. A blob is named by the SHA-256 of its bytes and never changes. The suite every store
 * passes is blob.conformance.ts.
 */
export interface BlobStore {
  /** Stores bytes durably and gives their name. */
  put(bytes: Uint8Array): Promise<string>;
  /** @throws MILL_BLOB_MISSING when it is not there, MILL_BLOB_DAMAGED when its bytes do not match its name. */
  get(name: string): Promise<Uint8Array>;
  has(name: string): Promise<boolean>;
  /** Ends connections; afterwards nothing is asked of it. */
  close(): Promise<void>;
}
