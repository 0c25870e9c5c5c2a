import { clamped } from '../binary/confusion.ts';

/** What is said of one class against the rest. */
export interface ClassFigures {
  readonly class: string;
  /** Rows of it, each by its weight. */
  readonly support: number;
  readonly precision: number | null;
  readonly recall: number | null;
  readonly f1: number | null;
  readonly rocAuc: number | null;
  readonly prAuc: number | null;
}

export interface Shares {
  readonly precision: number | null;
  readonly recall: number | null;
  readonly f1: number | null;
}

/** By class the rows that are right, those that were answered so, and those that are so. */
export function marginsOf(matrix: Float64Array, classes: number) {
  const right = new Float64Array(classes);
  const answered = new Float64Array(classes);
  const there = new Float64Array(classes);
  for (let t = 0, at = 0; t < classes; t++)
    for (let a = 0; a < classes; a++, at++) {
      const rows = matrix[at] as number;
      if (t === a) right[t] = rows;
      answered[a] = (answered[a] as number) + rows;
      there[t] = (there[t] as number) + rows;
    }
  return { right, answered, there };
}

/** Precision, recall and F1 of each class; `zeroDivision` (null unless given) where a denominator is 0. */
export function sharesByClass(
  matrix: Float64Array,
  classes: number,
  zeroDivision: number | null = null,
): Shares[] {
  const { right, answered, there } = marginsOf(matrix, classes);
  return Array.from({ length: classes }, (_, c) =>
    sharesOf(right[c] as number, answered[c] as number, there[c] as number, zeroDivision),
  );
}

function sharesOf(right: number, answered: number, there: number, zeroDivision: number | null): Shares {
  const share = (part: number, of: number) => (of === 0 ? zeroDivision : part / of);
  return {
    precision: share(right, answered),
    recall: share(right, there),
    f1: share(2 * right, answered + there),
  };
}

/**
 * The classes' shares as one: `macro` counts each class alike, `weighted` by its rows, `micro` counts rows, whatever their class. Classes
 * whose share is undefined are left out of a mean (scikit-learn's `zero_division=nan`), unless `zeroDivision` says what they give.
 */
export function averageShares(
  matrix: Float64Array,
  classes: number,
  average: 'macro' | 'micro' | 'weighted',
  zeroDivision: number | null = null,
): Shares {
  const { right, answered, there } = marginsOf(matrix, classes);
  const sum = (values: Float64Array): number => values.reduce((all, value) => all + value, 0);
  if (average === 'micro') return sharesOf(sum(right), sum(answered), sum(there), zeroDivision);
  const byClass = sharesByClass(matrix, classes, zeroDivision);
  const mean = (of: keyof Shares): number | null =>
    meanOfDefined(
      byClass.map((shares) => shares[of]),
      average === 'weighted' ? there : undefined,
    );
  return { precision: mean('precision'), recall: mean('recall'), f1: mean('f1') };
}

/** The mean of those that are defined, each by its weight; null of none. */
export function meanOfDefined(values: readonly (number | null)[], weights?: Float64Array): number | null {
  let [sum, whole] = [0, 0];
  values.forEach((value, i) => {
    if (value === null) return;
    const weight = weights === undefined ? 1 : (weights[i] as number);
    sum += weight * value;
    whole += weight;
  });
  return whole === 0 ? null : sum / whole;
}

/** Right answers / rows. */
export function accuracyOf(matrix: Float64Array, classes: number): number | null {
  const { right, there } = marginsOf(matrix, classes);
  const whole = there.reduce((sum, rows) => sum + rows, 0);
  return whole === 0 ? null : right.reduce((sum, rows) => sum + rows, 0) / whole;
}

/** The mean recall of the classes that are there. */
export function balancedAccuracyOf(matrix: Float64Array, classes: number): number | null {
  return meanOfDefined(sharesByClass(matrix, classes).map(({ recall }) => recall));
}

/** Matthews' correlation over several classes (Gorodkin 2004); null when all answers, or all rows, are of one. */
export function mccOf(matrix: Float64Array, classes: number): number | null {
  const { right, answered, there } = marginsOf(matrix, classes);
  const dot = (a: Float64Array, b: Float64Array): number =>
    a.reduce((sum, value, c) => sum + value * (b[c] as number), 0);
  const whole = there.reduce((sum, rows) => sum + rows, 0);
  const ofAnswers = whole * whole - dot(answered, answered);
  const ofTruth = whole * whole - dot(there, there);
  if (!(ofAnswers > 0 && ofTruth > 0)) return null;
  const both = right.reduce((sum, rows) => sum + rows, 0) * whole - dot(answered, there);
  // Of answers that are all right both are equal, so that the correlation is 1 to the bit.
  return clamped(both / Math.sqrt(ofAnswers * ofTruth));
}
