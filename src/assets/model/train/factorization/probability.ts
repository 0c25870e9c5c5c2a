import { fitLinear } from '../linear/fit.ts';
import { linearParameters } from '../linear/options.ts';
import { meanLoss } from '../loss.ts';
import { randomStream } from '../random.ts';
import type { FitInput } from '../trainer.port.ts';
import { type Factors, scoresOf } from './factors.ts';
import type { Loss } from './options.ts';
import { drawItem, type Rows } from './rows.ts';

/** From a score to log-odds: slope·score + shift (Platt 1999). */
export interface Sigmoid {
  readonly slope: number;
  readonly shift: number;
}

export const AS_IT_IS: Sigmoid = Object.freeze({ slope: 1, shift: 0 });

/** Scores with what was to be told of them. */
export interface Told {
  readonly scores: Float64Array;
  readonly target: Float64Array;
  readonly weights: Float64Array | undefined;
}

export const hasBoth = (target: Float64Array): boolean => target.includes(0) && target.some((y) => y > 0);

/** Of scores and whether they were right; both 0 and 1 are among the targets. */
async function fitSigmoid(
  scores: Float64Array,
  target: Float64Array,
  weights: Float64Array | undefined,
): Promise<Sigmoid> {
  const rows = scores.length;
  const input: FitInput = {
    columns: [{ name: 'score', type: 'number', values: scores }],
    task: 'binary',
    target,
    ...(weights === undefined ? {} : { weights }),
    train: { from: 0, to: rows },
    validation: { from: rows, to: rows },
    seed: 0,
  };
  const [model] = await fitLinear(input, linearParameters({ l2: 1 }));
  const [encoding] = model.encodings;
  const [weight, intercept] = model.weights[0]!;
  if (encoding?.type !== 'number' || encoding.shape !== 'line') return { slope: 0, shift: intercept! };
  const slope = weight! / encoding.scale;
  return { slope, shift: intercept! - slope * encoding.mean };
}

/** What a row's log-odds are: its score, where that was learnt as such. */
export async function sigmoidOf({ scores, target, weights }: Told, loss: Loss): Promise<Sigmoid> {
  return loss === 'logistic' && hasBoth(target) ? AS_IT_IS : fitSigmoid(scores, target, weights);
}

export function logLoss({ scores, target, weights }: Told, { slope, shift }: Sigmoid): number | null {
  return meanLoss(
    'binary',
    scores.map((score) => slope * score + shift),
    target,
    0,
    weights,
  );
}

function drawnScores(
  users: Factors,
  items: Factors,
  rows: Rows,
  userPlaces: Int32Array,
  count: number,
  seed: number,
): Float64Array {
  const random = randomStream(seed + 1);
  const { places, width } = rows.items;
  const drawn = new Int32Array(count * width);
  const userWidth = userPlaces.length / Math.max(count, 1);
  for (let row = 0; row < count; row++) {
    const item = drawItem(rows, userPlaces[row * userWidth]!, random);
    drawn.set(places.subarray(item * width, (item + 1) * width), row * width);
  }
  return scoresOf(users, items, userPlaces, drawn, count);
}

/** Rows, and as many again with an item drawn by chance, which are a no. */
export function withDrawn(
  { scores, target, weights }: Told,
  { users, items }: { users: Factors; items: Factors },
  rows: Rows,
  userPlaces: Int32Array,
  seed: number,
): Told {
  const against = drawnScores(users, items, rows, userPlaces, scores.length, seed);
  return {
    scores: concat(scores, against),
    target: concat(target, new Float64Array(target.length)),
    weights: weights === undefined ? undefined : concat(weights, weights),
  };
}

function concat(a: Float64Array, b: Float64Array): Float64Array {
  const both = new Float64Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}
