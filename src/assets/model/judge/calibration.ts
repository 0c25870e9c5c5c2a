import { checkProbabilities } from './input.ts';
import { seededUint32 } from './random.ts';
import { rank } from './ranking.ts';

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

export interface CalibrationOptions {
  /** Default 15. */
  readonly bins?: number;
  /** Bins of about equally many rows (default), or of equal width: floor(bins × p), the last one closed. */
  readonly binning?: 'equal-mass' | 'equal-width';
  /** Redraws of all labels; default 200, which leaves about 2 % of noise in the mean. */
  readonly draws?: number;
  readonly seed?: number;
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
  checkProbabilities(target, probability);
  if (target.length === 0) return null;
  const { draws = 200, seed = 1 } = options;
  const bins = fillBins(target, probability, options);
  const ece = errorOf(
    bins,
    bins.map((bin) => bin.positives),
  );
  const counts = redraw(bins, probability.slice().sort(), draws, seed);
  const errors = Float64Array.from({ length: draws }, (_, d) =>
    errorOf(
      bins,
      counts.map((byDraw) => byDraw[d] as number),
    ),
  ).sort();
  const mean = errors.reduce((sum, error) => sum + error, 0) / draws;
  return {
    ece,
    eceNull: { mean, q95: quantile(errors, 0.95) },
    calibrationError: Math.max(0, ece - mean),
    curve: bins.map((bin, b) => {
      const null_ = (counts[b] as Float64Array).sort();
      return {
        rows: bin.rows,
        meanProbability: bin.sum / bin.rows,
        positiveRate: bin.positives / bin.rows,
        nullLow: quantile(null_, 0.025) / bin.rows,
        nullHigh: quantile(null_, 0.975) / bin.rows,
      };
    }),
  };
}

interface Bin {
  rows: number;
  positives: number;
  /** Of the probabilities. */
  sum: number;
}

function fillBins(target: Float64Array, probability: Float64Array, options: CalibrationOptions): Bin[] {
  const { bins: count = 15, binning = 'equal-mass' } = options;
  const bins: Bin[] = Array.from({ length: count }, () => ({ rows: 0, positives: 0, sum: 0 }));
  const { rows, score, truePositives, falsePositives } = rank(target, probability);
  let above = 0;
  let positivesAbove = 0;
  for (let k = 0; k < score.length; k++) {
    const p = score[k] as number;
    const here = (truePositives[k] as number) + (falsePositives[k] as number) - above;
    const place = binning === 'equal-width' ? p : 1 - (above + here / 2) / rows;
    const bin = bins[Math.min(count - 1, Math.floor(place * count))] as Bin;
    bin.rows += here;
    bin.positives += (truePositives[k] as number) - positivesAbove;
    bin.sum += here * p;
    above += here;
    positivesAbove = truePositives[k] as number;
  }
  return bins.filter((bin) => bin.rows > 0);
}

function errorOf(bins: readonly Bin[], positives: readonly number[]): number {
  let error = 0;
  let rows = 0;
  for (const [b, bin] of bins.entries()) {
    error += Math.abs((positives[b] as number) - bin.sum);
    rows += bin.rows;
  }
  return error / rows;
}

/** Positives by bin and draw when each label is drawn from its own probability. `sorted` rises, as the bins do. */
function redraw(bins: readonly Bin[], sorted: Float64Array, draws: number, seed: number): Float64Array[] {
  const next = seededUint32(seed);
  const limit = sorted.map((p) => p * 2 ** 32);
  let from = 0;
  return bins.map((bin) => {
    const to = from + bin.rows;
    const counts = new Float64Array(draws);
    for (let d = 0; d < draws; d++) {
      let positives = 0;
      for (let i = from; i < to; i++) if (next() < (limit[i] as number)) positives++;
      counts[d] = positives;
    }
    from = to;
    return counts;
  });
}

/** Linear between the two nearest of sorted values, as numpy's default. */
function quantile(sorted: Float64Array, share: number): number {
  const at = share * (sorted.length - 1);
  const low = Math.floor(at);
  const below = sorted[low] as number;
  const above = sorted[Math.min(low + 1, sorted.length - 1)] as number;
  return below + (at - low) * (above - below);
}
