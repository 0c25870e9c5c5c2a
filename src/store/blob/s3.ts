import { sha256 } from '../../base/index.ts';
import { type ObjectStore, openS3 } from '../object/index.ts';
import type { BlobStore } from './blob.port.ts';
import { checkedName, damaged, missing } from './blob-problem.ts';

/** Blobs as objects of an S3 bucket, below a prefix: `s3://bucket/prefix`. Many processes may use it at once. */
export function openBlobS3(
  bucket: string,
  prefix: string,
  env: Readonly<Record<string, string | undefined>> = process.env,
): BlobStore {
  const objects: ObjectStore = openS3(bucket, env);
  const below = prefix.replace(/\/+$/, '');
  const keyOf = (name: string): string => (below === '' ? '' : `${below}/`) + checkedName(name);
  const place = `s3://${bucket}/${below}`;

  const store: BlobStore = {
    put: async (bytes) => {
      const name = sha256(bytes);
      // Also when it is there: what is there may be damaged, and writing the same bytes over it mends it.
      await objects.put(keyOf(name), bytes);
      return name;
    },
    get: async (name) => {
      const opened = await objects.read({ key: keyOf(name) }, 0);
      if (typeof opened === 'string') throw missing(name, place);
      const bytes = Buffer.concat(await Array.fromAsync(opened));
      if (sha256(bytes) !== name) throw damaged(name, place, bytes.length);
      return bytes;
    },
    has: async (name) => (await objects.find(keyOf(name))) !== undefined,
    close: async () => objects.close(),
  };
  return Object.freeze(store);
}
