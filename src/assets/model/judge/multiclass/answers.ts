import { checkClasses, checkClassProbabilities, checkLength, checkWeights, refuse } from '../input.ts';

/** Of each row the first of its likeliest classes, as numpy's argmax. `probabilities` hold `classes` numbers for each row, row after row. */
export function likeliest(probabilities: Float64Array, classes: number): Int32Array {
  const answers = new Int32Array(probabilities.length / classes);
  for (let row = 0; row < answers.length; row++) {
    const from = row * classes;
    let best = 0;
    for (let c = 1; c < classes; c++)
      if ((probabilities[from + c] as number) > (probabilities[from + best] as number)) best = c;
    answers[row] = best;
  }
  return answers;
}

/** By row the probability of one class. */
export function probabilitiesOf(probabilities: Float64Array, classes: number, of: number): Float64Array {
  const found = new Float64Array(probabilities.length / classes);
  for (let row = 0; row < found.length; row++) found[row] = probabilities[row * classes + of] as number;
  return found;
}

/** By row a class, 0 to classes − 1. */
export type ClassByRow = Int32Array | Float64Array;

/** @throws MILL_JUDGE_INPUT */
export function checkMulticlass(
  target: ClassByRow,
  probabilities: Float64Array,
  classes: number,
  weights?: Float64Array,
): void {
  checkClassProbabilities(target.length, probabilities, classes);
  checkClasses(target, classes);
  checkWeights(target.length, weights);
}

/**
 * The share of rows whose class is among the k likeliest, each row by its weight. Among equal probabilities later classes come first, as
 * in scikit-learn's `top_k_accuracy_score`. Null without rows.
 * @throws MILL_JUDGE_INPUT
 */
export function topAccuracy(
  target: ClassByRow,
  probabilities: Float64Array,
  classes: number,
  k: number,
  weights?: Float64Array,
): number | null {
  checkMulticlass(target, probabilities, classes, weights);
  if (!Number.isInteger(k) || k < 1) refuse(`There are ${k} places; wanted a whole number of 1 or above.`);
  let [hits, whole] = [0, 0];
  for (let row = 0; row < target.length; row++) {
    const weight = weights === undefined ? 1 : (weights[row] as number);
    whole += weight;
    if (isAmong(k, target[row] as number, probabilities, classes, row)) hits += weight;
  }
  return whole === 0 ? null : hits / whole;
}

/** Whether a row's class is among its k likeliest. */
export function isAmong(
  k: number,
  own: number,
  probabilities: Float64Array,
  classes: number,
  row: number,
): boolean {
  const from = row * classes;
  const p = probabilities[from + own] as number;
  let before = 0;
  for (let c = 0; c < classes; c++) {
    const other = probabilities[from + c] as number;
    if (other > p || (other === p && c > own)) before++;
  }
  return before < k;
}

/**
 * Rows by true class and answered class, each by its weight: `classes` numbers for each true class, one after the other.
 * @throws MILL_JUDGE_INPUT
 */
export function classMatrix(
  target: ClassByRow,
  answer: ClassByRow,
  classes: number,
  weights?: Float64Array,
): Float64Array {
  checkLength(target.length, answer, 'answer');
  checkClasses(target, classes);
  checkClasses(answer, classes, 'Answer');
  checkWeights(target.length, weights);
  const matrix = new Float64Array(classes * classes);
  for (let row = 0; row < target.length; row++) {
    const at = (target[row] as number) * classes + (answer[row] as number);
    matrix[at] = (matrix[at] as number) + (weights === undefined ? 1 : (weights[row] as number));
  }
  return matrix;
}
