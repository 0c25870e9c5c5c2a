import { DAY, type Instant, type Json, type JsonObject } from '../../base/index.ts';
import type { Database } from '../database.ts';

/** Features of one entity as they were answered, with all it takes to compute them again. */
export interface KeptLookUp {
  readonly id: string;
  /** The features asset, and its version whose state was read. */
  readonly asset: string;
  readonly version: string;
  readonly asOf: Instant;
  /** Key values by column. */
  readonly keys: JsonObject;
  /** Instants as microseconds. */
  readonly features: JsonObject;
  /** The version of the dataset whose rows the state held. */
  readonly dataset: string;
  /** Up to where the log of a stream had been read as well, by stream; null for a dataset that nothing is posted to. */
  readonly position: Readonly<Record<string, number>> | null;
}

/** Look-ups that were taken to be audited: the newest of each features asset, of the last week. */
export interface LookUps {
  put(lookUps: readonly KeptLookUp[]): void;
  /** Those as of an instant or later, oldest first. */
  since(asset: string, from: Instant): KeptLookUp[];
  /** The versions, of features and of datasets, that they were answered from. */
  versions(asset: string): string[];
}

/** Look-ups that are kept of each features asset. */
const KEPT = 10_000;
/** They keep versions and snapshots from being let go of, so no longer than this. */
const AGE = 7 * DAY;

interface Row {
  readonly id: string;
  readonly asset: string;
  readonly version: string;
  readonly as_of: Instant;
  readonly keys: string;
  readonly features: string;
  readonly dataset: string;
  readonly position: string;
}

export function openLookUps(database: Database, kept = KEPT, age = AGE): LookUps {
  return {
    put: (lookUps) =>
      // Nobody was promised that it is kept, and requests wait while the disk is written.
      database.transaction(
        () => {
          for (const { id, asset, version, asOf, keys, features, dataset, position } of lookUps)
            database.run(
              `insert into mill_look_up (id, asset, version, as_of, keys, features, dataset, position)
             values (?, ?, ?, ?, ?, ?, ?, ?) on conflict (id) do nothing`,
              [id, asset, version, asOf, text(keys), text(features), dataset, text(position)],
            );
          for (const asset of new Set(lookUps.map((one) => one.asset)))
            database.run(
              `delete from mill_look_up where asset = ?1 and (
               as_of < (select max(as_of) from mill_look_up where asset = ?1) - ?3
               or (as_of, id) < (select as_of, id from mill_look_up where asset = ?1 order by as_of desc, id desc limit 1 offset ?2))`,
              [asset, kept - 1, age],
            );
        },
        { flush: false },
      ),
    since: (asset, from) =>
      database
        .all<Row>('select * from mill_look_up where asset = ? and as_of >= ? order by as_of, id', [
          asset,
          from,
        ])
        .map(({ as_of, keys, features, position, ...rest }) => ({
          ...rest,
          asOf: as_of,
          keys: JSON.parse(keys) as JsonObject,
          features: JSON.parse(features) as JsonObject,
          position: JSON.parse(position) as KeptLookUp['position'],
        })),
    versions: (asset) =>
      database
        .all<{ id: string }>(
          'select version as id from mill_look_up where asset = ?1 union select dataset from mill_look_up where asset = ?1',
          [asset],
        )
        .map(({ id }) => id),
  };
}

const text = (value: Json): string => JSON.stringify(value);
