import type { Task } from './trainer.port.ts';

/** 1 / (1 + e^−x). */
export function sigmoid(x: number): number {
  return 1 / (1 + Math.exp(-x));
}

/** −log p(y) for log-odds `score`, without overflow at either end. */
function logLoss(score: number, y: number): number {
  return Math.max(score, 0) - score * y + Math.log1p(Math.exp(-Math.abs(score)));
}

/** Mean log loss of log-odds, or mean squared error of values; null for no rows. `target` is read from `offset` on. */
export function meanLoss(
  task: Task,
  scores: Float64Array,
  target: Float64Array,
  offset: number,
): number | null {
  if (scores.length === 0) return null;
  let sum = 0;
  if (task === 'binary')
    for (let i = 0; i < scores.length; i++) sum += logLoss(scores[i]!, target[offset + i]!);
  else for (let i = 0; i < scores.length; i++) sum += (scores[i]! - target[offset + i]!) ** 2;
  return sum / scores.length;
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
