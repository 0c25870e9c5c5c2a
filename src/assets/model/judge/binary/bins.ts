import type { Cuts } from './cuts.ts';

export interface Binning {
  /** Default 15. */
  readonly bins?: number;
  /** Bins of about equally many rows (default), or of equal width: floor(bins × p), the last one closed. */
  readonly binning?: 'equal-mass' | 'equal-width';
}

/** What the rows of a stretch of probabilities come to, each by its weight. */
export interface Bin {
  /** Each counted once. */
  rows: number;
  whole: number;
  positives: number;
  /** Of the probabilities; then of their squares, and of those of positives. */
  sum: number;
  sumSquares: number;
  sumOfPositives: number;
}

/** Rows by rising probability; those of equal probability always share a bin, the one their middle falls in. Empty bins are left out. */
export function fillBins(cuts: Cuts, { bins: count = 15, binning = 'equal-mass' }: Binning): Bin[] {
  const bins = Array.from(
    { length: count },
    (): Bin => ({ rows: 0, whole: 0, positives: 0, sum: 0, sumSquares: 0, sumOfPositives: 0 }),
  );
  const { whole, score, truePositives, falsePositives, weighed } = cuts;
  let above = 0;
  let rowsAbove = 0;
  let positivesAbove = 0;
  for (let k = 0; k < score.length; k++) {
    const p = score[k] as number;
    const positives = truePositives[k] as number;
    const upTo = positives + (falsePositives[k] as number);
    const rows = weighed === undefined ? upTo : (weighed.rows[k] as number);
    const here = upTo - above;
    const place = binning === 'equal-width' ? p : 1 - (above + here / 2) / whole;
    const bin = bins[Math.max(0, Math.min(count - 1, Math.floor(place * count)))] as Bin;
    bin.rows += rows - rowsAbove;
    bin.whole += here;
    bin.positives += positives - positivesAbove;
    bin.sum += here * p;
    bin.sumSquares += here * p * p;
    bin.sumOfPositives += (positives - positivesAbove) * p;
    above = upTo;
    rowsAbove = rows;
    positivesAbove = positives;
  }
  return bins.filter((bin) => bin.rows > 0);
}
