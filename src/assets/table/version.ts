import type { Instant, Intervals } from '../../base/index.ts';
import type { Version } from '../../store/state/index.ts';
import type { ContractSpec, Standing, Statistics } from '../contract/index.ts';

/** What a version of a table remembers. */
export interface TableVersion {
  /** The newest event time; null without rows or without event time. */
  readonly newest: Instant | null;
  /** Rows in its quarantine. */
  readonly quarantined: number;
  /** Rows that broke each rule, of those that this version's own build made. */
  readonly broken: Readonly<Record<string, number>>;
  readonly statistics: Statistics;
  /** What it was judged by. */
  readonly contract: ContractSpec;
  /** Which event time its rows are of, and which of it stands on failed checks. */
  readonly standing?: Standing;
  /** Of a table that is built by intervals. */
  readonly progress?: Progress;
}

/** How far a table has come that is built by intervals. */
export interface Progress {
  /** From the first interval that it holds to the last; empty for none. */
  readonly covered: Intervals;
  /** Of these, the ones that this version's own build made. */
  readonly built: Intervals;
  /** Closed intervals for which rows have come that it has not taken in. */
  readonly late: Intervals;
  /** The newest event time among the rows that it is made of; null without any. */
  readonly reached: Instant | null;
}

/** What a version of a table remembers, from its record. */
export function tableVersionOf(version: Version): TableVersion {
  return version.detail as unknown as TableVersion;
}
