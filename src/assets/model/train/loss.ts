import type { Task } from './trainer.port.ts';

/** 1 / (1 + e^−x). */
export function sigmoid(x: number): number {
  return 1 / (1 + Math.exp(-x));
}

/**
 * Mean log loss of log-odds, or mean squared error of values; null for no rows. `target` is read from `offset` on.
 * A row's log loss is max(s, 0) − s·y + log(1 + e^−|s|). The logarithms are taken of products of 512 rows (each factor is
 * at most 2, so no overflow): a logarithm per row would cost an eighth of training.
 */
export function meanLoss(
  task: Task,
  scores: Float64Array,
  target: Float64Array,
  offset: number,
): number | null {
  const rows = scores.length;
  if (rows === 0) return null;
  let sum = 0;
  if (task === 'regression') {
    for (let i = 0; i < rows; i++) sum += (scores[i]! - target[offset + i]!) ** 2;
    return sum / rows;
  }
  for (let block = 0; block < rows; block += 512) {
    const end = Math.min(block + 512, rows);
    let product = 1;
    for (let i = block; i < end; i++) {
      const score = scores[i]!;
      sum += Math.max(score, 0) - score * target[offset + i]!;
      product *= 1 + Math.exp(-Math.abs(score));
    }
    sum += Math.log(product);
  }
  return sum / rows;
}

/** First and second derivative of a row's loss (log loss, or half the squared error) by its score. */
export function derivatives(
  task: Task,
  scores: Float64Array,
  target: Float64Array,
  offset: number,
  first: Float64Array,
  second: Float64Array,
): void {
  if (task === 'regression') {
    second.fill(1);
    for (let i = 0; i < scores.length; i++) first[i] = scores[i]! - target[offset + i]!;
    return;
  }
  for (let i = 0; i < scores.length; i++) {
    const p = sigmoid(scores[i]!);
    first[i] = p - target[offset + i]!;
    second[i] = p * (1 - p);
  }
}

/** The best constant score: the log-odds of the base rate, or the mean. */
export function baseScore(task: Task, target: Float64Array, from: number, to: number): number {
  let mean = 0;
  for (let row = from; row < to; row++) mean += (target[row]! - mean) / (row - from + 1);
  return task === 'binary' ? Math.log(mean / (1 - mean)) : mean;
}
