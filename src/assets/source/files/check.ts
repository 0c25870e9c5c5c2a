import type { Problem } from '../../../base/index.ts';
import { s3Address } from '../../../store/object/index.ts';
import { isSecretive } from '../secret.ts';
import { isAddress } from './object-address.ts';
import type { FilesSpec } from './spec.ts';

type Fault = Omit<Problem, 'owner' | 'asset' | 'place'>;

/** Faults of an address of objects. Of a glob of files there are none: it finds what it finds. */
export function checkFiles({ glob }: FilesSpec): readonly Fault[] {
  if (!isAddress(glob)) return [];
  const fault = (message: string, todo: string): Fault[] => [
    { code: 'MILL_CONNECTOR_INVALID', message, todo },
  ];
  if (/^s3:/i.test(glob)) {
    // What stands before the @ may be a secret, so the text itself is in no message.
    const { bucket, key } = s3Address(glob) ?? {};
    if (bucket === undefined)
      return fault(
        'Its address names no S3 bucket.',
        "Write 's3://bucket/folder/*.csv'; a key stands in the environment.",
      );
    if (key === '' || key?.endsWith('/'))
      return fault(`Its address names no objects in ${bucket}.`, `Write 's3://${bucket}/${key}*.csv'.`);
    return [];
  }
  const url = URL.parse(glob);
  if (url === null || !/^https?:$/.test(url.protocol))
    return fault(
      'Its address is none of s3://, https:// and http://.',
      "Write 's3://bucket/folder/*.csv' or 'https://host/file.csv'.",
    );
  if (url.username !== '' || url.password !== '' || [...url.searchParams.keys()].some(isSecretive))
    return fault(
      'Its address holds a secret.',
      'Take it from where none is needed, from S3, or by http(…) with a header.',
    );
  if (/[*[\]{}]/.test(url.pathname + decodeURI(url.pathname)))
    return fault(
      'What lies behind a web address cannot be listed, so it has no pattern.',
      'Name one file, or read from s3://bucket/….',
    );
  return [];
}
