import type { ColumnData } from '../../engine/index.ts';

/** A row of inputs by name, as features and request features give them. */
export type InputRow = Readonly<Record<string, unknown>>;

/** A model ready to answer. */
export interface Scorer {
  /** Numbers it gives for a row: as many as there are classes where there are several, else one. */
  readonly width: number;
  /** Row after row: the probability of true, the value or score, or the probabilities of all classes. */
  score(rows: readonly InputRow[]): Promise<Float64Array>;
  /** The same of many rows that lie in columns, in any order and with others among them: no object is made for a row. */
  scoreColumns(columns: readonly ColumnData[]): Promise<Float64Array>;
  close(): Promise<void>;
}
