import { wholeOfGroups } from './ndcg.ts';
import type { FitInput, Task } from './trainer.port.ts';

/** 1 / (1 + e^−x). */
export function sigmoid(x: number): number {
  return 1 / (1 + Math.exp(-x));
}

/**
 * Mean log loss of log-odds, or mean squared error of values, each row by its weight; null for no rows. `target` and `weights` are read from `offset` on.
 * A row's log loss is max(s, 0) − s·y + log(1 + e^−|s|). The logarithms are taken of products of 512 rows (each factor is
 * at most 2, so no overflow): a logarithm per row would cost an eighth of training.
 */
export function meanLoss(
  task: Task,
  scores: Float64Array,
  target: Float64Array,
  offset: number,
  weights?: Float64Array,
): number | null {
  const rows = scores.length;
  if (rows === 0) return null;
  let sum = 0;
  if (weights !== undefined) {
    let whole = 0;
    for (let i = 0; i < rows; i++) {
      const [score, y, weight] = [scores[i]!, target[offset + i]!, weights[offset + i]!];
      whole += weight;
      sum +=
        weight *
        (task === 'regression'
          ? (score - y) ** 2
          : Math.max(score, 0) - score * y + Math.log1p(Math.exp(-Math.abs(score))));
    }
    return sum / whole;
  }
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

/** First and second derivative of a row's loss (log loss, or half the squared error) by its score, times its weight. */
export function derivatives(
  task: Task,
  scores: Float64Array,
  target: Float64Array,
  offset: number,
  first: Float64Array,
  second: Float64Array,
  weights?: Float64Array,
): void {
  if (task === 'regression') {
    second.fill(1);
    for (let i = 0; i < scores.length; i++) first[i] = scores[i]! - target[offset + i]!;
  } else
    for (let i = 0; i < scores.length; i++) {
      const p = sigmoid(scores[i]!);
      first[i] = p - target[offset + i]!;
      second[i] = p * (1 - p);
    }
  if (weights === undefined) return;
  for (let i = 0; i < scores.length; i++) {
    first[i]! *= weights[offset + i]!;
    second[i]! *= weights[offset + i]!;
  }
}

/** For how many rows those of a range stand. */
export function wholeWeight(from: number, to: number, weights?: Float64Array): number {
  if (weights === undefined) return to - from;
  let whole = 0;
  for (let row = from; row < to; row++) whole += weights[row]!;
  return whole;
}

/** For how much the rows to stop by stand in a mean with others: for as many as their weights say, and for as many lists where an order is told. */
export function heldOutWeight({ task, validation, ...rows }: FitInput): number {
  const { from, to } = validation;
  return task === 'ranking' ? wholeOfGroups({ ...rows, from, to }) : wholeWeight(from, to, rows.weights);
}

/** The best constant score: the log-odds of the base rate, or the mean. */
export function baseScore(
  task: Task,
  target: Float64Array,
  from: number,
  to: number,
  weights?: Float64Array,
): number {
  let mean = 0;
  let whole = 0;
  for (let row = from; row < to; row++) {
    const weight = weights === undefined ? 1 : weights[row]!;
    whole += weight;
    mean += ((target[row]! - mean) * weight) / whole;
  }
  return task === 'binary' ? Math.log(mean / (1 - mean)) : mean;
}
