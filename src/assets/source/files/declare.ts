import type { FilesSpec } from './spec.ts';

export interface FilesOptions {
  /** Default: by the ending (.csv .tsv .jsonl .ndjson .parquet, plain or with .gz). */
  format?: 'csv' | 'jsonl' | 'parquet';
  /** Of CSV. Default: found out from the file. */
  delimiter?: string;
  /** Of CSV: whether the first record names the columns. Default: yes; without, they stand in declared order. */
  header?: boolean;
  /** Texts that mean a missing cell in CSV. Default: the empty text. */
  nulls?: readonly string[];
}

/**
 * Files by glob, in a folder or as objects elsewhere.
 *
 * `s3://bucket/in/*.csv`: objects of S3 or of a store that speaks it; wants the npm package `@aws-sdk/client-s3`. Key, region and
 * endpoint are in the environment: AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN, AWS_REGION, AWS_ENDPOINT_URL_S3.
 * `https://host/file.csv`: one file. What is new is seen without reading it; an object that is exchanged replaces its rows.
 *
 * Throws for objects, at check: MILL_CONNECTOR_INVALID. At plan and run: MILL_CONNECTOR_PACKAGE_MISSING, MILL_SECRET_MISSING,
 * MILL_CONNECTOR_UNREACHABLE, MILL_CONNECTOR_REFUSED.
 *
 * In a folder, globs are relative to the project's folder: `files('data/payments/*.csv.gz')`. New files and files whose content has
 * changed are noticed at the next run; a changed file's rows replace its old ones; a file that vanished keeps its rows.
 */
export function files(glob: string, options: FilesOptions = {}): { readonly connector: 'files' } & FilesSpec {
  return Object.freeze({
    connector: 'files',
    glob,
    ...(options.format === undefined ? {} : { format: options.format }),
    ...(options.delimiter === undefined ? {} : { delimiter: options.delimiter }),
    ...(options.header === undefined ? {} : { header: options.header }),
    nulls: Object.freeze([...(options.nulls ?? [''])]),
  });
}
