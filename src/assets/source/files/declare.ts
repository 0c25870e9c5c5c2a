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
 * Files by glob, relative to the project's folder: `files('data/payments/*.csv.gz')`. New files and files whose content has
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
