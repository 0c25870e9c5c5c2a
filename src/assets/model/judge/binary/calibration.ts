import { checkProbabilities } from '../input.ts';
import { quantileOfSorted } from '../quantile.ts';
import { type Bin, type Binning, fillBins } from './bins.ts';
import { type ClassWeights, redraw, type Sums } from './chance.ts';
import { type Cuts, cutsOfChecked } from './cuts.ts';

export interface CalibrationBin {
  readonly rows: number;
  readonly meanProbability: number;
  /** Share of positives among the bin's rows. */
  readonly positiveRate: number;
  /** Where that share lies in 95 % of the redraws if the probabilities are true. */
  readonly nullLow: number;
  readonly nullHigh: number;
}

export interface Calibration {
  /** Expected calibration error Σ (rows_b / rows) |positiveRate_b − meanProbability_b|, not corrected for chance. */
  readonly ece: number;
  /** What `ece` is by chance alone, when every probability is true. */
  readonly eceNull: { readonly mean: number; readonly q95: number };
  /** max(0, ece − eceNull.mean): what gates use. */
  readonly calibrationError: number;
  /** By rising probability; bins without rows are left out. */
  readonly curve: readonly CalibrationBin[];
}

export interface CalibrationOptions extends Binning {
  /** Redraws of all labels; default 200, which leaves about 2 % of noise in the mean. */
  readonly draws?: number;
  readonly seed?: number;
  /**
   * For how many rows each stands, where some were left out for their answer: all of one answer have one weight. Chance is then
   * that of rows that were sampled so.
   */
  readonly weights?: Float64Array;
}

/**
 * How far predicted probabilities are from the shares that came true. A raw ECE cannot be compared with a limit:
 * a perfectly calibrated model scores about .034 on 1,000 rows and .011 on 10,000. So labels are redrawn from the
 * probabilities themselves, which says how much of the error is chance. Rows of equal probability always share a
 * bin (the one their middle row falls in), so the order of rows does not matter. Null without rows.
 * @throws MILL_JUDGE_INPUT
 */
export function calibration(
  target: Float64Array,
  probability: Float64Array,
  options: CalibrationOptions = {},
): Calibration | null {
  const { weights } = options;
  checkProbabilities(target, probability, weights);
  const cuts = cutsOfChecked(target, probability, weights);
  return calibrationOf(cuts, fillBins(cuts, options), {
    ...options,
    ...(weights && { classWeights: classWeights(target, weights) }),
  });
}

/** `calibration` of rows already cut and in bins. */
export function calibrationOf(
  cuts: Cuts,
  bins: readonly Bin[],
  options: Omit<CalibrationOptions, 'weights'> & { readonly classWeights?: ClassWeights },
): Calibration | null {
  const { draws = 200, seed = 1, classWeights } = options;
  if (cuts.rows === 0) return null;
  const ece = errorOf(bins);
  const drawn = redraw(bins, cuts, draws, seed, classWeights);
  const errors = Float64Array.from({ length: draws }, (_, d) =>
    errorOf(drawn.map((byDraw) => byDraw[d] as Sums)),
  ).sort();
  const mean = errors.reduce((sum, error) => sum + error, 0) / draws;
  return {
    ece,
    eceNull: { mean, q95: quantileOfSorted(errors, 0.95) },
    calibrationError: Math.max(0, ece - mean),
    curve: bins.map((bin, b) => binOf(bin, drawn[b] as Sums[])),
  };
}

function binOf({ rows, whole, sum, positives }: Bin, drawn: readonly Sums[]): CalibrationBin {
  const shares = Float64Array.from(drawn, (one) => one.positives / one.whole).sort();
  return {
    rows,
    meanProbability: sum / whole,
    positiveRate: positives / whole,
    nullLow: quantileOfSorted(shares, 0.025),
    nullHigh: quantileOfSorted(shares, 0.975),
  };
}

function errorOf(bins: readonly Sums[]): number {
  let error = 0;
  let all = 0;
  for (const { whole, positives, sum } of bins) {
    error += Math.abs(positives - sum);
    all += whole;
  }
  return error / all;
}

/** The mean weight of the rows of each answer; 1 where there are none. */
export function classWeights(target: Float64Array, weights: Float64Array): ClassWeights {
  const sum = [0, 0];
  const rows = [0, 0];
  for (let i = 0; i < target.length; i++) {
    const weight = weights[i] as number;
    if (weight === 0) continue;
    const answer = target[i] as 0 | 1;
    sum[answer] = (sum[answer] as number) + weight;
    rows[answer] = (rows[answer] as number) + 1;
  }
  const mean = (answer: 0 | 1): number =>
    rows[answer] === 0 ? 1 : (sum[answer] as number) / (rows[answer] as number);
  return { no: mean(0), yes: mean(1) };
}
