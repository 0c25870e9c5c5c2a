import { type ColumnType, deepFreeze } from '../../../../base/index.ts';
import type { InputColumn } from '../../train/trainer.port.ts';
import { FIGURES, type FigureName } from '../figures.ts';
import { checkLength, refuse } from '../input.ts';
import { around, type Interval, LEVEL } from '../interval/interval.ts';
import { twoSided } from '../interval/normal.ts';
import { falseAlarmShares } from './benjamini-hochberg.ts';
import { type Measure, measureOf, type SlicedPredictions, varianceOfParts } from './measure.ts';
import { type Tried, tryAll } from './search.ts';
import { holds, type SliceTerm, termText } from './term.ts';

export interface DeclaredSlice {
  /** Default: its terms in words. */
  readonly name?: string;
  /** All of them hold. */
  readonly where: readonly SliceTerm[];
}

export type SliceInput = SlicedPredictions & {
  /** By row what it has: the model's inputs, say, or any other columns. */
  readonly columns: readonly InputColumn[];
  /** What the numbers of a column stand for, by its name: truth values and instants (in seconds since 1970) are told as such. Default: numbers. */
  readonly types?: ReadonlyMap<string, ColumnType>;
  readonly declared?: readonly DeclaredSlice[];
  /** How many of the worst slices are looked for; default 10, 0 for none. */
  readonly worst?: number;
  /** Below so many rows there is no verdict, and none is looked for; default 200. */
  readonly minimumRows?: number;
  /** Default 0.95. */
  readonly level?: number;
};

export interface JudgedSlice {
  readonly name: string;
  readonly where: readonly SliceTerm[];
  readonly rows: number;
  /** Null where its rows do not define the figure. */
  readonly value: number | null;
  readonly interval: Interval | null;
  /** Of all other rows. */
  readonly rest: number | null;
  /** Value − rest. */
  readonly difference: number | null;
  readonly differenceInterval: Interval | null;
  /** Of a difference as large by chance; null without a verdict. */
  readonly pValue: number | null;
  /** The share of false alarms if all slices as clear as this are called: corrected for how many were tried (Benjamini and Hochberg). */
  readonly falseAlarmShare: number | null;
  /** `worse` or `better` than the rest where that share is at most 1 − level. */
  readonly verdict: 'worse' | 'better' | 'undecided' | 'too few rows';
}

export interface Slices {
  readonly figure: FigureName;
  /** What rows are counted as: of an order each whole list is one. */
  readonly unit: 'row' | 'list';
  /** Of all rows. */
  readonly value: number | null;
  readonly rows: number;
  readonly minimumRows: number;
  readonly declared: readonly JudgedSlice[];
  /** How many slices were tried to find the worst. */
  readonly tried: number;
  /** Worst first, by how much worse they surely are. */
  readonly worst: readonly JudgedSlice[];
}

/**
 * Where a model is worse than elsewhere: in slices that are declared, and in those found by trying parts of columns and overlaps of two.
 * Each beside all other rows, with how much of it may be chance, also that of having tried so many. A slice of few rows has a figure, but
 * no verdict.
 * @throws MILL_JUDGE_INPUT, MILL_JUDGE_COST
 */
export function judgeSlices(input: SliceInput): Slices {
  const { columns, types = new Map(), declared = [], worst = 10, minimumRows = 200, level = LEVEL } = input;
  const measure = measureOf(input);
  for (const column of columns)
    checkLength(measure.rows, column.type === 'number' ? column.values : column.codes, column.name);
  if (!(minimumRows >= 20)) refuse(`The least number of rows is ${minimumRows}; wanted 20 or more.`);
  const exactly = (where: readonly SliceTerm[], name?: string): JudgedSlice =>
    judgeSlice(measure, columns, where, { name, types, minimumRows, level });
  const tried = worst === 0 ? [] : tryAll(measure, columns, minimumRows);
  const found = worstOf(tried, measure.figure, worst).map((one) => ({
    one,
    slice: exactly(one.terms),
  }));
  // What was found is judged on all rows. Of entities the quick errors of the others say too little: theirs count as chance alone,
  // which can only make the correction stricter.
  const others = tried.filter((one) => !found.some((kept) => kept.one === one));
  const pValues = others.map(({ pValue }) => (measure.entities === undefined ? pValue : 1));
  const all = Uint32Array.from({ length: measure.rows }, (_, row) => row);
  return deepFreeze<Slices>({
    figure: measure.figure,
    unit: input.task === 'ranking' ? 'list' : 'row',
    value: measure.of(all)?.value ?? null,
    rows: measure.rows,
    minimumRows,
    declared: corrected(
      declared.map(({ where, name }) => exactly(where, name)),
      [],
      measure.figure,
      level,
    ),
    tried: tried.length,
    worst: corrected(
      found.map(({ slice }) => slice),
      pValues,
      measure.figure,
      level,
    ),
  });
}

/** Those that are surely worse by most; a pair only where it is worse than both parts it is the overlap of. */
function worstOf(tried: readonly Tried[], figure: FigureName, most: number): Tried[] {
  const sign = FIGURES[figure].better === 'lower' ? 1 : -1;
  const harm = ({ difference }: Tried): number => sign * difference;
  const surely = (one: Tried): number => harm(one) - 2 * one.error;
  const seen = new Set<string>();
  return tried
    .filter((one) => harm(one) > 0 && one.within.every((parent) => harm(one) > harm(parent)))
    .sort((a, b) => surely(b) - surely(a))
    .filter((one) => {
      // Two columns that say the same find the same rows.
      const rows = `${one.rows} ${one.difference}`;
      if (seen.has(rows)) return false;
      seen.add(rows);
      return true;
    })
    .slice(0, most);
}

function judgeSlice(
  measure: Measure,
  columns: readonly InputColumn[],
  where: readonly SliceTerm[],
  {
    name,
    types,
    minimumRows,
    level,
  }: Required<Pick<SliceInput, 'types' | 'minimumRows' | 'level'>> & {
    readonly name: string | undefined;
  },
): JudgedSlice {
  if (where.length === 0) refuse('A slice has no term.', 'Give it one.');
  const tests = where.map((term) => holds(term, columns));
  const all = Uint32Array.from({ length: measure.rows }, (_, row) => row);
  const own = all.filter((row) => tests.every((test) => test(row)));
  const rest = all.filter((row) => !tests.every((test) => test(row)));
  const [a, b] = [measure.of(own), measure.of(rest)];
  const { entities } = measure;
  const error = a && Math.sqrt(varianceOfParts(a.byRow, own, entities));
  const bounds = FIGURES[measure.figure].unit === 'share' ? ([0, 1] as const) : undefined;
  const slice = {
    name: name ?? where.map((term) => termText(term, types.get(term.column))).join(' and '),
    where,
    rows: own.length,
    value: a?.value ?? null,
    interval: a && around(a.value, error, level, bounds),
    rest: b?.value ?? null,
  };
  const few = own.length < minimumRows || rest.length < minimumRows;
  if (a === null || b === null || few)
    return {
      ...slice,
      difference: a && b && a.value - b.value,
      differenceInterval: null,
      pValue: null,
      falseAlarmShare: null,
      verdict: few ? 'too few rows' : 'undecided',
    };
  const difference = a.value - b.value;
  const apart = Math.sqrt(varianceOfDifference(a.byRow, b.byRow, own, rest, entities));
  return {
    ...slice,
    difference,
    differenceInterval: around(difference, apart, level),
    pValue: apart > 0 ? twoSided(difference / apart) : 1,
    falseAlarmShare: null,
    verdict: 'undecided',
  };
}

function varianceOfDifference(
  a: Float64Array,
  b: Float64Array,
  own: Uint32Array,
  rest: Uint32Array,
  entities: Int32Array | undefined,
): number {
  if (entities === undefined) return varianceOfParts(a, own) + varianceOfParts(b, rest);
  // An entity may have rows on both sides.
  const parts = Float64Array.from([...a, ...b.map((part) => -part)]);
  return varianceOfParts(parts, Uint32Array.from([...own, ...rest]), entities);
}

/** With what chance is left after so many tries, and the verdict that follows. */
function corrected(
  slices: readonly JudgedSlice[],
  others: readonly number[],
  figure: FigureName,
  level: number,
): JudgedSlice[] {
  const judged = slices.filter(({ pValue }) => pValue !== null);
  const shares = falseAlarmShares([...judged.map(({ pValue }) => pValue as number), ...others]);
  return slices.map((slice) => {
    const at = judged.indexOf(slice);
    if (at < 0) return slice;
    const falseAlarmShare = shares[at] as number;
    const harm = (slice.difference as number) * (FIGURES[figure].better === 'lower' ? 1 : -1);
    const verdict = falseAlarmShare > 1 - level ? 'undecided' : harm > 0 ? 'worse' : 'better';
    return { ...slice, falseAlarmShare, verdict };
  });
}
