import { looksSecret, type Problem } from '../../../base/index.ts';
import { s3Address } from '../../../store/object/index.ts';
import { type ContractSpec, pathText, pointerTo } from '../../contract/index.ts';
import { isAddress } from './object-address.ts';
import type { FilesSpec } from './spec.ts';

type Fault = Omit<Problem, 'owner' | 'asset' | 'place'>;

/** Faults of the declaration: of an address of objects, and of columns within objects where files hold none. */
export function checkFiles(spec: FilesSpec, contract: ContractSpec): readonly Fault[] {
  return [...addressFaults(spec), ...nestedFaults(spec, contract)];
}

function nestedFaults({ format, glob }: FilesSpec, { columns }: ContractSpec): readonly Fault[] {
  const nested = columns.find(({ at }) => at !== undefined);
  const flat = format === undefined ? /\.(csv|tsv|parquet)(\.gz)?$/i.test(glob) : format !== 'jsonl';
  if (nested === undefined || !flat) return [];
  return [
    {
      code: 'MILL_SOURCE_PATH',
      message: `Column '${nested.name}' is declared to lie at ${pathText(pointerTo(nested))} of a JSON object, but its files are none of JSON lines.`,
      todo: 'Drop .at(…), or deliver JSON lines.',
    },
  ];
}

/** Of a glob of files there are none: it finds what it finds. */
function addressFaults({ glob }: FilesSpec): readonly Fault[] {
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
  if (url.username !== '' || url.password !== '' || [...url.searchParams.keys()].some(looksSecret))
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
