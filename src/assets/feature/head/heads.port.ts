import type { Instant } from '../../../base/index.ts';
import type { FeaturesBody } from '../spec.ts';
import type { SeenRow } from '../tiles.ts';

/** How far a stream had been read: the next record of each of its parts that has come further than the dataset's version. */
export type HeadPosition = Readonly<Record<string, number>>;

/** Rows that are acknowledged and that a version of their dataset has not. */
export interface Head {
  readonly rows: readonly SeenRow[];
  /** Up to where; together with the dataset's version it says which rows were seen. */
  readonly position: HeadPosition;
}

/** The heads of a project's streams. */
export interface Heads {
  /** Learns of what has been acknowledged since the last look, whoever took it. */
  catchUp(): Promise<void>;
  /** Makes sure that `of` can answer for a version of a dataset, however old. */
  reach(body: FeaturesBody, dataset: string): Promise<void> | undefined;
  /** The head of a dataset for one entity; undefined for a dataset that nothing is posted to. */
  of(body: FeaturesBody, dataset: string, entity: string): Head | undefined;
  /** The newest event time that a version of a dataset and its head know; null without rows. */
  newest(body: FeaturesBody, dataset: string): Promise<Instant | null>;
}
