import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { randomStream } from '../random.ts';
import type { FitInput, InputColumn } from '../trainer.port.ts';
import { createIsolationForest } from './forest.ts';
import { usualPath } from './tree.ts';

const file = fileURLToPath(
  new URL('../../../../../../shared/datasets/ai4i-2020/ai4i2020.csv', import.meta.url),
);
const skip = existsSync(file) ? false : 'no ../shared/datasets/ai4i-2020';

const number = (name: string, values: Iterable<number>): InputColumn => ({
  name,
  type: 'number',
  values: Float64Array.from(values),
});

function unlabelled(columns: readonly InputColumn[], rows: number, seed = 1): FitInput {
  return {
    ...{ columns, seed, task: 'binary' },
    target: new Float64Array(rows),
    train: { from: 0, to: rows },
    validation: { from: rows, to: rows },
  };
}

/** Share of pairs in which the outlier scores higher. */
function rocAuc(target: ArrayLike<number>, scores: Float64Array): number {
  const order = [...scores.keys()].sort((a, b) => scores[a]! - scores[b]!);
  let ranks = 0;
  let yes = 0;
  order.forEach((row, i) => {
    if (target[row] === 1) {
      ranks += i + 1;
      yes++;
    }
  });
  return (ranks - (yes * (yes + 1)) / 2) / (yes * (order.length - yes));
}

test('the usual way is that of the paper', () => {
  assert.deepEqual([0, 1, 2].map(usualPath), [0, 0, 1]);
  assert.ok(Math.abs(usualPath(256) - 10.244770920119917) < 1e-9);
});

test('planted outliers score highest, without a single label', async () => {
  const random = randomStream(4);
  const normal = (): number => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  const rows = 1000;
  const out = [17, 400, 401, 999];
  const x = Array.from({ length: rows }, (_, i) => (out.includes(i) ? 6 + normal() : normal()));
  const y = Array.from({ length: rows }, (_, i) => (out.includes(i) ? -6 + normal() : normal()));
  const fitted = await createIsolationForest().fit(unlabelled([number('x', x), number('y', y)], rows));
  const scores = fitted.predict([number('x', x), number('y', y)]);
  const best = [...scores.keys()].sort((a, b) => scores[b]! - scores[a]!).slice(0, 4);
  assert.deepEqual(
    best.sort((a, b) => a - b),
    out,
  );
  assert.ok(scores[17]! > 0.65);
  const usual = [...scores].sort((a, b) => a - b)[500]!;
  assert.ok(usual > 0.35 && usual < 0.5, `${usual}`);
  const [centre, far] = fitted.predict([number('x', [0, 1e30]), number('y', [0, -1e30])]);
  assert.ok(centre! < usual && far! >= scores[17]!);
});

test('a rare category and a missing value where none is usual set a row apart; a new category does as well', async () => {
  const rows = 600;
  const random = randomStream(5);
  const codes = Int32Array.from({ length: rows }, (_, i) => (i === 7 ? 2 : Math.floor(random() * 2)));
  const columns: InputColumn[] = [
    { name: 'kind', type: 'category', codes, categories: ['a', 'b', 'rare'] },
    number(
      'x',
      Array.from({ length: rows }, (_, i) => (i === 9 ? Number.NaN : random())),
    ),
  ];
  const fitted = await createIsolationForest({ trees: 200, rows: 600 }).fit(unlabelled(columns, rows));
  const scores = fitted.predict(columns);
  const best = [...scores.keys()].sort((a, b) => scores[b]! - scores[a]!).slice(0, 2);
  assert.deepEqual(
    best.sort((a, b) => a - b),
    [7, 9],
  );
  const [known, fresh] = fitted.predict([
    { name: 'kind', type: 'category', codes: Int32Array.of(0, 1), categories: ['a', 'new'] },
    number('x', [0.5, 0.5]),
  ]);
  assert.ok(fresh! > known! + 0.1);
});

test('weights are how often a row is drawn', async () => {
  const x = Array.from({ length: 400 }, (_, i) => (i < 200 ? i / 200 : 5 + i / 200));
  const weights = Float64Array.from(x, (value) => (value > 3 ? 1 : 100));
  const columns = [number('x', x)];
  const [even, uneven] = await Promise.all(
    [undefined, weights].map(async (w) => {
      const input = unlabelled(columns, 400);
      const fitted = await createIsolationForest().fit(w === undefined ? input : { ...input, weights: w });
      const scores = fitted.predict(columns);
      const mean = (part: Float64Array): number => part.reduce((a, b) => a + b, 0) / part.length;
      return mean(scores.subarray(200)) - mean(scores.subarray(0, 200));
    }),
  );
  assert.ok(Math.abs(even!) < 0.02, `${even}`);
  assert.ok(uneven! > 0.1, `${uneven}`);
});

test('nothing to part rows by is said', async () => {
  const columns = [number('x', new Array(50).fill(3))];
  const fitted = await createIsolationForest().fit(unlabelled(columns, 50));
  assert.match(fitted.summary.notes[0]!, /constant or missing/);
  assert.deepEqual([...fitted.predict(columns.map((c) => c))].slice(0, 2), [0.5, 0.5]);
});

// scikit-learn 1.9.1's IsolationForest reaches 0.803 to 0.847 on the same columns over 8 seeds, 0.822 on average; 0.819 with 1,000 trees.
test('machine failures by sensors: ROC-AUC as scikit-learn’s forest, within its noise over seeds', {
  skip,
}, async () => {
  const [header, ...rows] = readFileSync(file, 'utf8')
    .replace('\uFEFF', '')
    .trim()
    .split(/\r?\n/)
    .map((line) => line.split(','));
  const columns = header!.flatMap((name, i) =>
    name.includes('[')
      ? [
          number(
            name,
            rows.map((row) => Number(row[i])),
          ),
        ]
      : [],
  );
  assert.equal(columns.length, 5);
  const target = rows.map((row) => Number(row[header!.indexOf('Machine failure')]));
  let sum = 0;
  for (const seed of [1, 2, 3]) {
    const fitted = await createIsolationForest().fit(unlabelled(columns, rows.length, seed));
    sum += rocAuc(target, fitted.predict(columns)) / 3;
  }
  assert.ok(Math.abs(sum - 0.822) < 0.02, `${sum}`);
});
