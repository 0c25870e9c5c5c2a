import { setImmediate as nextTurn } from 'node:timers/promises';
import { baseScore } from '../loss.ts';
import { randomStream } from '../random.ts';
import type { FitInput } from '../trainer.port.ts';
import { alternate, seenBy } from './alternate.ts';
import { Descent } from './descend.ts';
import { copyOf, type Factors, startFactors } from './factors.ts';
import type { FactorizationParameters, Loss } from './options.ts';
import { drawItem, idOf, type Rows } from './rows.ts';

/** Steps between looks at what else there is to do. */
const TURN = 20_000;

export interface Learnt {
  readonly users: Factors;
  readonly items: Factors;
  readonly epochs: number;
}

/**
 * Passes over the training rows until the validation rows are told no better. `lossOf`: how well they are, lower is better; null when
 * there are none.
 */
export async function learn(
  input: FitInput,
  rows: Rows,
  parameters: FactorizationParameters,
  loss: Loss,
  lossOf: (users: Factors, items: Factors) => Promise<number | null>,
): Promise<Learnt> {
  const random = randomStream(input.seed);
  const width = parameters.factors + 1;
  const users = startFactors(width, rows.user.places, random);
  const items = startFactors(width, rows.item.places, random);
  const pass = passOf(input, rows, parameters, loss, users, items, random);
  let best = { users: copyOf(users), items: copyOf(items), epochs: 0, loss: Number.POSITIVE_INFINITY };
  for (let epoch = 1; epoch <= parameters.epochs; epoch++) {
    await nextTurn();
    input.signal?.throwIfAborted();
    await pass();
    const found = await lossOf(users, items);
    input.onProgress?.(epoch, parameters.epochs, found ?? 0);
    if (found === null || found < best.loss)
      best = { users: copyOf(users), items: copyOf(items), epochs: epoch, loss: found ?? best.loss };
    else if (parameters.earlyStopping > 0 && epoch - best.epochs >= parameters.earlyStopping) break;
  }
  return best;
}

function passOf(
  input: FitInput,
  rows: Rows,
  parameters: FactorizationParameters,
  loss: Loss,
  users: Factors,
  items: Factors,
  random: () => number,
): () => Promise<void> {
  if (loss === 'als') return alternating(input, rows, parameters, users, items);
  const descent = new Descent(users, items, parameters.rate, parameters.l2);
  const { train, target } = input;
  const weightOf = relativeWeights(input);
  const ofRow = ({ places, width, of }: Rows['users'], row: number): Int32Array =>
    places.subarray(of[row]! * width, (of[row]! + 1) * width);
  const drawn = (row: number): Int32Array => {
    const { places, width } = rows.items;
    const item = drawItem(rows, idOf(rows.users, rows.users.of[row]!), random);
    return places.subarray(item * width, (item + 1) * width);
  };
  const all = Int32Array.from({ length: train.to - train.from }, (_, row) => row);
  const order = loss === 'bpr' ? rows.positives.slice() : all;
  const refused = loss === 'bpr' ? refusedBy(input, rows) : undefined;
  const alone = loss === 'logistic' && rows.positives.length === all.length;
  const base = loss === 'logistic' && !alone ? baseOdds(input) : 0;
  users.everyone[users.width - 1] = base;
  const step = (row: number): void => {
    const [user, item] = [ofRow(rows.users, row), ofRow(rows.items, row)];
    const y = target[train.from + row]!;
    if (loss === 'bpr') {
      // Half of the items to come before are those of the rows that say no, where there are such.
      const no = random() < 0.5 ? refused?.(row, random) : undefined;
      descent.prefer(user, item, no === undefined ? drawn(row) : ofRow(rows.items, no), weightOf(row));
    } else if (loss === 'logistic') {
      descent.tell(user, item, y > 0 ? 1 : 0, weightOf(row), loss);
      if (alone) descent.tell(user, drawn(row), 0, weightOf(row), loss);
    } else descent.tell(user, item, y, weightOf(row), 'squared');
  };
  return async () => {
    for (let i = order.length - 1; i > 0; i--) {
      const j = Math.floor(random() * (i + 1));
      [order[i], order[j]] = [order[j]!, order[i]!];
    }
    for (let i = 0; i < order.length; i++) {
      if (i % TURN === TURN - 1) {
        await nextTurn();
        input.signal?.throwIfAborted();
      }
      step(order[i]!);
    }
  };
}

/** The log-odds of a target above 0. */
function baseOdds({ target, train, weights }: FitInput): number {
  const yes = target.map((y) => (y > 0 ? 1 : 0));
  const odds = baseScore('binary', yes, train.from, train.to, weights);
  return Number.isFinite(odds) ? odds : 0;
}

/** A row's weight, 1 on average. */
function relativeWeights({ weights, train }: FitInput): (row: number) => number {
  if (weights === undefined) return () => 1;
  const own = weights.subarray(train.from, train.to);
  const mean = own.reduce((sum, weight) => sum + weight, 0) / own.length;
  return (row) => own[row]! / mean;
}

/** Draws a row that a positive row is to come before: of its group a lower grade, else of its user a no. */
function refusedBy(
  { groups, target, train }: FitInput,
  rows: Rows,
): (row: number, random: () => number) => number | undefined {
  const keyOf = (row: number): number =>
    groups === undefined ? idOf(rows.users, rows.users.of[row]!) : groups[train.from + row]!;
  const byKey = new Map<number, number[]>();
  for (let row = 0; row < train.to - train.from; row++) {
    const key = keyOf(row);
    const list = byKey.get(key);
    if (list === undefined) byKey.set(key, [row]);
    else list.push(row);
  }
  return (row, random) => {
    const list = byKey.get(keyOf(row))!;
    for (let tries = 0; tries < 5; tries++) {
      const other = list[Math.floor(random() * list.length)]!;
      if (target[train.from + other]! < target[train.from + row]!) return other;
    }
    return undefined;
  };
}

function alternating(
  { train, target, weights }: FitInput,
  rows: Rows,
  parameters: FactorizationParameters,
  userFactors: Factors,
  itemFactors: Factors,
): () => Promise<void> {
  const { users, items } = rows;
  const weight = Float64Array.from(users.of, (_, row) => weights?.[train.from + row] ?? 1);
  const wanted = Float64Array.from(users.of, (_, row) => (target[train.from + row]! > 0 ? 1 : 0));
  const byUser = seenBy(users.of, items.of, users.count, weight, wanted);
  const byItem = seenBy(items.of, users.of, items.count, weight, wanted);
  return async () => {
    await alternate(userFactors, users, byUser, { factors: itemFactors, all: items }, parameters);
    await alternate(itemFactors, items, byItem, { factors: userFactors, all: users }, parameters);
  };
}
