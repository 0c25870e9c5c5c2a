import type { Instant } from '../../base/index.ts';
import type { Database } from '../database.ts';

/** A batch of predictions that is in the lake. */
export interface Batch {
  readonly id: string;
  /** The endpoint or model that was asked. */
  readonly asset: string;
  /** The lake's table that holds its rows. */
  readonly target: string;
  /** Of what was asked: the same print, the same question. */
  readonly print: string;
  readonly rows: number;
  /** The versions that its answers come from. They are not retired. */
  readonly versions: readonly string[];
  /** The instant it was asked as of; null where each row has its own, or none is needed. */
  readonly asOf: Instant | null;
  readonly snapshot: number;
  readonly at: Instant;
}

/** What was scored into tables, by batch. */
export interface Batches {
  /** Joins the transaction it is called in; a second batch of one id fails there. */
  add(batch: Batch): void;
  get(id: string): Batch | undefined;
  /** Names of the tables that hold batches. */
  targets(): string[];
  /** The versions that batches name. */
  named(): string[];
}

interface Row extends Omit<Batch, 'versions' | 'asOf'> {
  readonly versions: string;
  readonly as_of: number | null;
}

export function openBatches(database: Database): Batches {
  return {
    add: ({ id, asset, target, print, rows, versions, asOf, snapshot, at }) => {
      database.run(
        'insert into mill_batch (id, asset, target, print, rows, versions, as_of, snapshot, at) values (?, ?, ?, ?, ?, ?, ?, ?, ?)',
        [id, asset, target, print, rows, JSON.stringify(versions), asOf, snapshot, at],
      );
    },
    get: (id) => {
      const row = database.get<Row>('select * from mill_batch where id = ?', [id]);
      if (row === undefined) return undefined;
      const { versions, as_of, ...rest } = row;
      return { ...rest, versions: JSON.parse(versions) as string[], asOf: as_of };
    },
    targets: () =>
      database
        .all<{ target: string }>('select distinct target from mill_batch order by target')
        .map(({ target }) => target),
    named: () =>
      database
        .all<{ version: string }>('select distinct value as version from mill_batch, json_each(versions)')
        .map(({ version }) => version),
  };
}
