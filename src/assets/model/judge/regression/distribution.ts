import { sortedValues } from '../order.ts';

const BARS = 20;

/** A stretch of about equally many rows, by rising prediction. */
export interface ValueBin {
  readonly rows: number;
  readonly meanPrediction: number;
  readonly meanTarget: number;
}

/** A bar of a histogram over [from, to); the last one is closed. */
export interface ErrorBar {
  readonly from: number;
  readonly to: number;
  readonly rows: number;
}

/** Rows by error (prediction − target), each by its weight: 20 bars of equal width from the smallest to the largest, one if they are equal. */
export function errorHistogram(
  target: Float64Array,
  predicted: Float64Array,
  weights?: Float64Array,
): ErrorBar[] {
  if (target.length === 0) return [];
  const error = predicted.map((value, i) => value - (target[i] as number));
  let [low, high] = [Infinity, -Infinity];
  for (const value of error) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  const count = low === high ? 1 : BARS;
  const width = (high - low) / count;
  const bars = Array.from({ length: count }, (_, b) => ({
    from: low + b * width,
    to: b === count - 1 ? high : low + (b + 1) * width,
    rows: 0,
  }));
  for (let i = 0; i < error.length; i++) {
    const b = width === 0 ? 0 : Math.min(count - 1, Math.floor(((error[i] as number) - low) / width));
    (bars[b] as (typeof bars)[0]).rows += weights === undefined ? 1 : (weights[i] as number);
  }
  return bars;
}

/** Mean target beside mean prediction, each row by its weight, in up to 20 bins of about equally many rows; equal predictions share a bin. */
export function predictionCurve(
  target: Float64Array,
  predicted: Float64Array,
  weights?: Float64Array,
): ValueBin[] {
  const edges = binEdges(predicted);
  const bins = Array.from(edges, () => ({ rows: 0, whole: 0, prediction: 0, target: 0 }));
  for (let row = 0; row < target.length; row++) {
    const value = predicted[row] as number;
    let b = 0;
    while (b < edges.length - 1 && value >= (edges[b + 1] as number)) b++;
    const weight = weights === undefined ? 1 : (weights[row] as number);
    const bin = bins[b] as (typeof bins)[0];
    bin.rows++;
    bin.whole += weight;
    bin.prediction += weight * value;
    bin.target += weight * (target[row] as number);
  }
  return bins
    .filter((bin) => bin.whole > 0)
    .map((bin) => ({
      rows: bin.rows,
      meanPrediction: bin.prediction / bin.whole,
      meanTarget: bin.target / bin.whole,
    }));
}

/** The least value of each bin that has rows, rising: values fall into the bin in which the middle of those that are equal to them lies. */
function binEdges(values: Float64Array): number[] {
  const sorted = sortedValues(values);
  const n = sorted.length;
  const edges: number[] = [];
  let last = -1;
  for (let from = 0; from < n; ) {
    const value = sorted[from] as number;
    let to = from + 1;
    while (to < n && sorted[to] === value) to++;
    const bin = Math.floor(((from + to) / 2 / n) * BARS);
    if (bin !== last) edges.push(value);
    last = bin;
    from = to;
  }
  return edges;
}
