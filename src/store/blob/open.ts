import { MillraceError } from '../../base/index.ts';
import { s3Address } from '../object/index.ts';
import type { BlobStore } from './blob.port.ts';
import { openBlobFolder } from './folder.ts';
import { openBlobS3 } from './s3.ts';

/**
 * The blobs that MILLRACE_BLOBS names: `s3://bucket/prefix`, or a folder. Without it, `folder`. A bucket is asked on the first use.
 * @throws MILL_BLOB_ADDRESS
 */
export function openBlobs(
  folder: string,
  env: Readonly<Record<string, string | undefined>> = process.env,
): BlobStore {
  const address = env['MILLRACE_BLOBS'];
  if (address === undefined || address === '') return openBlobFolder(folder);
  const s3 = s3Address(address);
  if (s3 !== undefined) return openBlobS3(s3.bucket, s3.key, env);
  if (!/^[a-z][a-z0-9+.-]+:/i.test(address)) return openBlobFolder(address);
  // The address itself is not shown: it may hold what must not be.
  throw new MillraceError({
    code: 'MILL_BLOB_ADDRESS',
    message: 'MILLRACE_BLOBS, as the environment has it, names no place for files.',
    todo: 'Set it as s3://bucket/prefix or as the path of a folder, or unset it.',
    owner: 'project',
  });
}
