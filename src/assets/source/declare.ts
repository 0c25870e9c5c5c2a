import { declaredAt } from '../../graph/index.ts';
import { type Columns, type Contract, contractSpec, type Dataset } from '../contract/index.ts';
import type { FilesSpec, SourceBody } from './spec.ts';

/** Where the rows of a source come from. */
export interface Connector {
  readonly connector: 'files';
  readonly spec: FilesSpec;
}

export interface FilesOptions {
  /** Default: by the ending (.csv .tsv .jsonl .ndjson .parquet, plain or with .gz). */
  format?: 'csv' | 'jsonl' | 'parquet';
  /** Of CSV. Default: found out from the file. */
  delimiter?: string;
  /** Texts that mean a missing cell in CSV. Default: the empty text. */
  nulls?: readonly string[];
}

/**
 * Files by glob, relative to the project's folder: `files('data/payments/*.csv.gz')`. New files and files whose content has
 * changed are noticed at the next run; a changed file's rows replace its old ones; a file that vanished keeps its rows.
 */
export function files(glob: string, options: FilesOptions = {}): Connector {
  return Object.freeze({
    connector: 'files',
    spec: Object.freeze({
      glob,
      ...(options.format === undefined ? {} : { format: options.format }),
      ...(options.delimiter === undefined ? {} : { delimiter: options.delimiter }),
      nulls: Object.freeze([...(options.nulls ?? [''])]),
    }),
  });
}

/**
 * Rows from outside, under a contract that is enforced on the way in.
 * @example
 * const payments = source('payments', {
 *   from: files('data/payments/*.csv'),
 *   columns: { payment_id: col.string(), amount: col.double().between(0, 50_000), paid_at: col.timestamp() },
 *   key: 'payment_id', eventTime: 'paid_at', onBreach: 'quarantine',
 * });
 */
export function source<const Name extends string, C extends Columns>(
  name: Name,
  options: Contract<C> & { from: Connector },
): Dataset<Name, C> {
  const body: SourceBody = { contract: contractSpec(options), files: options.from.spec };
  const { owner, description } = options;
  return Object.freeze({
    kind: 'source',
    name,
    columns: options.columns,
    '~': {
      nodes: [
        {
          kind: 'source',
          name,
          inputs: [],
          ...(owner === undefined ? {} : { owner }),
          ...(description === undefined ? {} : { description }),
          place: declaredAt(),
          body,
        },
      ],
    },
  });
}
