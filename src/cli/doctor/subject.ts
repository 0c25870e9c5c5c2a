import type { Instant } from '../../base/index.ts';
import type { Retention, Workspace } from '../../graph/index.ts';
import type { Database } from '../../store/index.ts';
import type { Version } from '../../store/state/index.ts';

/** What an examination looks at. */
export interface Subject {
  readonly workspace: Workspace;
  /** The project's one database, in a connection of its own. */
  readonly database: Database;
  /** `.millrace`, absolute. */
  readonly home: string;
  /** Of all assets, also of those that are not declared any more. */
  readonly versions: readonly Version[];
  /** What is younger than this instant may be of a process at work. */
  readonly settled: Instant;
  /** Snapshots older than this instant may expire, but for so many newest. */
  readonly expireBefore: Instant;
  readonly keepSnapshots: number;
  /** Of the snapshots older than this instant only the last of each hour stays. */
  readonly thinBefore: Instant;
  /** What of the past is kept though nothing needs it. */
  readonly retention: Retention;
  /** Versions that may be retired. */
  readonly retirable: readonly string[];
}
