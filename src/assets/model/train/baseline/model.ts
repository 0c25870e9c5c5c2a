import type { InputColumn, Task } from '../trainer.port.ts';

/** What is answered: of a row whose category is at a level, its row of `answers`; row 0 for all others, and where a value is missing. */
export interface BaselineModel {
  readonly task: Task;
  readonly columns: readonly Pick<InputColumn, 'name' | 'type'>[];
  readonly outputs: number;
  /** [level][output], flat: a probability of 1, of each class, or a value. */
  readonly answers: Float64Array;
  /** The column that is looked at, by its place. */
  readonly by?: { readonly at: number; readonly levels: ReadonlyMap<string, number> };
  readonly value?: { readonly at: number };
}
