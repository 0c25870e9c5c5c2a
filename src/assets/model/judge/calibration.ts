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
  const { draws = 200, seed = 1, weights } = options;
  checkProbabilities(target, probability, weights);
  if (target.length === 0) return null;
  const bins = fillBins(target, probability, options);
  const ece = errorOf(bins);
  const drawn = redraw(
    bins,
    probability.slice().sort(),
    draws,
    seed,
    weights && classWeights(target, weights),
  );
  const errors = Float64Array.from({ length: draws }, (_, d) =>
    errorOf(drawn.map((byDraw) => byDraw[d] as Sums)),
  ).sort();
  const mean = errors.reduce((sum, error) => sum + error, 0) / draws;
  return {
    ece,
    eceNull: { mean, q95: quantile(errors, 0.95) },
    calibrationError: Math.max(0, ece - mean),
    curve: bins.map((bin, b) => {
      const shares = Float64Array.from(
        drawn[b] as Sums[],
        ({ positives, whole }) => positives / whole,
      ).sort();
      return {
        rows: bin.rows,
        meanProbability: bin.sum / bin.whole,
        positiveRate: bin.positives / bin.whole,
        nullLow: quantile(shares, 0.025),
        nullHigh: quantile(shares, 0.975),
      };
    }),
  };
}

/** Over the rows of a bin, each by its weight. */
interface Sums {
  whole: number;
  positives: number;
  /** Of the probabilities. */
  sum: number;
}

interface Bin extends Sums {
  rows: number;
}

function fillBins(target: Float64Array, probability: Float64Array, options: CalibrationOptions): Bin[] {
  const { bins: count = 15, binning = 'equal-mass', weights } = options;
  const bins: Bin[] = Array.from({ length: count }, () => ({ rows: 0, whole: 0, positives: 0, sum: 0 }));
  const { whole, score, truePositives, falsePositives } = rank(target, probability, weights);
  const rows = weights === undefined ? undefined : rank(target, probability);
  let above = 0;
  let rowsAbove = 0;
  let positivesAbove = 0;
  for (let k = 0; k < score.length; k++) {
    const p = score[k] as number;
    const here = (truePositives[k] as number) + (falsePositives[k] as number) - above;
    const rowsHere = rows
      ? (rows.truePositives[k] as number) + (rows.falsePositives[k] as number) - rowsAbove
      : here;
    const place = binning === 'equal-width' ? p : 1 - (above + here / 2) / whole;
    const bin = bins[Math.max(0, Math.min(count - 1, Math.floor(place * count)))] as Bin;
    bin.rows += rowsHere;
    bin.whole += here;
    bin.positives += (truePositives[k] as number) - positivesAbove;
    bin.sum += here * p;
    above += here;
    rowsAbove += rowsHere;
    positivesAbove = truePositives[k] as number;
  }
  return bins.filter((bin) => bin.rows > 0);
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

/** The weights of rows whose answer is no and yes. */
interface ClassWeights {
  readonly no: number;
  readonly yes: number;
}

function classWeights(target: Float64Array, weights: Float64Array): ClassWeights {
  const mean = (answer: number): number => {
    const of = weights.filter((_, row) => target[row] === answer);
    return of.length === 0 ? 1 : of.reduce((sum, weight) => sum + weight, 0) / of.length;
  };
  return { no: mean(0), yes: mean(1) };
}

/**
 * By bin and draw, what its rows come to when each label is drawn from its own probability. `sorted` rises, as the bins do. Of rows that
 * were kept for their answer, a share p that says yes is a share (p / yes) / (p / yes + (1 − p) / no) of those that are here.
 */
function redraw(
  bins: readonly Bin[],
  sorted: Float64Array,
  draws: number,
  seed: number,
  weights: ClassWeights | undefined,
): Sums[][] {
  const next = seededUint32(seed);
  const { yes, no } = weights ?? { yes: 1, no: 1 };
  const limit = sorted.map((p) => (p === 0 ? 0 : (p / yes / (p / yes + (1 - p) / no)) * 2 ** 32));
  if (weights === undefined) limit.set(sorted.map((p) => p * 2 ** 32));
  let from = 0;
  return bins.map((bin) => {
    const to = from + bin.rows;
    const sums: Sums[] = [];
    for (let d = 0; d < draws; d++) {
      let count = 0;
      let ofYes = 0;
      let ofAll = 0;
      for (let i = from; i < to; i++) {
        const drawn = next() < (limit[i] as number);
        if (drawn) count++;
        if (weights === undefined) continue;
        ofAll += sorted[i] as number;
        if (drawn) ofYes += sorted[i] as number;
      }
      if (weights === undefined) sums.push({ whole: bin.rows, positives: count, sum: bin.sum });
      else
        sums.push({
          whole: yes * count + no * (bin.rows - count),
          positives: yes * count,
          sum: yes * ofYes + no * (ofAll - ofYes),
        });
    }
    from = to;
    return sums;
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
