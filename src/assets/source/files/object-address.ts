import { bug } from '../../../base/index.ts';
import {
  type ObjectReader,
  type ObjectStore,
  openS3,
  openWeb,
  s3Address,
} from '../../../store/object/index.ts';

/** Whether a source's glob is the address of objects elsewhere: `s3://bucket/in/*.csv`, `https://host/x.csv`. */
export function isAddress(glob: string): boolean {
  return /^[a-z][a-z0-9+.-]+:\/\//i.test(glob);
}

/** A place of objects, opened: those of a bucket that match a pattern, or the one behind a web address. */
export type Objects =
  | { readonly of: 'bucket'; readonly store: ObjectStore; readonly pattern: string; readonly prefix: string }
  | { readonly of: 'web'; readonly store: ObjectReader; readonly url: string };

/** Opens what an address names, as the environment says. Nothing is asked yet. Close `store` afterwards. */
export function openObjects(
  glob: string,
  env: Readonly<Record<string, string | undefined>> = process.env,
): Objects {
  const s3 = s3Address(glob);
  if (s3 !== undefined)
    return { of: 'bucket', store: openS3(s3.bucket, env), pattern: s3.key, prefix: prefixOf(s3.key) };
  if (/^https?:\/\//i.test(glob)) return { of: 'web', store: openWeb(), url: glob };
  throw bug(`'${glob.slice(0, 80)}' is no address of objects.`);
}

/** What every key that a pattern matches begins with, so that no more than that is listed. */
export function prefixOf(pattern: string): string {
  return pattern.replace(/[*?[\]{}()!+@\\][\s\S]*$/, '');
}
