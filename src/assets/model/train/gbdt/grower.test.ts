import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inputOf, type Recipe } from '../input.arbitrary.ts';
import { randomStream } from '../random.ts';
import { encodeAll, learnBinnings } from './bins.ts';
import { type GrowerOptions, openGrower, type TreeGround } from './grower.ts';
import { type GbdtOptions, gbdtParameters } from './options.ts';
import { type SharedSpace, separateSpace, sharedSpace } from './shared-space.ts';
import type { Tree } from './tree.ts';

const recipe: Recipe = {
  seed: 3,
  rows: 400,
  task: 'binary',
  numbers: 3,
  categories: [4, 33, 70, 2, 6],
  missing: 0.1,
};

function filled(space: SharedSpace, rows: number, draw: () => number): TreeGround['first'] {
  const values = space.floats(rows);
  for (let row = 0; row < rows; row++) values[row] = draw();
  return values;
}

/** What a tree is grown on: derivatives are whole numbers, so that sums are exact in any order. */
async function field(
  options: GbdtOptions,
  space: SharedSpace = sharedSpace(),
): Promise<[GrowerOptions, () => TreeGround]> {
  const { columns } = inputOf(recipe);
  const { rows } = recipe;
  const range = { from: 0, to: rows };
  const binnings = await learnBinnings(columns, range, 255, randomStream(1));
  const codes = await encodeAll(binnings, columns, range, space.bytes);
  const usable = binnings.map((_, i) => i);
  const grown = {
    ...{ binnings, space, codes, usable, rows, seed: 5, minGain: 1e-9 },
    parameters: gbdtParameters({ minLeafRows: 2, ...options }),
  };
  const ground = (): TreeGround => {
    const random = randomStream(9);
    return {
      rows: Int32Array.from({ length: rows }, (_, row) => row),
      columns: Int32Array.from(usable),
      first: filled(space, rows, () => Math.floor(random() * 2000) - 1000),
      second: filled(space, rows, () => 1 + Math.floor(random() * 100)),
      scores: space.floats(rows),
    };
  };
  return [grown, ground];
}

/** Some trees one after another, and the scores that they leave. */
async function grow(
  options: GrowerOptions,
  grounds: readonly TreeGround[],
): Promise<[Tree[], number[], number[]]> {
  const grower = openGrower(options);
  const trees: Tree[] = [];
  const scores = grounds[0]!.scores;
  for (const ground of grounds) trees.push(await grower.grow({ ...ground, scores }));
  await grower.close();
  return [trees, [...scores], [...grower.gains]];
}

test('trees are the same to the bit whatever the number of threads, with the kernel and without', async () => {
  const variants: GbdtOptions[] = [
    {},
    { columnSampleByNode: 0.4, depth: 4 },
    { grow: 'depth', leaves: 9, monotone: { 'number 1': 'increasing' } },
  ];
  for (const variant of variants) {
    const [options, ground] = await field(variant);
    const [apart, groundApart] = await field(variant, separateSpace());
    assert.ok(options.space.memory !== undefined && apart.space.memory === undefined);
    // Fractions too: here the order of sums matters.
    const grounds = (one = ground()): TreeGround[] => {
      for (let row = 0; row < one.first.length; row++) one.first[row]! /= 7;
      const sampled = one.rows.filter((row) => row % 3 !== 1);
      const equal = { ...one, second: filled(options.space, one.rows.length, () => 0.3) };
      return [one, { ...one, rows: sampled, columns: Int32Array.of(0, 2, 4, 7) }, equal];
    };
    const wanted = await grow({ ...options, threaded: false }, grounds());
    assert.ok(wanted[0].every(({ column }) => column.length > 5));
    assert.deepEqual(await grow({ ...apart, threaded: false }, grounds(groundApart())), wanted);
    for (const threads of variant.grow === 'depth' ? [1, 5] : [2]) {
      const parameters = { ...options.parameters, threads };
      assert.deepEqual(
        await grow({ ...options, parameters, threaded: true }, grounds()),
        wanted,
        `${threads}`,
      );
    }
  }
});

test('a tree whose leaves had to make room for others is the same', async () => {
  const [options, ground] = await field({ leaves: 60, depth: 30, minLeafRows: 1 });
  const wanted = await grow({ ...options, threaded: false }, [ground()]);
  assert.ok(wanted[0][0]!.column.length > 80);
  const grown = await grow({ ...options, threaded: false, histogramBytes: 1 }, [ground()]);
  assert.deepEqual(grown, wanted);
});

test('arrays from elsewhere, where the kernel would read what is not theirs, are refused', async () => {
  const [options, ground] = await field({});
  const grower = openGrower({ ...options, threaded: false });
  const { first } = (await field({}))[1]();
  await assert.rejects(grower.grow({ ...ground(), first }), /lies in another space/);
});

test('a thread that fails is an error that says so, and the training is over', async (t) => {
  const [options, ground] = await field({ threads: 2 }, separateSpace());
  const grower = openGrower({ ...options, threaded: true });
  t.after(() => grower.close());
  const failing = grower.grow({ ...ground(), first: undefined as never });
  await assert.rejects(failing, { code: 'MILL_TRAIN_WORKER' });
  await assert.rejects(grower.grow(ground()), { code: 'MILL_TRAIN_WORKER' });
});

test('threads that are aborted end at once, with the reason', async (t) => {
  const [options, ground] = await field({ threads: 2 });
  const stop = new AbortController();
  const reason = new Error('enough');
  const grower = openGrower({ ...options, threaded: true, signal: stop.signal });
  t.after(() => grower.close());
  const growing = grower.grow(ground());
  stop.abort(reason);
  await assert.rejects(growing, reason);
  await assert.rejects(grower.grow(ground()), reason);
});
