import { deepFreeze } from '../../base/index.ts';
import { noted } from './col.ts';
import type { Bounds, LikeBefore, RowRule, RuleNote, TableRule } from './spec.ts';

/**
 * A rule of a contract's `expect`, with the columns it names in its type: a column that is not declared, or is no number where
 * one is needed, does not compile.
 */
export type Expectation<Column extends string = never, NumberColumn extends string = never> = (
  | RowRule
  | TableRule
) & { readonly '~columns'?: Column; readonly '~numbers'?: NumberColumn };

export interface LikeBeforeOptions extends RuleNote {
  /** Always allowed: this share of the expected number more or less. Default 0.1. */
  readonly tolerance?: number;
  /** How many robust standard deviations the number may be from the expected one. Default 4. */
  readonly deviations?: number;
}

/** Bounds of a number, both ends counted; one of them may be left out. */
export interface BoundsOptions extends RuleNote {
  readonly atLeast?: number;
  readonly atMost?: number;
}

const likeOf = ({ tolerance = 0.1, deviations = 4 }: LikeBeforeOptions): LikeBefore => ({
  tolerance,
  deviations,
});
const boundsOf = ({ atLeast, atMost }: BoundsOptions): Bounds => ({
  ...(atLeast === undefined ? {} : { min: atLeast }),
  ...(atMost === undefined ? {} : { max: atMost }),
});
const made = <const R extends TableRule | RowRule>(rule: R, note: RuleNote = {}): R =>
  deepFreeze({ ...rule, ...noted(note) });

/**
 * A rule about each row: an SQL expression over its typed columns, false for a row that breaks it. A row passes where it is null. It is
 * prepared by `check`; subqueries, aggregates and functions that answer differently each time are refused there.
 * @example rowWhere('refund_within_amount', 'refunded <= amount')
 */
export function rowWhere(name: string, sql: string, note?: RuleNote): Expectation {
  return made({ rule: 'where', name, sql }, note);
}

/** Rules about the number of rows of the whole table, or of what a load brings: `rowCount.atLeast(1000)`. */
export const rowCount = Object.freeze({
  atLeast: (min: number, note?: RuleNote): Expectation => made({ rule: 'rowCount', min }, note),
  between: (min: number, max: number, note?: RuleNote): Expectation =>
    made({ rule: 'rowCount', min, max }, note),
  /** As many rows as earlier loads brought on the same day of the week. Passes, and says so, while history is short. */
  likeBefore: (options: LikeBeforeOptions = {}): Expectation =>
    made({ rule: 'rowCountLike', like: likeOf(options) }, options),
});

/** No two rows of the whole table share the values of these columns; a null is like no other. For what is no key: `unique('email')`. */
export function unique<const K extends string>(...columns: [K, ...K[]]): Expectation<K>;
export function unique<const K extends readonly [string, ...string[]]>(
  ...columns: readonly [...K, RuleNote]
): Expectation<K[number]>;
export function unique(...columns: readonly (string | RuleNote)[]): Expectation<string> {
  const names = columns.filter((one) => typeof one === 'string');
  const note = columns.find((one) => typeof one !== 'string');
  return made({ rule: 'unique', columns: names }, note as RuleNote | undefined);
}

/** The share of rows without a value, from 0 to 1: `nullShare('country').atMost(0.1)`. */
export function nullShare<const K extends string>(column: K) {
  return Object.freeze({
    atMost: (max: number, note?: RuleNote): Expectation<K> =>
      made({ rule: 'nullShare', column, max }, note) as Expectation<K>,
  });
}

/** The mean of a number column: of the whole table within bounds, or of what a load brings like before. Nulls do not count. */
export function mean<const K extends string>(column: K) {
  return Object.freeze({
    between: (min: number, max: number, note?: RuleNote): Expectation<never, K> =>
      made({ rule: 'mean', column, wanted: { bounds: { min, max } } }, note) as Expectation<never, K>,
    likeBefore: (options: LikeBeforeOptions = {}): Expectation<never, K> =>
      made({ rule: 'mean', column, wanted: { like: likeOf(options) } }, options) as Expectation<never, K>,
  });
}

/** A quantile of a number column, `at` from 0 to 1: `quantile('amount', 0.5).between(5, 50)`. Nulls do not count. */
export function quantile<const K extends string>(column: K, at: number) {
  return Object.freeze({
    between: (min: number, max: number, note?: RuleNote): Expectation<never, K> =>
      made({ rule: 'quantile', column, at, wanted: { bounds: { min, max } } }, note) as Expectation<never, K>,
    likeBefore: (options: LikeBeforeOptions = {}): Expectation<never, K> =>
      made({ rule: 'quantile', column, at, wanted: { like: likeOf(options) } }, options) as Expectation<
        never,
        K
      >,
  });
}

/**
 * A query of your own that gives one number, held to bounds; `{table}` in it stands for the rows of the whole table.
 * @example tableSql('share_refunded', 'select avg(refunded::INTEGER) from {table}', { atMost: 0.2 })
 */
export function tableSql(name: string, sql: string, options: BoundsOptions): Expectation {
  return made({ rule: 'sql', name, sql, bounds: boundsOf(options) }, options);
}
