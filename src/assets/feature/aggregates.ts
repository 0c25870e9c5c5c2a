import {
  type ColumnType,
  type Duration,
  MillraceError,
  parseDuration,
  withArticle,
} from '../../base/index.ts';
import type { CellOf, Columns, KeysOf, NumberKeysOf } from '../contract/index.ts';
import type { AggregateName, AggregateSpec, ExpressionSpec, FeatureSpec, Operand } from './spec.ts';
import { EXACT, hopOf } from './time-law.ts';
import { type Condition, type RowOf, rowOf, specOf } from './where/index.ts';

/** A feature whose values are of type `Value`; null where its window can be empty. */
export interface Feature<Value> {
  readonly '~feature': Value;
  readonly '~spec': Omit<FeatureSpec, 'name'>;
  /** What it is, in a sentence. */
  describe(text: string): Feature<Value>;
  /** What it is measured in: `EUR`, `seconds`. */
  unit(unit: string): Feature<Value>;
}

/** A feature that measures or computes: a number that names nobody. */
export interface Measure<Value> extends Feature<Value> {
  readonly '~measure': true;
  describe(text: string): Measure<Value>;
  unit(unit: string): Measure<Value>;
}

export interface WindowOptions {
  /**
   * How coarsely the window's ends move. Default by the law of Time: 1d for windows from 12d, 1h from 12h, 5m from 1h, else 1m.
   * `exact` moves with every microsecond: state then keeps every instant at which something happened.
   */
  readonly hop?: Duration | 'exact';
  /** The window ends so long before the instant asked about: for what is only known for certain after a while, a label say. */
  readonly endingBefore?: Duration;
}

/** An aggregate that wants its window, to be a feature (`Made`). */
export interface Windowed<Value, Made extends Feature<Value> = Feature<Value>> {
  /** Only rows for which the condition is true are seen. Several conditions must all be. */
  where(condition: Condition): Windowed<Value, Made>;
  /** The feature at t sees rows known before t whose event time is in [floor(t − window, hop), t). `lifetime` has no beginning. */
  over(window: Duration | 'lifetime', options?: WindowOptions): Made;
  /** Several windows at once: `...sum('amount').each('spent', ['1h', '7d'])` is `spent_1h` and `spent_7d`. */
  each<const Prefix extends string, const Window extends Duration | 'lifetime'>(
    prefix: Prefix,
    windows: readonly Window[],
    options?: WindowOptions,
  ): { readonly [W in Window as `${Prefix}_${W}`]: Made };
}

/** An aggregate that measures. */
export type WindowedMeasure<Value> = Windowed<Value, Measure<Value>>;

type There<C extends Columns, K extends KeysOf<C>> = Exclude<CellOf<C[K]>, null>;
type Numeric = Feature<number> | Feature<number | null>;

/**
 * The aggregates over a dataset's columns. All but `count`, `share` and `sinceLast` look only at rows where the column is not null (nor
 * NaN or infinite).
 */
export interface Aggregates<C extends Columns> {
  /** The columns, to make conditions of: `row.country.is('DE')`. */
  readonly row: RowOf<C>;
  /** Number of rows; 0 for an empty window. */
  count(): Windowed<number>;
  /** 0 for an empty window. Exact, whatever the order of rows. */
  sum(column: NumberKeysOf<C>): WindowedMeasure<number>;
  mean(column: NumberKeysOf<C>): WindowedMeasure<number | null>;
  /** Of a sample (n − 1), exact until the last division; null for fewer than two values. */
  variance(column: NumberKeysOf<C>): WindowedMeasure<number | null>;
  /** The square root of `variance`. */
  stddev(column: NumberKeysOf<C>): WindowedMeasure<number | null>;
  min(column: NumberKeysOf<C>): WindowedMeasure<number | null>;
  max(column: NumberKeysOf<C>): WindowedMeasure<number | null>;
  /** The q-quantile (0 to 1), within 1 % of a value of that rank (DDSketch). */
  quantile(column: NumberKeysOf<C>, q: number): WindowedMeasure<number | null>;
  /** Number of different values; 0 for an empty window. Exact up to 1,024, then an estimate with a standard error of 3.1 %. */
  distinct(column: KeysOf<C>): Windowed<number>;
  /** The value of the newest row by event time; of several, the one that arrived last. */
  last<K extends KeysOf<C>>(column: K): Windowed<There<C, K> | null>;
  /** The value of the oldest row by event time; of several, the one that arrived first. */
  first<K extends KeysOf<C>>(column: K): Windowed<There<C, K> | null>;
  /** The values of the k newest rows, newest first. A list is no input of a model by itself; request features can read it. */
  lastK<K extends KeysOf<C>>(column: K, k: number): Windowed<readonly There<C, K>[]>;
  /** The k most frequent values, the most frequent first; of equally frequent ones the smaller first. */
  topK<K extends KeysOf<C>>(column: K, k: number): Windowed<readonly There<C, K>[]>;
  /** The part of the rows, 0 to 1, for which a condition is true; null for an empty window. */
  share(condition: Condition): WindowedMeasure<number | null>;
  /** Seconds since the newest row's event time; null where there is none. */
  sinceLast(): WindowedMeasure<number | null>;
  /** The latest known row's value, no older than `within` (an exact window); without it, however old. */
  latest<K extends KeysOf<C>>(column: K, options?: { within?: Duration }): Feature<There<C, K> | null>;
  /** `a / b`; null where either is, or b is 0. */
  ratio(a: Numeric, b: Numeric | number): Measure<number | null>;
  /** `a − b`; null where either is. */
  difference(a: Numeric, b: Numeric | number): Measure<number | null>;
  /** `a + b`; null where either is. */
  plus(a: Numeric, b: Numeric | number): Measure<number | null>;
  /** `a × b`; null where either is. */
  times(a: Numeric, b: Numeric | number): Measure<number | null>;
}

type Draft = Omit<AggregateSpec, 'name' | 'window' | 'hop' | 'ending'>;

const whole: readonly AggregateName[] = ['count', 'distinct'];
const asColumn: readonly AggregateName[] = ['first', 'last', 'lastK', 'topK'];
const lists: readonly AggregateName[] = ['lastK', 'topK'];
const neverNull: readonly AggregateName[] = ['count', 'sum', 'distinct', 'lastK', 'topK'];

/** The aggregates over these columns. */
export function aggregatesOver<C extends Columns>(columns: C): Aggregates<C> {
  const typeOf = (column: string): ColumnType => columns[column]?.['~'].spec.type ?? 'string';
  const draft = (aggregate: AggregateName, column: string | null, more: Partial<Draft> = {}): Draft => {
    const columnType = column === null ? null : typeOf(column);
    return {
      aggregate,
      column,
      columnType,
      type: whole.includes(aggregate)
        ? 'integer'
        : asColumn.includes(aggregate)
          ? (columnType as ColumnType)
          : 'double',
      nullable: !neverNull.includes(aggregate),
      ...(lists.includes(aggregate) ? { list: true } : {}),
      ...more,
    };
  };
  const of =
    (aggregate: AggregateName) =>
    (column: string, parameter?: number): Windowed<never> =>
      windowed(draft(aggregate, column, parameter === undefined ? {} : { parameter }));
  const expression =
    (name: ExpressionSpec['expression']) =>
    (a: Numeric, b: Numeric | number): Feature<never> =>
      feature({ expression: name, of: [operand(a), operand(b)], type: 'double', nullable: true });
  return {
    row: rowOf(columns),
    count: () => windowed(draft('count', null)),
    sum: of('sum'),
    mean: of('mean'),
    variance: of('variance'),
    stddev: of('stddev'),
    min: of('min'),
    max: of('max'),
    quantile: of('quantile'),
    distinct: of('distinct'),
    last: of('last'),
    first: of('first'),
    lastK: of('lastK'),
    topK: of('topK'),
    share: (condition: Condition) => windowed(draft('share', null, { holds: specOf(condition) })),
    sinceLast: () => windowed(draft('sinceLast', null)),
    latest: (column: string, { within }: { within?: Duration } = {}) =>
      windowed<never>(draft('last', column)).over(
        within ?? 'lifetime',
        within === undefined ? {} : { hop: 'exact' },
      ),
    ratio: expression('ratio'),
    difference: expression('difference'),
    plus: expression('sum'),
    times: expression('product'),
  } satisfies Record<keyof Aggregates<Columns>, unknown> as unknown as Aggregates<C>;
}

/** Whether something is a feature, for those who write without types. */
export const isFeature = (made: unknown): made is Feature<unknown> =>
  typeof made === 'object' && made !== null && '~spec' in made;

/** Whether something is an aggregate that has no window yet. */
export const isWindowed = (made: unknown): made is Windowed<unknown> =>
  typeof made === 'object' && made !== null && 'over' in made && 'each' in made;

/**
 * An operand needs no name; one that is a feature of its own is computed once all the same.
 * @throws MILL_FEATURES_INVALID for what is none
 */
function operand(of: Numeric | number): Operand {
  if (typeof of === 'number') return of;
  if (isFeature(of)) return { name: '', ...of['~spec'] } as Operand;
  throw new MillraceError({
    code: 'MILL_FEATURES_INVALID',
    message: isWindowed(of)
      ? 'It reckons with an aggregate that has no window.'
      : `It reckons with ${of === null ? 'null' : withArticle(typeof of)}.`,
    todo: "Give features and numbers: ratio(sum('amount').over('7d'), 7).",
    owner: 'project',
  });
}

function windowed<Value>(draft: Draft): Windowed<Value> {
  return Object.freeze({
    where: (condition: Condition) =>
      windowed<Value>({
        ...draft,
        where:
          draft.where === undefined
            ? specOf(condition)
            : { test: 'and', of: [draft.where, specOf(condition)] },
      }),
    over: (window: Duration | 'lifetime', options: WindowOptions = {}) =>
      feature<Value>({ ...draft, ...spanOf(window, options) }),
    each: (prefix: string, windows: readonly (Duration | 'lifetime')[], options: WindowOptions = {}) =>
      Object.fromEntries(
        windows.map((window) => [
          `${prefix}_${window}`,
          feature<Value>({ ...draft, ...spanOf(window, options) }),
        ]),
      ) as never,
  });
}

function spanOf(
  window: Duration | 'lifetime',
  { hop, endingBefore }: WindowOptions,
): Pick<AggregateSpec, 'window' | 'hop' | 'ending'> {
  const micros = window === 'lifetime' ? null : parseDuration(window);
  const ending = endingBefore === undefined ? 0 : parseDuration(endingBefore);
  // All time needs no hop, but where it ends moves.
  const natural = hopOf(micros ?? ending);
  return {
    window: micros,
    hop: hop === 'exact' ? EXACT : hop === undefined ? natural : parseDuration(hop),
    ending,
  };
}

function feature<Value>(spec: Omit<AggregateSpec, 'name'> | Omit<ExpressionSpec, 'name'>): Feature<Value> {
  const own = Object.freeze(spec);
  return Object.freeze({
    '~spec': own,
    describe: (description: string) => feature<Value>({ ...own, description }),
    unit: (unit: string) => feature<Value>({ ...own, unit }),
  }) as unknown as Feature<Value>;
}
