import { setImmediate as nextTurn } from 'node:timers/promises';
import { type Design, dot, squaresTimes, times, transposeTimes } from './design.ts';
import type { ByOutput, Objective } from './objective.ts';

export interface LinearProblem {
  readonly objective: Objective;
  readonly design: Design;
  /** What turns the mean of the objective into the sum of losses whose derivatives it gives. */
  readonly whole: number;
  readonly l1: number;
  readonly l2: number;
}

/** Steps taken, and whether it converged. */
export interface Minimized {
  readonly steps: number;
  readonly converged: boolean;
}

/** The gradient shall shrink to this share of the first one: about 8 digits of every weight. */
const TOLERANCE = 1e-10;

/** Most steps of one inner solution. The system has a diagonal of at least l2, so few are needed but for near copies of columns. */
const INNER_MOST = 1000;

/** Vectors by output that lie one after the other in one. */
export function byOutput(flat: Float64Array, outputs: number): Float64Array[] {
  const size = flat.length / outputs;
  return Array.from({ length: outputs }, (_, k) => flat.subarray(k * size, (k + 1) * size));
}

/** An array by row for each output. */
export const rowsFor = ({ objective, design }: LinearProblem): Float64Array[] =>
  Array.from({ length: objective.outputs }, () => new Float64Array(design.rows));

/** The scores of weights, by output. */
export function score(design: Design, weights: ByOutput, scores: ByOutput): void {
  weights.forEach((own, k) => {
    times(design, own, scores[k]!);
  });
}

/**
 * Minimizes Σ loss + l2/2·|w|², the intercepts (the last of each output's weights) free, from `weights` on, in place: Newton's method, each
 * step solved by conjugate gradients, so that the cost grows with the entries of the rows and not with the square of the weights.
 * For regression one step is the whole solution.
 */
export async function minimize(
  problem: LinearProblem,
  weights: Float64Array,
  most: number,
  onStep: (step: number, loss: number) => void,
): Promise<Minimized> {
  const { objective, design, l2, whole } = problem;
  const { outputs } = objective;
  const size = weights.length / outputs;
  const penalty = penaltyBy(weights.length, size, l2);
  const [scores, first, second] = [rowsFor(problem), rowsFor(problem), rowsFor(problem)];
  const gradient = new Float64Array(weights.length);
  const trial = new Float64Array(weights.length);
  const valueAt = (at: Float64Array): number => {
    score(design, byOutput(at, outputs), scores);
    let squares = 0;
    for (let i = 0; i < at.length; i++) squares += penalty[i]! * at[i]! * at[i]!;
    return objective.mean(scores)! * whole + squares / 2;
  };
  let value = valueAt(weights);
  let start: number | undefined;
  for (let step = 0; ; step++) {
    await nextTurn();
    objective.derive(scores, first, second);
    byOutput(gradient, outputs).forEach((own, k) => {
      transposeTimes(design, first[k]!, own);
    });
    for (let i = 0; i < gradient.length; i++) gradient[i]! += penalty[i]! * weights[i]!;
    const length = Math.sqrt(dot(gradient, gradient));
    start ??= startOf(length, first);
    if (length <= TOLERANCE * start) return { steps: step, converged: true };
    if (step === most) return { steps: step, converged: false };
    // Solved as well as the outer step deserves (Dembo, Eisenstat, Steihaug 1982), which makes it converge faster than linearly.
    const accuracy = objective.quadratic ? TOLERANCE / 10 : Math.min(0.1, length / start) / 10;
    const direction = solve(problem, second, penalty, gradient, accuracy);
    const slope = dot(direction, gradient);
    let share = 1;
    let next = value;
    for (; share > 1e-8; share /= 2) {
      for (let i = 0; i < trial.length; i++) trial[i] = weights[i]! - share * direction[i]!;
      next = valueAt(trial);
      if (next <= value - 1e-4 * share * slope) break;
    }
    // Not lower by any step: what is left of the gradient is rounding.
    if (!(next < value)) {
      valueAt(weights);
      return { steps: step, converged: length <= 1e-6 * start };
    }
    weights.set(trial);
    value = next;
    onStep(step + 1, objective.mean(scores)!);
  }
}

/** What the size of the gradient is held against: the first one, or, where that is but rounding, a share of the losses' own slopes. */
export function startOf(length: number, first: ByOutput): number {
  const slopes = first.reduce((sum, rows) => sum + rows.reduce((all, slope) => all + Math.abs(slope), 0), 0);
  return Math.max(length, 1e-4 * slopes);
}

/** The penalty of each weight, none for intercepts. */
function penaltyBy(length: number, size: number, l2: number): Float64Array {
  return new Float64Array(length).map((_, i) => (i % size === size - 1 ? 0 : l2));
}

/** Solves (Xᵀ·curvature·X + penalty)·x = wanted by conjugate gradients, preconditioned by the diagonal. */
function solve(
  { design, objective }: LinearProblem,
  second: ByOutput,
  penalty: Float64Array,
  wanted: Float64Array,
  accuracy: number,
): Float64Array {
  const { outputs } = objective;
  const size = wanted.length;
  const byRow = second.map((rows) => new Float64Array(rows.length));
  const diagonal = new Float64Array(size);
  byOutput(diagonal, outputs).forEach((own, k) => {
    squaresTimes(design, second[k]!, own);
  });
  // A constant column has a diagonal of l2 alone; with no l2 it would be 0.
  for (let i = 0; i < size; i++) diagonal[i] = diagonal[i]! + penalty[i]! || 1;
  const found = new Float64Array(size);
  const rest = wanted.slice();
  const scaled = rest.map((value, i) => value / diagonal[i]!);
  const direction = scaled.slice();
  const image = new Float64Array(size);
  const images = byOutput(image, outputs);
  const enough = accuracy * Math.sqrt(dot(wanted, wanted));
  let energy = dot(rest, scaled);
  for (let step = 0; step < Math.min(INNER_MOST, 10 * size); step++) {
    score(design, byOutput(direction, outputs), byRow);
    objective.curve(byRow, second);
    images.forEach((own, k) => {
      transposeTimes(design, byRow[k]!, own);
    });
    for (let i = 0; i < size; i++) image[i]! += penalty[i]! * direction[i]!;
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
