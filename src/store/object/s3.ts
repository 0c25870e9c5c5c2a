import type { ObjectStore, Opened, StoredObject, Wanted } from './object.port.ts';
import { type OpenS3, openClient } from './s3-client.ts';
import { s3Problem, statusOf } from './s3-problem.ts';

interface Listed {
  readonly Key?: string;
  readonly Size?: number;
  readonly ETag?: string;
  readonly LastModified?: Date;
}
interface Page {
  readonly Contents?: readonly Listed[];
  readonly IsTruncated?: boolean;
  readonly NextContinuationToken?: string;
}
interface Head {
  readonly ContentLength?: number;
  readonly ETag?: string;
  readonly LastModified?: Date;
}
interface Body extends Head {
  readonly Body?: AsyncIterable<Uint8Array>;
}

/**
 * A bucket of S3 or of a compatible store. Who asks, where and with which secret is in the environment alone, under the names that
 * Amazon gave them: AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN, AWS_REGION, AWS_ENDPOINT_URL_S3.
 */
export function openS3(
  bucket: string,
  env: Readonly<Record<string, string | undefined>> = process.env,
): ObjectStore {
  let opened: Promise<OpenS3> | undefined;
  const open = (): Promise<OpenS3> => {
    opened ??= openClient(env);
    return opened;
  };
  const addressOf = (key: string): string => `s3://${bucket}/${key}`;
  const objectOf = (key: string, bytes = 0, etag?: string, modified?: Date): StoredObject =>
    Object.freeze({
      key,
      address: addressOf(key),
      bytes,
      modified: (modified?.getTime() ?? 0) * 1000,
      tag: `${bytes} ${etag ?? modified?.toISOString() ?? ''}`,
      ...(etag === undefined ? {} : { etag }),
    });

  return Object.freeze({
    async *list(prefix: string) {
      const { client, where, ListObjectsV2Command } = await open();
      let token: string | undefined;
      do {
        const input = {
          Bucket: bucket,
          Prefix: prefix,
          ...(token === undefined ? {} : { ContinuationToken: token }),
        };
        const page: Page = (await client.send(new ListObjectsV2Command(input)).catch((error: unknown) => {
          throw s3Problem(error, addressOf(prefix), where);
        })) as Page;
        for (const { Key, Size, ETag, LastModified } of page.Contents ?? [])
          if (Key !== undefined) yield objectOf(Key, Size, ETag, LastModified);
        token = page.IsTruncated === true ? page.NextContinuationToken : undefined;
      } while (token !== undefined);
    },

    async find(key: string) {
      const { client, where, HeadObjectCommand } = await open();
      try {
        const head = (await client.send(new HeadObjectCommand({ Bucket: bucket, Key: key }))) as Head;
        return objectOf(key, head.ContentLength, head.ETag, head.LastModified);
      } catch (error) {
        // Of a bucket that is missing the answer to HEAD is the same; reading and listing tell it.
        if (statusOf(error) === 404) return undefined;
        throw s3Problem(error, addressOf(key), where);
      }
    },

    async read({ key, etag }: Wanted, from: number, signal?: AbortSignal): Promise<Opened> {
      const { client, where, GetObjectCommand } = await open();
      const input = {
        Bucket: bucket,
        Key: key,
        ...(etag === undefined ? {} : { IfMatch: etag }),
        ...(from === 0 ? {} : { Range: `bytes=${from}-` }),
      };
      try {
        const answer = await client.send(new GetObjectCommand(input), signal && { abortSignal: signal });
        const { Body, ETag } = answer as Body;
        if (etag !== undefined && ETag !== etag) return 'changed';
        return Body ?? nothing();
      } catch (error) {
        signal?.throwIfAborted();
        if ((error as Error).name === 'NoSuchKey') return 'gone';
        // Of a shorter object, what is asked for lies behind its end.
        if (statusOf(error) === 412 || statusOf(error) === 416) return 'changed';
        throw s3Problem(error, addressOf(key), where);
      }
    },

    async put(key: string, bytes: Uint8Array) {
      const { client, where, PutObjectCommand } = await open();
      await client
        .send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: bytes, ContentLength: bytes.length }))
        .catch((error: unknown) => {
          throw s3Problem(error, addressOf(key), where);
        });
    },

    close() {
      void opened?.then(
        ({ client }) => client.destroy(),
        () => {},
      );
    },
  } satisfies ObjectStore);
}

async function* nothing(): AsyncGenerator<Uint8Array> {}
