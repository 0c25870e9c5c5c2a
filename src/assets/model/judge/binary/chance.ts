import { seededNormal, seededUint32 } from '../random.ts';
import type { Bin } from './bins.ts';
import type { Cuts } from './cuts.ts';

/** What the rows of a bin come to in one draw of their labels, each by its weight. */
export interface Sums {
  readonly whole: number;
  readonly positives: number;
  /** Of the probabilities. */
  readonly sum: number;
}

/** The weights of rows whose answer is no and yes. */
export interface ClassWeights {
  readonly no: number;
  readonly yes: number;
}

/** Labels drawn one by one, all in all; above, draws take a time that depends on the number of rows no more. */
const ONE_BY_ONE = 10_000_000;
/** A count of this variance and above is drawn from the normal distribution: its skewness is below 1 / √400. */
const MUCH = 400;

/**
 * By bin and draw, what its rows come to when each label is drawn from its own probability. Of rows that were kept for their answer, a
 * share p that says yes is a share (p / yes) / (p / yes + (1 − p) / no) of those that are here.
 */
export function redraw(
  bins: readonly Bin[],
  cuts: Cuts,
  draws: number,
  seed: number,
  weights: ClassWeights | undefined,
  oneByOne: number = ONE_BY_ONE,
): Sums[][] {
  const next = seededUint32(seed);
  const normal = seededNormal(next);
  const few = cuts.rows * draws <= oneByOne;
  let rows = 0;
  let to = cuts.score.length;
  return bins.map((bin) => {
    const all = to;
    rows += bin.rows;
    to = firstWith(cuts, cuts.rows - rows);
    const steps = stepsOf(cuts, to, all, weights);
    const draw = few ? rowByRow(steps, next) : atOnce(steps, next, normal);
    const { sum: ofAll } = steps;
    return Array.from({ length: draws }, (): Sums => {
      const { count, ofYes } = draw();
      if (weights === undefined) return { whole: bin.rows, positives: count, sum: bin.sum };
      return {
        whole: weights.yes * count + weights.no * (bin.rows - count),
        positives: weights.yes * count,
        sum: weights.yes * ofYes + weights.no * (ofAll - ofYes),
      };
    });
  });
}

/** Rows with at least the score of step k. */
const rowsUpTo = ({ weighed, truePositives, falsePositives }: Cuts, k: number): number =>
  k < 0
    ? 0
    : weighed === undefined
      ? (truePositives[k] as number) + (falsePositives[k] as number)
      : (weighed.rows[k] as number);

/** The first step that comes after so many rows. */
function firstWith(cuts: Cuts, rows: number): number {
  let low = 0;
  let high = cuts.score.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (rowsUpTo(cuts, middle) > rows) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** Rows of equal probability together, by rising probability. */
interface Steps {
  readonly rows: Float64Array;
  readonly p: Float64Array;
  /** The chance of yes among the rows that are here. */
  readonly q: Float64Array;
  /** Of the probabilities, over rows. */
  readonly sum: number;
}

function stepsOf(cuts: Cuts, from: number, to: number, weights?: ClassWeights): Steps {
  const n = to - from;
  const p = new Float64Array(n);
  const q = weights === undefined ? p : new Float64Array(n);
  const rows = new Float64Array(n);
  const { yes, no } = weights ?? { yes: 1, no: 1 };
  let upTo = rowsUpTo(cuts, from - 1);
  let sum = 0;
  for (let k = from; k < to; k++) {
    const at = to - 1 - k;
    const chance = cuts.score[k] as number;
    const here = rowsUpTo(cuts, k);
    p[at] = chance;
    if (weights !== undefined) q[at] = chance === 0 ? 0 : chance / yes / (chance / yes + (1 - chance) / no);
    rows[at] = here - upTo;
    sum += chance * (here - upTo);
    upTo = here;
  }
  return { rows, p, q, sum };
}

/** How many labels came out yes, and the sum of their rows' probabilities. */
interface Drawn {
  readonly count: number;
  readonly ofYes: number;
}

function rowByRow({ rows, p, q }: Steps, next: () => number): () => Drawn {
  const limit = q.map((chance) => chance * 2 ** 32);
  return () => {
    let count = 0;
    let ofYes = 0;
    for (let k = 0; k < limit.length; k++) {
      for (let row = rows[k] as number; row > 0; row--) {
        if (next() >= (limit[k] as number)) continue;
        count++;
        ofYes += p[k] as number;
      }
    }
    return { count, ofYes };
  };
}

function atOnce(steps: Steps, next: () => number, normal: () => number): () => Drawn {
  const { rows, p, q } = steps;
  let [mean, variance, ofMean, ofVariance, both, all] = [0, 0, 0, 0, 0, 0];
  for (let k = 0; k < q.length; k++) {
    const yes = (rows[k] as number) * (q[k] as number);
    const spread = yes * (1 - (q[k] as number));
    const value = p[k] as number;
    all += rows[k] as number;
    mean += yes;
    variance += spread;
    ofMean += yes * value;
    ofVariance += spread * value * value;
    both += spread * value;
  }
  if (variance < MUCH) return byFlips(steps, next);
  const own = Math.sqrt(Math.max(0, ofVariance - (both * both) / variance));
  return () => {
    const z = normal();
    return {
      count: Math.max(0, Math.min(all, Math.round(mean + Math.sqrt(variance) * z))),
      ofYes: ofMean + (both / Math.sqrt(variance)) * z + own * normal(),
    };
  };
}

/**
 * Rows that are nearly sure: only those that come out against the odds are drawn. Each has a stretch of length −ln(1 − chance) on a line,
 * and comes out so when one of the points that fall on the line at rate 1 falls on its stretch: each by its own chance, apart from
 * all others, in a time that grows with the number of points alone.
 */
function byFlips({ rows, p, q }: Steps, next: () => number): () => Drawn {
  const ends = new Float64Array(q.length);
  const stretch = q.map((chance) => -Math.log1p(-Math.min(chance, 1 - chance)));
  let end = 0;
  let likely = 0;
  let ofLikely = 0;
  for (let k = 0; k < q.length; k++) {
    end += (rows[k] as number) * (stretch[k] as number);
    ends[k] = end;
    if ((q[k] as number) <= 0.5) continue;
    likely += rows[k] as number;
    ofLikely += (rows[k] as number) * (p[k] as number);
  }
  return () => {
    let [count, ofYes] = [likely, ofLikely];
    let [lastStep, lastRow] = [-1, -1];
    for (let at = gap(next); at < end; at += gap(next)) {
      const k = firstAbove(ends, at);
      const row = Math.floor(((ends[k] as number) - at) / (stretch[k] as number));
      if (k === lastStep && row === lastRow) continue;
      [lastStep, lastRow] = [k, row];
      const sign = (q[k] as number) > 0.5 ? -1 : 1;
      count += sign;
      ofYes += sign * (p[k] as number);
    }
    return { count, ofYes };
  };
}

const gap = (next: () => number): number => -Math.log((next() + 0.5) / 2 ** 32);

function firstAbove(rising: Float64Array, value: number): number {
  let low = 0;
  let high = rising.length - 1;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((rising[middle] as number) > value) high = middle;
    else low = middle + 1;
  }
  return low;
}
