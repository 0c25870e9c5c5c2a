import type { Place } from '../../../base/index.ts';
import { declaredAt } from '../../../graph/index.ts';
import type { CellOf, Columns, Dataset } from '../../contract/index.ts';

/** A cell in a unit test: as JavaScript has it, an instant also as text (`'2026-01-31T12:00:00Z'`). */
type Cell<T> = T extends Date ? Date | string : T;

/** A row in a unit test: the columns that matter. */
export type FixtureRow<C extends Columns> = { readonly [K in keyof C]?: Cell<CellOf<C[K]>> | null };

/** Rows of a dataset, made by `rows`. */
export interface Fixture {
  readonly dataset: string;
  readonly rows: readonly Readonly<Record<string, unknown>>[];
}

/** Rows that a table's query is to see of a dataset. A column that a row leaves out is null. */
export function rows<C extends Columns>(
  dataset: Dataset<string, C>,
  given: readonly FixtureRow<C>[],
): Fixture {
  return Object.freeze({ dataset: dataset.name, rows: given as Fixture['rows'] });
}

/** What is expected of a table's query over given rows. */
export interface UnitTest {
  readonly name: string;
  readonly table: string;
  readonly given: readonly Fixture[];
  readonly expect: Fixture['rows'];
  /** Rows that the table's contract sets aside. */
  readonly setAside: number;
  /** For a table with history: when it is looked at. */
  readonly at?: Date | string;
  readonly place: Place;
}

/**
 * A test of a table's query and contract with a few rows, run by `millrace test` without reading or writing any data of the project. Rows may come in
 * any order; only columns that an expected row names are compared, numbers to 12 digits. A dataset that is not given is empty. Of a table with
 * history, rows of its own say what it held before.
 * @example
 * export default [
 *   unitTest('what was charged back is fraud', outcomes, {
 *     given: [rows(payments, [{ payment_id: 'p1' }, { payment_id: 'p2' }]), rows(chargebacks, [{ payment_id: 'p1' }])],
 *     expect: [{ payment_id: 'p1', is_fraud: true }, { payment_id: 'p2', is_fraud: false }],
 *   }),
 * ];
 */
export function unitTest<C extends Columns>(
  name: string,
  table: Dataset<string, C>,
  test: {
    given: readonly Fixture[];
    expect: readonly FixtureRow<C>[];
    /** How many rows the contract sets aside. Default 0. */
    setAside?: number;
    at?: Date | string;
  },
): UnitTest {
  const { given, expect, setAside = 0, at } = test;
  return Object.freeze({
    name,
    table: table.name,
    given,
    expect: expect as Fixture['rows'],
    setAside,
    ...(at === undefined ? {} : { at }),
    place: declaredAt(),
  });
}
