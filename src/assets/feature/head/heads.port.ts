import type { Instant } from '../../../base/index.ts';
import type { FeaturesBody } from '../spec.ts';
import type { SeenRow, Tile } from '../tiles.ts';

/** How far a stream had been read: the next record of each of its parts that has come further than the dataset's version. */
export type HeadPosition = Readonly<Record<string, number>>;

/** Rows of one entity that are acknowledged and that a version of its dataset has not. */
export interface HeadRows {
  /** One by one. */
  readonly rows: readonly SeenRow[];
  /** Those besides that are known at the instant asked about, in tiles of each series of the layout, by start. */
  readonly tiles?: readonly (readonly Tile[])[];
  /** How many there are, in tiles too. */
  readonly count: number;
}

export interface Head extends HeadRows {
  /** Up to where; together with the dataset's version it says which rows were seen. */
  readonly position: HeadPosition;
}

/** The heads of a project's streams. */
export interface Heads {
  /** Learns of what has been acknowledged since the last look, whoever took it. */
  catchUp(): Promise<void>;
  /** Makes sure that `of` can answer for a version of a dataset, however old. */
  reach(body: FeaturesBody, dataset: string): Promise<void> | undefined;
  /** The head of a dataset for one entity, asked about `t`, to be read at once; undefined for a dataset that nothing is posted to. */
  of(body: FeaturesBody, dataset: string, entity: string, t: Instant): Head | undefined;
  /** The newest event, at or before `t`, that a version of a dataset and its head know; null without any. */
  newest(body: FeaturesBody, dataset: string, t: Instant): Promise<Instant | null>;
}
