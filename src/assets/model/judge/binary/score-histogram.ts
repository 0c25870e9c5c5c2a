import type { Cuts } from './cuts.ts';

const BARS = 20;

/** A bar of a histogram over [from, to); the last one is closed. */
export interface ScoreBar {
  readonly from: number;
  readonly to: number;
  readonly negatives: number;
  readonly positives: number;
}

/** Rows of each class, each by its weight, by predicted probability: 20 bars of width 0.05, the last one closed. */
export function scoreHistogram({ score, truePositives, falsePositives }: Cuts): ScoreBar[] {
  const bars = Array.from({ length: BARS }, (_, b) => ({
    from: b / BARS,
    to: (b + 1) / BARS,
    negatives: 0,
    positives: 0,
  }));
  let [tp, fp] = [0, 0];
  for (let k = 0; k < score.length; k++) {
    const bar = bars[Math.min(BARS - 1, Math.floor((score[k] as number) * BARS))] as (typeof bars)[0];
    bar.positives += (truePositives[k] as number) - tp;
    bar.negatives += (falsePositives[k] as number) - fp;
    tp = truePositives[k] as number;
    fp = falsePositives[k] as number;
  }
  return bars;
}
