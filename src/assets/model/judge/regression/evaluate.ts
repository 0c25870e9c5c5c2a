import { deepFreeze } from '../../../../base/index.ts';
import type { RegressionEvaluation } from '../evaluation.ts';
import type { Intervals } from '../figures.ts';
import { checkValues } from '../input.ts';
import { bootstrapSums } from '../interval/bootstrap.ts';
import { FEWEST_APART, type GroupSums, type Groups, groupsOf, totalOf } from '../interval/groups.ts';
import { errorHistogram, predictionCurve } from './distribution.ts';
import {
  checkQuantile,
  checkRates,
  mapeOfRow,
  meanLossOfChecked,
  medianOfChecked,
  pinballOfRow,
  poissonOfRow,
} from './errors.ts';
import { medianInterval } from './median-interval.ts';
import { biasOf, explained, meanOf } from './r2.ts';

export interface RegressionInput {
  readonly target: Float64Array;
  readonly predicted: Float64Array;
  /** For how many rows each stands; default 1. */
  readonly weights?: Float64Array;
  /** Mean target of the training rows; default: of these rows. */
  readonly baseValue?: number;
  /** The training rows' `quantile` of the target: what always answering it loses is told beside. */
  readonly baseQuantile?: number;
  /** The quantile that is predicted, for `pinball`. */
  readonly quantile?: number;
  /** Whether counts or rates are predicted, for `poissonDeviance`. */
  readonly poisson?: boolean;
  /** By row, whose it is: rows of one entity resemble each other, and intervals are then as much wider. */
  readonly entities?: Int32Array;
  /** `figures` leaves out curve, histogram and intervals. Default `whole`. */
  readonly detail?: 'whole' | 'figures';
}

/**
 * Judges a regressor on rows it has not seen.
 * @throws MILL_JUDGE_INPUT
 */
export function evaluateRegression(input: RegressionInput): RegressionEvaluation {
  const { target, predicted, weights, quantile, poisson = false, detail = 'whole' } = input;
  checkValues(target, predicted, weights);
  if (quantile !== undefined) checkQuantile(quantile);
  if (poisson) checkRates(target, predicted);
  const mean = meanOf(target, weights);
  const baseValue = input.baseValue ?? mean;
  const rows = target.length;
  const groups =
    detail === 'whole' ? groupsOf(rows, input.entities) : { count: 1, of: new Uint32Array(rows), apart: 1 };
  const sums = errorSums(input, mean ?? 0, groups);
  const { rmse, mae, mape, pinball, poissonDeviance } = errorsOfSums(totalOf(sums));
  const figures = {
    rmse,
    mae,
    medianAbsoluteError: medianOfChecked(target, predicted, weights),
    mape,
    r2: explained(target, predicted, weights, 0),
    explainedVariance: explained(target, predicted, weights, biasOf(target, predicted, weights)),
    pinball: quantile === undefined ? null : pinball,
    poissonDeviance: poisson ? poissonDeviance : null,
  };
  const drawn = detail === 'whole';
  return deepFreeze<RegressionEvaluation>({
    task: 'regression',
    rows,
    ...figures,
    figures: { ...figures },
    intervals: drawn ? regressionIntervals(input, sums, groups, figures.medianAbsoluteError) : {},
    apart: drawn ? groups.apart : null,
    quantile: quantile ?? null,
    meanTarget: mean,
    meanPrediction: meanOf(predicted, weights),
    covered: quantile === undefined ? null : meanLossOfChecked(target, predicted, weights, atMost),
    baseline: baselineOf(input, baseValue),
    predictionCurve: drawn ? predictionCurve(target, predicted, weights) : [],
    errorHistogram: drawn ? errorHistogram(target, predicted, weights) : [],
  });
}

/** 1 where the target is no more than what is said. */
const atMost = (y: number, p: number): number => (y <= p ? 1 : 0);

/** What one value for all rows would score: the mean, and the quantile where that is wanted. */
function baselineOf(
  { target, weights, quantile, baseQuantile, poisson }: RegressionInput,
  value: number | null,
): RegressionEvaluation['baseline'] {
  const at = value ?? 0;
  const mean = (loss: (y: number) => number): number | null =>
    meanLossOfChecked(target, target, weights, loss);
  const squares = mean((y) => (y - at) * (y - at));
  return {
    value,
    rmse: squares === null ? null : Math.sqrt(squares),
    mae: mean((y) => Math.abs(y - at)),
    pinball:
      quantile === undefined || baseQuantile === undefined
        ? null
        : mean((y) => pinballOfRow(y, baseQuantile, quantile)),
    poissonDeviance: poisson && at > 0 ? mean((y) => poissonOfRow(y, at)) : null,
  };
}

function regressionIntervals(
  input: RegressionInput,
  sums: GroupSums,
  groups: Groups,
  median: number | null,
): Intervals {
  if (groups.apart < FEWEST_APART) return {};
  const { quantile, poisson = false } = input;
  const drawn = bootstrapSums(sums, (total) => ({
    ...errorsOfSums(total),
    ...(quantile === undefined ? { pinball: null } : {}),
    ...(poisson ? {} : { poissonDeviance: null }),
  }));
  return { ...drawn, medianAbsoluteError: medianInterval(input, groups, median) };
}

type Judged = Pick<RegressionInput, 'target' | 'predicted' | 'weights' | 'quantile' | 'poisson' | 'entities'>;

/** By group of rows: weight, squared, absolute and relative error, pinball loss, deviance, the target's distance from `origin` and its square, and the error with its sign. */
export function errorSums(
  judged: Judged,
  origin: number,
  groups: Groups = groupsOf(judged.target.length, judged.entities),
): GroupSums {
  const { target, predicted, weights, quantile, poisson } = judged;
  const width = 9;
  const values = new Float64Array(groups.count * width);
  for (let row = 0; row < target.length; row++) {
    const weight = weights === undefined ? 1 : (weights[row] as number);
    const y = target[row] as number;
    const p = predicted[row] as number;
    const off = y - p;
    const at = (groups.of[row] as number) * width;
    values[at] = (values[at] as number) + weight;
    values[at + 1] = (values[at + 1] as number) + weight * off * off;
    values[at + 2] = (values[at + 2] as number) + weight * Math.abs(off);
    values[at + 3] = (values[at + 3] as number) + weight * mapeOfRow(y, p);
    if (quantile !== undefined)
      values[at + 4] = (values[at + 4] as number) + weight * pinballOfRow(y, p, quantile);
    if (poisson) values[at + 5] = (values[at + 5] as number) + weight * poissonOfRow(y, p);
    values[at + 6] = (values[at + 6] as number) + weight * (y - origin);
    values[at + 7] = (values[at + 7] as number) + weight * (y - origin) * (y - origin);
    values[at + 8] = (values[at + 8] as number) + weight * off;
  }
  return { groups: groups.count, width, values };
}

/** The figures that such sums make. */
export function errorsOfSums(total: Float64Array) {
  const [whole, squares, absolute, relative, pinball, deviance, far, farSquares, off] = [...total] as [
    ...[whole: number, squares: number, absolute: number, relative: number],
    ...[pinball: number, deviance: number, far: number, farSquares: number, off: number],
  ];
  const mean = (value: number): number | null => (whole === 0 ? null : value / whole);
  const spread = whole === 0 ? 0 : farSquares - (far * far) / whole;
  return {
    rmse: whole === 0 ? null : Math.sqrt(squares / whole),
    mae: mean(absolute),
    mape: mean(relative),
    pinball: mean(pinball),
    poissonDeviance: mean(deviance),
    r2: spread > 0 ? 1 - squares / spread : null,
    explainedVariance: spread > 0 ? 1 - (squares - (off * off) / whole) / spread : null,
  };
}
