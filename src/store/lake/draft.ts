import type { Database } from '../database.ts';
import type { ChangeEntry } from './change-text.ts';

/** A snapshot in the making. Ids are taken from the counters here, inside the transaction that holds the only writer's place. */
export interface Draft {
  readonly database: Database;
  readonly dataPath: string;
  readonly snapshot: number;
  nextCatalogId: number;
  nextFileId: number;
  /** Ids of tables made or altered or dropped; not empty means a new schema version. */
  readonly schemaChanges: Set<number>;
  readonly changes: ChangeEntry[];
}
