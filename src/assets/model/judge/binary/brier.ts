import { checkProbabilities, wholeWeight } from '../input.ts';
import { type Bin, type Binning, fillBins } from './bins.ts';
import { type Cuts, cutsOfChecked } from './cuts.ts';

/**
 * Brier score: the mean squared distance of probability and target, each row by its weight, 0 best, 1 worst. Null without rows.
 * @throws MILL_JUDGE_INPUT
 */
export function brier(
  target: Float64Array,
  probability: Float64Array,
  weights?: Float64Array,
): number | null {
  checkProbabilities(target, probability, weights);
  return brierOfChecked(target, probability, weights);
}

/** `brier` of input that was looked at already. */
export function brierOfChecked(
  target: Float64Array,
  probability: Float64Array,
  weights?: Float64Array,
): number | null {
  if (target.length === 0) return null;
  let sum = 0;
  for (let i = 0; i < target.length; i++) {
    const off = (probability[i] as number) - (target[i] as number);
    sum += off * off * (weights === undefined ? 1 : (weights[i] as number));
  }
  return sum / wholeWeight(target.length, weights);
}

/**
 * What a Brier score is made of, over bins of probabilities: brier = reliability − resolution + uncertainty + withinVariance −
 * withinCovariance, exactly. Murphy's three parts alone add up only when all rows of a bin have one probability; the last two are
 * what is left within bins (Stephenson, Coelho and Jolliffe 2008).
 */
export interface BrierParts {
  /** How far the bins' mean probabilities are from the shares that came true; 0 best. */
  readonly reliability: number;
  /** How far those shares are from the share of all; the more the better. */
  readonly resolution: number;
  /** Of the question itself: share × (1 − share). */
  readonly uncertainty: number;
  readonly withinVariance: number;
  readonly withinCovariance: number;
}

/** Null without rows. @throws MILL_JUDGE_INPUT */
export function brierParts(
  target: Float64Array,
  probability: Float64Array,
  { weights, ...binning }: Binning & { readonly weights?: Float64Array } = {},
): BrierParts | null {
  checkProbabilities(target, probability, weights);
  const cuts = cutsOfChecked(target, probability, weights);
  return brierPartsOf(cuts, fillBins(cuts, binning));
}

/** `brierParts` of rows already cut and in bins. */
export function brierPartsOf(cuts: Cuts, bins: readonly Bin[]): BrierParts | null {
  const { whole, positives } = cuts;
  if (whole === 0) return null;
  const share = positives / whole;
  const parts = { reliability: 0, resolution: 0, withinVariance: 0, withinCovariance: 0 };
  for (const bin of bins) {
    const probability = bin.sum / bin.whole;
    const rate = bin.positives / bin.whole;
    parts.reliability += bin.whole * (probability - rate) ** 2;
    parts.resolution += bin.whole * (rate - share) ** 2;
    parts.withinVariance += bin.sumSquares - bin.sum * probability;
    parts.withinCovariance += 2 * (bin.sumOfPositives - bin.positives * probability);
  }
  return {
    reliability: parts.reliability / whole,
    resolution: parts.resolution / whole,
    uncertainty: share * (1 - share),
    withinVariance: parts.withinVariance / whole,
    withinCovariance: parts.withinCovariance / whole,
  };
}
