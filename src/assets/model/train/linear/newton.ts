import { setImmediate as nextTurn } from 'node:timers/promises';
import { derivatives, meanLoss, wholeWeight } from '../loss.ts';
import type { Task } from '../trainer.port.ts';
import { type Design, dot, squaresTimes, times, transposeTimes } from './design.ts';

export interface LinearProblem {
  readonly task: Task;
  readonly design: Design;
  /** By row of the design, from `offset` on. */
  readonly target: Float64Array;
  readonly offset: number;
  /** By row, from `offset` on, as the target. */
  readonly weights?: Float64Array;
  readonly l2: number;
}

/** The gradient shall shrink to this share of the first one: about 8 digits of every weight. */
const TOLERANCE = 1e-10;

/** Most steps of one inner solution. The system has a diagonal of at least l2, so few are needed but for near copies of columns. */
const INNER_MOST = 1000;

/**
 * Minimizes Σ loss + l2/2·|w|², the intercept (last) free, from `weights` on, in place: Newton's method, each step solved
 * by conjugate gradients, so that the cost grows with the entries of the rows and not with the square of the weights.
 * For regression one step is the whole solution. @returns steps taken, and whether it converged.
 */
export async function minimize(
  problem: LinearProblem,
  weights: Float64Array,
  most: number,
  onStep: (step: number, loss: number) => void,
): Promise<{ readonly steps: number; readonly converged: boolean }> {
  const { task, design, target, offset, l2, weights: byRow } = problem;
  const whole = wholeWeight(offset, offset + design.rows, byRow);
  const free = weights.length - 1;
  const scores = new Float64Array(design.rows);
  const first = new Float64Array(design.rows);
  const second = new Float64Array(design.rows);
  const gradient = new Float64Array(weights.length);
  const trial = new Float64Array(weights.length);
  /** In the measure whose gradient is taken: half the squared error, not the whole. */
  const objective = (at: Float64Array): number => {
    times(design, at, scores);
    const loss = meanLoss(task, scores, target, offset, byRow)! * whole;
    return (task === 'regression' ? loss / 2 : loss) + (l2 / 2) * (dot(at, at) - at[free]! ** 2);
  };
  let value = objective(weights);
  let start: number | undefined;
  for (let step = 0; ; step++) {
    await nextTurn();
    derivatives(task, scores, target, offset, first, second, byRow);
    transposeTimes(design, first, gradient);
    for (let i = 0; i < free; i++) gradient[i]! += l2 * weights[i]!;
    const size = Math.sqrt(dot(gradient, gradient));
    start ??= size;
    if (size <= TOLERANCE * start) return { steps: step, converged: true };
    if (step === most) return { steps: step, converged: false };
    // Solved as well as the outer step deserves (Dembo, Eisenstat, Steihaug 1982), which makes it converge faster than linearly.
    const accuracy = task === 'regression' ? TOLERANCE / 10 : Math.min(0.1, size / start) / 10;
    const direction = solve(problem, second, gradient, accuracy);
    const slope = dot(direction, gradient);
    let length = 1;
    let next = value;
    for (; length > 1e-8; length /= 2) {
      for (let i = 0; i < trial.length; i++) trial[i] = weights[i]! - length * direction[i]!;
      next = objective(trial);
      if (next <= value - 1e-4 * length * slope) break;
    }
    // Not lower by any step: what is left of the gradient is rounding.
    if (!(next < value)) {
      objective(weights);
      return { steps: step, converged: size <= 1e-6 * start };
    }
    weights.set(trial);
    value = next;
    onStep(step + 1, meanLoss(task, scores, target, offset, byRow)!);
  }
}

/** Solves (Xᵀ·diag(second)·X + l2)·x = wanted by conjugate gradients, preconditioned by the diagonal. */
function solve(
  problem: LinearProblem,
  second: Float64Array,
  wanted: Float64Array,
  accuracy: number,
): Float64Array {
  const { design, l2 } = problem;
  const size = wanted.length;
  const byRow = new Float64Array(design.rows);
  const diagonal = new Float64Array(size);
  squaresTimes(design, second, diagonal);
  // A constant column has a diagonal of l2 alone; with no l2 it would be 0.
  for (let i = 0; i < size; i++) diagonal[i] = diagonal[i]! + (i < size - 1 ? l2 : 0) || 1;
  const found = new Float64Array(size);
  const rest = wanted.slice();
  const scaled = rest.map((value, i) => value / diagonal[i]!);
  const direction = scaled.slice();
  const image = new Float64Array(size);
  const enough = accuracy * Math.sqrt(dot(wanted, wanted));
  let energy = dot(rest, scaled);
  for (let step = 0; step < Math.min(INNER_MOST, 10 * size); step++) {
    times(design, direction, byRow);
    for (let row = 0; row < byRow.length; row++) byRow[row]! *= second[row]!;
    transposeTimes(design, byRow, image);
    for (let i = 0; i < size - 1; i++) image[i]! += l2 * direction[i]!;
    const length = energy / dot(direction, image);
    if (!Number.isFinite(length)) break;
    for (let i = 0; i < size; i++) {
      found[i]! += length * direction[i]!;
      rest[i]! -= length * image[i]!;
    }
    if (Math.sqrt(dot(rest, rest)) <= enough) break;
    for (let i = 0; i < size; i++) scaled[i] = rest[i]! / diagonal[i]!;
    const before = energy;
    energy = dot(rest, scaled);
    for (let i = 0; i < size; i++) direction[i] = scaled[i]! + (energy / before) * direction[i]!;
  }
  return found;
}
