import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { MillraceError } from '../../../base/index.ts';
import { openDatabase } from '../../../store/database.ts';
import { openState } from '../../../store/state/index.ts';
import {
  createBaseline,
  createGbdt,
  type FitInput,
  type FitSummary,
  randomStream,
  type Trainer,
} from '../train/index.ts';
import { learnable } from '../train/learnable.fixture.ts';
import { createSearch, type SearchSpec, type Study, studyInState, type Trial } from './index.ts';
import { studyInMemory } from './study.port.ts';

/** 600 rows of noise in which one column matters a little. */
function rows(): FitInput {
  const random = randomStream(3);
  const values = Float64Array.from({ length: 600 }, () => random());
  return {
    columns: [
      { name: 'a', type: 'number', values },
      { name: 'b', type: 'number', values: values.map(() => random()) },
    ],
    target: values.map((value) => (value + 0.7 * (random() - 0.5) > 0.5 ? 1 : 0)),
    task: 'binary',
    train: { from: 0, to: 400 },
    validation: { from: 400, to: 600 },
    seed: 5,
  };
}

const spec: SearchSpec = {
  of: 'gbdt',
  fixed: { trees: 20 },
  space: {
    rate: { kind: 'float', low: 0.01, high: 0.5, log: true },
    minLeafRows: { kind: 'int', low: 1, high: 100 },
  },
  trials: 14,
  suggest: 'tpe',
  atOnce: 1,
};
const gbdtOf = (options: object): Trainer => createGbdt(options);
const settled = (study: Study): readonly Trial[] => study.trials(Number.POSITIVE_INFINITY);

test('the best trial is what a training with its parameters gives, and none is better', async () => {
  const input = rows();
  const fitted = await createSearch(spec, gbdtOf).fit(input);
  const { search } = fitted.summary as Required<FitSummary>;
  assert.equal(search.done, 14);
  assert.equal(search.loss, Math.min(...(search.losses as number[])));
  const again = await createGbdt(search.chosen).fit(input);
  assert.equal(again.summary.validationLoss, search.loss);
  assert.deepEqual(fitted.toOnnx(), again.toOnnx());
  const first = await createGbdt(spec.fixed).fit(input);
  assert.ok(search.loss <= (first.summary.validationLoss as number) + 0.01);
});

test('a search in memory, as in reproducing a model, is the search that was kept', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-'));
  const database = openDatabase(join(folder, 'state.db'));
  try {
    for (const atOnce of [1, 4]) {
      const several = { ...spec, fixed: { trees: 5 }, trials: 18, atOnce };
      const kept = studyInState(openState(database).trials, `at-once-${atOnce}`);
      const alone = studyInMemory();
      for (const study of [kept, alone]) await createSearch(several, gbdtOf).fit(rows(), { study });
      const points = (study: Study) => settled(study).map(({ point }) => point);
      assert.deepEqual(points(alone), points(kept));
    }
  } finally {
    database.close();
    rmSync(folder, { recursive: true, force: true });
  }
});

test('a search that is cut short goes on where it was, to the same end', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-'));
  const database = openDatabase(join(folder, 'state.db'));
  try {
    const { trials } = openState(database);
    const whole = studyInMemory();
    const input = rows();
    await createSearch(spec, gbdtOf).fit(input, { study: whole });
    const stop = new AbortController();
    const { make: counted, times } = countedTrees();
    const onProgress = (done: number): void => {
      if (done === 6) stop.abort(new Error('cut'));
    };
    const cut = createSearch(spec, counted).fit(
      { ...input, signal: stop.signal, onProgress },
      { study: studyInState(trials, 's') },
    );
    await assert.rejects(cut, /cut/);
    assert.equal(times(), 6);
    const study = studyInState(trials, 's');
    const fitted = await createSearch(spec, counted).fit(input, { study });
    assert.equal(times(), 14 + 1, 'and the last one with the best');
    assert.deepEqual(settled(study), settled(whole));
    assert.equal(fitted.summary.search?.done, 14);
  } finally {
    database.close();
    rmSync(folder, { recursive: true, force: true });
  }
});

test('trials that do worse at a stage are stopped there, and the best is among those that went on', async () => {
  const study = studyInMemory();
  const input = rows();
  await createSearch({ ...spec, suggest: 'random', trials: 20, halving: { first: 0.1 } }, gbdtOf).fit(input, {
    study,
  });
  const pruned = settled(study).filter(({ status }) => status === 'pruned');
  assert.ok(pruned.length >= 8, `${pruned.length} of 20`);
  for (const { rungs, loss } of pruned) assert.ok(rungs.length >= 1 && loss === rungs.at(-1));
});

test('folds judge by rows that were not learnt from, each once', async () => {
  const judged: number[] = [];
  const watched = (): Trainer => ({
    tasks: ['binary'],
    async fit(given) {
      judged.push(given.validation.to - given.validation.from);
      return createGbdt({ trees: 2 }).fit(given);
    },
  });
  const input = rows();
  await createSearch({ ...spec, trials: 1, folds: { folds: 4, by: 'random' } }, watched).fit(input);
  assert.equal(judged.length, 5, 'four folds, and the training with what was found');
  assert.equal(
    judged.slice(0, 4).reduce((a, b) => a + b),
    400,
  );
  assert.equal(judged[4], 200);
});

/** Trees, with how often they were trained. */
function countedTrees(): { readonly make: (options: object) => Trainer; readonly times: () => number } {
  let times = 0;
  const make = (options: object): Trainer => {
    const inner = createGbdt(options);
    return {
      ...inner,
      fit(given) {
        times++;
        return inner.fit(given);
      },
    };
  };
  return { make, times: () => times };
}

test('what was tried before is not trained again, and comes to the same', async () => {
  for (const halving of [undefined, { first: 0.2 }]) {
    const few: SearchSpec = {
      ...{ ...spec, fixed: { trees: 10 }, trials: 15, ...(halving ? { halving } : {}) },
      space: { depth: { kind: 'choice', values: [3, 4] } },
    };
    const { make, times } = countedTrees();
    const study = studyInMemory();
    const { summary } = await createSearch(few, make).fit(rows(), { study });
    assert.equal(times(), 2 + 1, 'each point once, and the best');
    const { search } = summary as Required<FitSummary>;
    assert.equal(search.done + search.pruned, 15);
    const ends = (depth: number) =>
      settled(study).flatMap(({ point, number: _, ...end }) => (point['depth'] === depth ? [end] : []));
    for (const depth of [3, 4]) for (const end of ends(depth)) assert.deepEqual(end, ends(depth)[0]);
  }
});

test('more trials go on from those that are there, and fewer are the first of them', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-'));
  const database = openDatabase(join(folder, 'state.db'));
  try {
    const input = rows();
    const kept = studyInState(openState(database).trials, 's');
    for (const [trials, trained] of [
      [13, 13 + 1],
      [14, 1 + 1],
      [6, 0 + 1],
    ] as const) {
      const { make, times } = countedTrees();
      const { summary } = await createSearch({ ...spec, trials }, make).fit(input, { study: kept });
      assert.equal(times(), trained, `${trials}`);
      const anew = await createSearch({ ...spec, trials }, gbdtOf).fit(input);
      assert.deepEqual(summary, anew.summary);
    }
  } finally {
    database.close();
    rmSync(folder, { recursive: true, force: true });
  }
});

test('folds together say what all of their rows would: by weight, and of an order by list', async () => {
  // What is answered does not depend on what it was learnt from.
  const asIs: SearchSpec = {
    ...{ of: 'baseline', fixed: { value: 'x' }, suggest: 'random', trials: 1, atOnce: 1 },
    ...{ space: { smoothing: { kind: 'float', low: 1, high: 2 } }, folds: { folds: 3, by: 'group' } },
  };
  const random = randomStream(8);
  for (const task of ['binary', 'regression', 'ranking'] as const) {
    const input = learnable(task);
    const entities = input.groups ?? input.target.map((_, row) => row % 7);
    const weighed = { ...input, weights: input.target.map(() => 0.1 + 9 * random() ** 4) };
    for (const rows of [input, weighed]) {
      const make = (options: object): Trainer => createBaseline(options);
      const { summary } = await createSearch(asIs, make).fit(rows, { entities: Int32Array.from(entities) });
      const whole = await createBaseline({ value: 'x' }).fit(rows);
      const { loss } = summary.search as NonNullable<FitSummary['search']>;
      assert.ok(Math.abs(loss - whole.summary.trainLoss) < 1e-12, `${task}: ${loss}`);
    }
  }
});

test('trials that cannot be trained are told; when none can, the search fails with what the first said', async () => {
  const picky = (options: object): Trainer => ({
    tasks: ['binary'],
    async fit(given) {
      if ((options as { rate: number }).rate > 0.05)
        throw new MillraceError({
          code: 'MILL_TRAIN_OPTION_INVALID',
          message: 'Too fast.',
          todo: '',
          owner: 'project',
        });
      return createGbdt({ trees: 2 }).fit(given);
    },
  });
  const fitted = await createSearch({ ...spec, suggest: 'random' }, picky).fit(rows());
  const { search } = fitted.summary as Required<FitSummary>;
  assert.ok(search.failed > 0 && search.done > 0);
  const never = createSearch({ ...spec, space: { rate: { kind: 'float', low: 0.1, high: 0.2 } } }, picky).fit(
    rows(),
  );
  await assert.rejects(never, /Of 14 trials none could be trained; the first said: Too fast/);
});

test('an empty or senseless space is refused at once', () => {
  const made =
    (space: SearchSpec['space']): (() => unknown) =>
    () =>
      createSearch({ ...spec, space }, gbdtOf);
  assert.throws(made({ rate: { kind: 'float', low: 1, high: 0 } }), /'rate' goes from 1 to 0/);
  assert.throws(made({ rate: { kind: 'float', low: 0, high: 1, log: true } }), /begins at 0/);
  assert.throws(made({ leaves: { kind: 'int', low: 1.5, high: 3 } }), /whole numbers/);
  assert.throws(made({ grow: { kind: 'choice', values: [] } }), /nothing to choose from/);
  assert.throws(() => createSearch({ ...spec, trials: 0 }, gbdtOf), /'trials' of the search is 0/);
});
