import type { ErrorBar, ScoreBar, ValueBin } from './evaluation.ts';

const BARS = 20;

/** Rows of each class, each by its weight, by predicted probability: 20 bars of width 0.05, the last one closed. */
export function scoreHistogram(
  target: Float64Array,
  probability: Float64Array,
  weights?: Float64Array,
): ScoreBar[] {
  const bars = Array.from({ length: BARS }, (_, b) => ({
    from: b / BARS,
    to: (b + 1) / BARS,
    negatives: 0,
    positives: 0,
  }));
  for (let i = 0; i < target.length; i++) {
    const bar = bars[Math.min(BARS - 1, Math.floor((probability[i] as number) * BARS))] as (typeof bars)[0];
    const weight = weights === undefined ? 1 : (weights[i] as number);
    if (target[i] === 1) bar.positives += weight;
    else bar.negatives += weight;
  }
  return bars;
}

/** Rows by error (prediction − target): 20 bars of equal width from the smallest to the largest, one if they are equal. */
export function errorHistogram(target: Float64Array, predicted: Float64Array): ErrorBar[] {
  if (target.length === 0) return [];
  const error = predicted.map((value, i) => value - (target[i] as number)).sort();
  const low = error[0] as number;
  const high = error[error.length - 1] as number;
  const count = low === high ? 1 : BARS;
  const width = (high - low) / count;
  const bars = Array.from({ length: count }, (_, b) => ({
    from: low + b * width,
    to: b === count - 1 ? high : low + (b + 1) * width,
    rows: 0,
  }));
  for (const value of error) {
    const b = width === 0 ? 0 : Math.min(count - 1, Math.floor((value - low) / width));
    (bars[b] as (typeof bars)[0]).rows++;
  }
  return bars;
}

/** Mean target beside mean prediction in up to 20 bins of about equally many rows; equal predictions share a bin. */
export function predictionCurve(target: Float64Array, predicted: Float64Array): ValueBin[] {
  const n = target.length;
  const order = Array.from({ length: n }, (_, i) => i);
  order.sort((a, b) => (predicted[a] as number) - (predicted[b] as number) || a - b);
  const bins = Array.from({ length: BARS }, () => ({ rows: 0, prediction: 0, target: 0 }));
  for (let from = 0; from < n; ) {
    const value = predicted[order[from] as number] as number;
    let to = from;
    while (to < n && predicted[order[to] as number] === value) to++;
    const bin = bins[Math.floor(((from + to) / 2 / n) * BARS)] as (typeof bins)[0];
    for (; from < to; from++) {
      bin.rows++;
      bin.prediction += value;
      bin.target += target[order[from] as number] as number;
    }
  }
  return bins
    .filter((bin) => bin.rows > 0)
    .map((bin) => ({
      rows: bin.rows,
      meanPrediction: bin.prediction / bin.rows,
      meanTarget: bin.target / bin.rows,
    }));
}
