import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MillraceError } from '../../../../base/index.ts';
import { quantiles } from '../quantiles.ts';
import { randomStream } from '../random.ts';
import type { FitInput, InputColumn } from '../trainer.port.ts';
import { alternate, seenBy } from './alternate.ts';
import { createFactorization } from './factorization.ts';
import { startFactors, sumAt } from './factors.ts';
import type { FactorizationOptions } from './options.ts';
import type { Distinct } from './side.ts';

const USERS = 60;
const ITEMS = 40;
const TASTES = 4;

const category = (name: string, values: readonly string[], categories: readonly string[]): InputColumn => ({
  ...{ name, type: 'category', categories },
  codes: Int32Array.from(values, (value) => categories.indexOf(value)),
});

const names = (what: string, count: number): string[] =>
  Array.from({ length: count }, (_, i) => `${what}${i}`);

/** A user likes the items of one kind; the kind of both is told by a column, and by the id's remainder. */
function columnsFor(pairs: readonly (readonly [user: number, item: number])[], known = USERS): InputColumn[] {
  return [
    category(
      'user',
      pairs.map(([user]) => `u${user}`),
      names('u', known),
    ),
    category(
      'taste',
      pairs.map(([user]) => `t${user % TASTES}`),
      names('t', TASTES),
    ),
    category(
      'item',
      pairs.map(([, item]) => `i${item}`),
      names('i', ITEMS),
    ),
    category(
      'kind',
      pairs.map(([, item]) => `k${item % TASTES}`),
      names('k', TASTES),
    ),
  ];
}

const OPTIONS: FactorizationOptions = { user: ['user', 'taste'], item: ['item', 'kind'], factors: 8 };

const everyPair = Array.from(
  { length: USERS * ITEMS },
  (_, i) => [i % USERS, Math.floor(i / USERS)] as const,
);

/** Pairs that are liked, but for one in ten that tests ask for; shuffled by chance. */
function planted(
  task: FitInput['task'],
  all: boolean,
): { input: FitInput; hidden: (readonly [number, number])[] } {
  const random = randomStream(8);
  const shuffled = everyPair
    .map((pair) => [random(), pair] as const)
    .sort(([a], [b]) => a - b)
    .map(([, pair]) => pair);
  const likes = ([user, item]: readonly [number, number]): boolean => user % TASTES === item % TASTES;
  const hidden = shuffled.slice(0, 240);
  const kept = shuffled.slice(240).filter((pair) => all || likes(pair));
  const pairs = task === 'ranking' ? kept.sort(([a], [b]) => a - b) : kept;
  const to = Math.floor(pairs.length * 0.8);
  const target = Float64Array.from(pairs, (pair) =>
    task === 'regression' ? (likes(pair) ? 500 : 100) + (pair[0] % 5) * 40 + pair[1] : Number(likes(pair)),
  );
  return {
    hidden,
    input: {
      ...{ task, target, seed: 1, columns: columnsFor(pairs) },
      ...(task === 'ranking' ? { groups: Int32Array.from(pairs, ([user]) => user) } : {}),
      train: { from: 0, to },
      validation: { from: to, to: pairs.length },
    },
  };
}

/** Share of hidden pairs, liked and not, of which the liked one scores higher. */
function apart(scores: Float64Array, hidden: readonly (readonly [number, number])[]): number {
  const [yes, no] = [true, false].map((wanted) =>
    [...scores].filter((_, i) => (hidden[i]![0] % TASTES === hidden[i]![1] % TASTES) === wanted),
  );
  let above = 0;
  for (const a of yes!) for (const b of no!) above += a > b ? 1 : a === b ? 0.5 : 0;
  return above / (yes!.length * no!.length);
}

for (const [task, loss, all] of [
  ['binary', 'logistic', true],
  ['binary', 'als', true],
  ['binary', 'bpr', true],
  ['binary', 'als', false],
  ['binary', 'logistic', false],
  ['ranking', 'als', false],
  ['ranking', 'bpr', false],
  ['ranking', 'bpr', true],
] as const)
  test(`what a user likes is found among pairs not seen: ${task}, ${loss}, ${all ? 'yes and no' : 'yes alone'}`, async () => {
    const { input, hidden } = planted(task, all);
    const fitted = await createFactorization({ ...OPTIONS, loss }).fit(input);
    const scores = fitted.predict(columnsFor(hidden));
    assert.ok(apart(scores, hidden) > 0.99, `${apart(scores, hidden)}`);
    const only = fitted.summary.notes.filter((note) => note.startsWith('All rows are positive'));
    assert.equal(only.length, task === 'binary' && !all ? 1 : 0);
  });

test('a new user and a new item are told by what else is known of them', async () => {
  const { input } = planted('ranking', false);
  const fitted = await createFactorization(OPTIONS).fit(input);
  const fresh = Array.from({ length: 16 }, (_, i) => [USERS + (i % 4), ITEMS + Math.floor(i / 4)] as const);
  // Neither id is among the categories: both are −1.
  const scores = fitted.predict(columnsFor(fresh));
  assert.equal(apart(scores, fresh), 1);
  const alone = await createFactorization({ ...OPTIONS, user: ['user'], item: ['item'] }).fit(input);
  assert.equal(new Set(alone.predict(columnsFor(fresh))).size, 1);
});

test('probabilities are those of the rows', async () => {
  const { input, hidden } = planted('binary', true);
  const fitted = await createFactorization(OPTIONS).fit(input);
  const p = fitted.predict(columnsFor(hidden));
  const mean = p.reduce((sum, one) => sum + one, 0) / p.length;
  assert.ok(Math.abs(mean - 0.25) < 0.05, `${mean}`);
  assert.ok(fitted.summary.validationLoss! < 0.1, `${fitted.summary.validationLoss}`);
});

test('a number is told in its own unit', async () => {
  const { input, hidden } = planted('regression', true);
  const fitted = await createFactorization({ ...OPTIONS, epochs: 60, l2: 0.001 }).fit(input);
  const values = fitted.predict(columnsFor(hidden));
  const wanted = hidden.map(([u, i]) => (u % TASTES === i % TASTES ? 500 : 100) + (u % 5) * 40 + i);
  const rmse = Math.sqrt(values.reduce((sum, v, i) => sum + (v - wanted[i]!) ** 2, 0) / values.length);
  assert.ok(rmse < 25, `${rmse}`);
});

test('many small steps of conjugate gradients end where no weight can be better', async () => {
  const random = randomStream(2);
  const [width, ones, others] = [4, 12, 9];
  const placed = (count: number): Distinct => ({
    places: Int32Array.from({ length: count * 2 }, (_, i) =>
      i % 2 === 0 ? 1 + i / 2 : 1 + count + ((i >> 1) % 3),
    ),
    ...{ width: 2, count, of: new Int32Array(0) },
  });
  const [a, b] = [placed(ones), placed(others)];
  const own = startFactors(width, ones + 4, random);
  const fixed = startFactors(width, others + 4, random);
  for (const numbers of [fixed.everyone, fixed.table]) numbers.set(numbers.map((x) => x * 20));
  const count = 40;
  const pairs = Array.from(
    { length: count },
    () => [Math.floor(random() * ones), Math.floor(random() * others)] as const,
  );
  const [weight, wanted] = [0, 1].map(() =>
    Float64Array.from({ length: count }, () => Math.ceil(random() * 3)),
  );
  const seen = seenBy(
    ...([0, 1].map((k) => Int32Array.from(pairs, (pair) => pair[k]!)) as [Int32Array, Int32Array]),
    ...([ones, weight, wanted] as [number, Float64Array, Float64Array]),
  );
  const [unseen, l2] = [0.3, 0.1];
  const sums = (factors: typeof own, all: Distinct, one: number): Float64Array => {
    const sum = new Float64Array(width);
    sumAt(factors, all.places, one * 2, one * 2 + 2, sum);
    return sum;
  };
  const objective = (): number => {
    let total = 0;
    const products = (u: number, i: number): number => {
      const [x, y] = [sums(own, a, u), sums(fixed, b, i)];
      return x[0]! * y[0]! + x[1]! * y[1]! + x[2]! * y[2]!;
    };
    const mass = new Float64Array(ones).fill(unseen * others);
    pairs.forEach(([u, i], at) => {
      total += weight![at]! * (wanted![at]! - products(u, i)) ** 2;
      mass[u]! += weight![at]!;
    });
    for (let u = 0; u < ones; u++) {
      for (let i = 0; i < others; i++) total += unseen * products(u, i) ** 2;
      for (const place of [0, a.places[u * 2]!, a.places[u * 2 + 1]!])
        for (let d = 0; d < width - 1; d++) {
          const x = place === 0 ? own.everyone[d]! : own.table[place * width + d]!;
          total += l2 * mass[u]! * x * x;
        }
    }
    return total;
  };
  for (let pass = 0; pass < 60; pass++)
    await alternate(own, a, seen, { factors: fixed, all: b }, { unseen, l2 });
  const best = objective();
  for (const numbers of [own.everyone, own.table])
    for (let i = 0; i < numbers.length; i++) {
      if (i % width === width - 1 || (numbers === own.table && i < width)) continue;
      for (const step of [1e-3, -1e-3]) {
        numbers[i]! += step;
        assert.ok(objective() > best, `number ${i}`);
        numbers[i]! -= step;
      }
    }
});

test('quantiles count a row as often as it weighs', () => {
  const values = Float64Array.of(5, Number.NaN, 1, 3, 2, Number.POSITIVE_INFINITY);
  const range = { from: 0, to: 6 };
  assert.deepEqual([...quantiles(values, range, 3)], [1, 2.5, 5]);
  const weights = Float64Array.of(1, 9, 4, 1, 1, 9);
  const written = Float64Array.of(1, 1, 1, 1, 2, 3, 5);
  assert.deepEqual(quantiles(values, range, 5, weights), quantiles(written, { from: 0, to: 7 }, 5));
});

test('what cannot be learnt from is refused, what is of no use is said', async () => {
  const refused: readonly (readonly [unknown, RegExp])[] = [
    [{ user: [], item: ['a'] }, /'user' is \[\]; wanted a list/],
    [{ item: ['a'] }, /'user' is not there/],
    [{ user: ['a'], item: ['a'] }, /'a' is named twice/],
    [{ user: ['a'], item: ['b'], loss: 'warp' }, /'loss' is 'warp'; wanted 'als'/],
    [{ user: ['a'], item: ['b'], factors: 0 }, /'factors' is 0/],
  ];
  for (const [options, message] of refused)
    assert.throws(() => createFactorization(options as FactorizationOptions), message);
  const { input } = planted('binary', true);
  const wrong = createFactorization({ user: ['users'], item: ['item'] }).fit(input);
  await assert.rejects(
    wrong,
    (error) => error instanceof MillraceError && /there is 'user'/.test(error.message),
  );
  const nobody = { ...input, target: new Float64Array(input.target.length) };
  await assert.rejects(createFactorization(OPTIONS).fit(nobody), { code: 'MILL_TRAIN_ONE_CLASS' });
  const numbered: InputColumn = {
    ...{ name: 'user', type: 'number' },
    values: Float64Array.from((input.columns[0] as { codes: Int32Array }).codes),
  };
  const { summary } = await createFactorization({ user: ['user'], item: ['item'], epochs: 1 }).fit({
    ...input,
    columns: [numbered, ...input.columns.slice(1)],
  });
  assert.match(summary.notes.join(' '), /not used: taste, kind\..*'user' is a number/);
});
