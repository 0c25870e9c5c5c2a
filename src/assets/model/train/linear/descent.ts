import { setImmediate as nextTurn } from 'node:timers/promises';
import { byWeight, type Sparse, transposeTimes } from './design.ts';
import { byOutput, type LinearProblem, type Minimized, rowsFor, score, startOf } from './newton.ts';

/** What is left to gain by any weight shall shrink to this share of what there was first: about 7 digits of every weight. */
const TOLERANCE = 1e-9;

/** Most passes over the weights for one Newton step. */
const INNER_MOST = 200;

/** A pass that gains less than this share of the best one ends them: the next Newton step goes on from there. */
const ENOUGH = 1e-10;

/**
 * Minimizes Σ loss + l1·|w| + l2/2·|w|², the intercepts free, from `weights` on, in place: proximal Newton steps, output by output, each
 * solved by coordinate descent over the weights that are not 0 (Friedman, Hastie, Tibshirani 2010; Lee, Sun, Saunders 2014).
 */
export async function descend(
  problem: LinearProblem,
  weights: Float64Array,
  most: number,
  onStep: (step: number, loss: number) => void,
): Promise<Minimized> {
  const { objective, design, l1, l2, whole } = problem;
  const size = weights.length / objective.outputs;
  const columns = byWeight(design, size);
  const outputs = byOutput(weights, objective.outputs);
  const [scores, first, second] = [rowsFor(problem), rowsFor(problem), rowsFor(problem)];
  const gradient = new Float64Array(size);
  const valueAt = (): number => {
    let penalty = 0;
    for (const own of outputs)
      for (let j = 0; j < size - 1; j++) penalty += l1 * Math.abs(own[j]!) + (l2 / 2) * own[j]! ** 2;
    return objective.mean(scores)! * whole + penalty;
  };
  /** How far each weight is from where it would stay. */
  const violation = (own: Float64Array): number => {
    let sum = 0;
    for (let j = 0; j < size; j++) {
      const slope = gradient[j]! + (j < size - 1 ? l2 * own[j]! : 0);
      const free = j === size - 1 ? 0 : l1;
      const off = own[j] === 0 ? Math.max(0, Math.abs(slope) - free) : slope + free * Math.sign(own[j]!);
      sum += off * off;
    }
    return sum;
  };
  score(design, outputs, scores);
  let value = valueAt();
  let start: number | undefined;
  for (let step = 0; ; step++) {
    await nextTurn();
    let left = 0;
    objective.derive(scores, first, second);
    outputs.forEach((own, k) => {
      transposeTimes(design, first[k]!, gradient);
      left += violation(own);
    });
    left = Math.sqrt(left);
    start ??= startOf(left, first);
    if (left <= TOLERANCE * start) return { steps: step, converged: true };
    if (step === most) return { steps: step, converged: false };
    const before = value;
    for (const [k, own] of outputs.entries()) {
      if (k > 0) objective.derive(scores, first, second);
      transposeTimes(design, first[k]!, gradient);
      const { change, byRow } = solve(columns, second[k]!, gradient, own, l1, l2);
      const [old, oldScores] = [own.slice(), scores[k]!.slice()];
      // Of a parabola the whole step is the minimum; else as much of it as lowers the sum.
      for (let share = 1; share > 1e-8; share /= 2) {
        for (let j = 0; j < size; j++) own[j] = old[j]! + share * change[j]!;
        for (let row = 0; row < design.rows; row++) scores[k]![row] = oldScores[row]! + share * byRow[row]!;
        const next = valueAt();
        if (next < value) {
          value = next;
          break;
        }
        own.set(old);
        scores[k]!.set(oldScores);
      }
    }
    // Not lower by any step: what is left is rounding.
    if (!(value < before)) return { steps: step, converged: left <= 1e-6 * start };
    onStep(step + 1, objective.mean(scores)!);
  }
}

/** The change of weights that minimizes the parabola in the loss's place, and what it does to the scores. */
function solve(
  columns: readonly Sparse[],
  curvature: Float64Array,
  gradient: Float64Array,
  weights: Float64Array,
  l1: number,
  l2: number,
): { readonly change: Float64Array; readonly byRow: Float64Array } {
  const size = columns.length;
  const change = new Float64Array(size);
  const byRow = new Float64Array(curvature.length);
  const diagonal = Float64Array.from(columns, (column) => squares(column, curvature));
  /** Moves one weight to its best. @returns what that is worth. */
  const move = (j: number): number => {
    const penalized = j < size - 1;
    const steep = diagonal[j]! + (penalized ? l2 : 0);
    if (!(steep > 0)) return 0;
    const now = weights[j]! + change[j]!;
    const slope = gradient[j]! + along(columns[j]!, curvature, byRow) + (penalized ? l2 * now : 0);
    const aim = now - slope / steep;
    const best = penalized ? Math.sign(aim) * Math.max(0, Math.abs(aim) - l1 / steep) : aim;
    const by = best - now;
    if (by === 0) return 0;
    change[j]! += by;
    add(columns[j]!, by, byRow);
    return by * by * steep;
  };
  const all = Array.from(columns.keys());
  let largest = 0;
  for (let pass = 0; pass < INNER_MOST; ) {
    let gained = 0;
    for (const j of all) gained = Math.max(gained, move(j));
    pass++;
    largest = Math.max(largest, gained);
    if (gained <= ENOUGH * largest) break;
    const active = all.filter((j) => weights[j]! + change[j]! !== 0);
    for (; pass < INNER_MOST; pass++) {
      gained = 0;
      for (const j of active) gained = Math.max(gained, move(j));
      if (gained <= ENOUGH * largest) break;
    }
  }
  return { change, byRow };
}

/** Σ x²·curvature. */
function squares({ rows, values }: Sparse, curvature: Float64Array): number {
  let sum = 0;
  const count = rows?.length ?? curvature.length;
  for (let i = 0; i < count; i++) {
    const x = values === undefined ? 1 : values[i]!;
    sum += x * x * curvature[rows === undefined ? i : rows[i]!]!;
  }
  return sum;
}

/** Σ x·curvature·byRow. */
function along({ rows, values }: Sparse, curvature: Float64Array, byRow: Float64Array): number {
  let sum = 0;
  if (rows !== undefined)
    for (let i = 0; i < rows.length; i++) {
      const row = rows[i]!;
      sum += (values === undefined ? 1 : values[i]!) * curvature[row]! * byRow[row]!;
    }
  else if (values !== undefined)
    for (let i = 0; i < values.length; i++) sum += values[i]! * curvature[i]! * byRow[i]!;
  else for (let i = 0; i < byRow.length; i++) sum += curvature[i]! * byRow[i]!;
  return sum;
}

function add({ rows, values }: Sparse, by: number, byRow: Float64Array): void {
  const count = rows?.length ?? byRow.length;
  for (let i = 0; i < count; i++)
    byRow[rows === undefined ? i : rows[i]!]! += by * (values === undefined ? 1 : values[i]!);
}
