import type { ColumnData } from '../../../../engine/index.ts';
import { rocAuc } from '../../judge/binary/roc-auc.ts';

// How well one column alone tells the target. A column that does so nearly always knows it.

/** Of true and false each; with fewer, chance alone gives figures near 1. */
const LEAST_OF_CLASS = 20;
/** For a target that is a number. */
const LEAST_ROWS = 50;
/** Of a target of classes so many are looked at. */
const MOST_CLASSES = 20;
/** Folds for categories: what a category means is learnt from the other four. */
const FOLDS = 5;
/** So many rows of the average stand beside those of a category. */
const PRIOR_ROWS = 1;

/**
 * ROC-AUC of a column by itself, 0.5 to 1, for a target that is 0 or 1; R², at most 1, for one that is a number. Null where there are too few rows to
 * tell. Of numbers: both directions, and rows without a value as the least or the greatest; for a target that is a number, along
 * a line or along the ranks. Of categories: by the mean target of the category among the rows of other folds.
 */
export function tellsAlone(
  task: 'binary' | 'regression',
  target: Float64Array,
  column: ColumnData,
): number | null {
  if (task === 'binary') {
    const positives = target.reduce((sum, y) => sum + y, 0);
    if (Math.min(positives, target.length - positives) < LEAST_OF_CLASS) return null;
    if (column.type === 'string') return rocAuc(target, meanOfOthers(target, column.values));
    return Math.max(
      ...[-1, 1].map((missing) => {
        const auc = rocAuc(target, ranksOf(column.values, missing)) ?? 0.5;
        return Math.max(auc, 1 - auc);
      }),
    );
  }
  if (target.length < LEAST_ROWS) return null;
  if (column.type === 'string') return explained(target, meanOfOthers(target, column.values));
  const ranks = ranksOf(column.values, 0);
  return Math.max(
    squaredCorrelation(target, filled(column.values)),
    squaredCorrelation(ranksOf(target, 0), ranks),
  );
}

/** The same for a target of classes: one class, of the most frequent ones, that it tells from all others. */
export function tellsClass(target: readonly (string | null)[], column: ColumnData): number | null {
  const counts = new Map<string | null, number>();
  for (const name of target) counts.set(name, (counts.get(name) ?? 0) + 1);
  const frequent = [...counts].sort(([, a], [, b]) => b - a).slice(0, MOST_CLASSES);
  const told = frequent.flatMap(
    ([name]) =>
      tellsAlone(
        'binary',
        Float64Array.from(target, (other) => (other === name ? 1 : 0)),
        column,
      ) ?? [],
  );
  return told.length === 0 ? null : Math.max(...told);
}

/**
 * Ranks of values, equal ones sharing the middle of theirs. Those that are missing come before all (−1), after all (1) or in the middle (0).
 */
function ranksOf(values: Float64Array, missing: number): Float64Array {
  const present = values.filter((value) => !Number.isNaN(value)).sort();
  const rankOf = new Map<number, number>();
  for (let from = 0; from < present.length; ) {
    const value = present[from] as number;
    let to = from;
    while (to < present.length && present[to] === value) to++;
    rankOf.set(value, (from + to - 1) / 2);
    from = to;
  }
  const absent = missing === 0 ? (present.length - 1) / 2 : missing < 0 ? -1 : present.length;
  return values.map((value) => (Number.isNaN(value) ? absent : (rankOf.get(value) as number)));
}

/** For each row the mean target of rows of the same category in other folds, drawn a little to the mean of all. */
function meanOfOthers(target: Float64Array, categories: readonly (string | null)[]): Float64Array {
  const sums = new Map<string | null, { rows: number; sum: number; byFold: Float64Array }>();
  let whole = 0;
  categories.forEach((category, row) => {
    const y = target[row] as number;
    let of = sums.get(category);
    if (of === undefined) {
      of = { rows: 0, sum: 0, byFold: new Float64Array(2 * FOLDS) };
      sums.set(category, of);
    }
    const fold = 2 * (row % FOLDS);
    of.rows++;
    of.sum += y;
    of.byFold[fold] = (of.byFold[fold] as number) + 1;
    of.byFold[fold + 1] = (of.byFold[fold + 1] as number) + y;
    whole += y;
  });
  const mean = whole / target.length;
  return Float64Array.from(categories, (category, row) => {
    const { rows, sum, byFold } = sums.get(category) as { rows: number; sum: number; byFold: Float64Array };
    const fold = 2 * (row % FOLDS);
    const others = rows - (byFold[fold] as number);
    return (sum - (byFold[fold + 1] as number) + PRIOR_ROWS * mean) / (others + PRIOR_ROWS);
  });
}

/** The share of the target's variance that a prediction explains; 0 where there is none. */
function explained(target: Float64Array, predicted: Float64Array): number {
  const mean = meanOf(target);
  let spread = 0;
  let error = 0;
  target.forEach((y, row) => {
    spread += (y - mean) ** 2;
    error += (y - (predicted[row] as number)) ** 2;
  });
  return spread === 0 ? 0 : 1 - error / spread;
}

function squaredCorrelation(a: Float64Array, b: Float64Array): number {
  const [meanA, meanB] = [meanOf(a), meanOf(b)];
  let [ab, aa, bb] = [0, 0, 0];
  for (let row = 0; row < a.length; row++) {
    const [x, y] = [(a[row] as number) - meanA, (b[row] as number) - meanB];
    ab += x * y;
    aa += x * x;
    bb += y * y;
  }
  // Products of values near the ends of a double pass them: then nothing is said.
  return aa > 0 && bb > 0 && Number.isFinite(aa * bb) ? (ab * ab) / (aa * bb) : 0;
}

/** Missing values at the mean of the others. */
function filled(values: Float64Array): Float64Array {
  const mean = meanOf(values.filter((value) => Number.isFinite(value)));
  return values.map((value) => (Number.isFinite(value) ? value : mean));
}

function meanOf(values: Float64Array): number {
  let mean = 0;
  values.forEach((value, i) => {
    mean += (value - mean) / (i + 1);
  });
  return mean;
}
