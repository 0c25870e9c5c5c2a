import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MillraceError } from '../../../base/index.ts';
import { createGbdt, createLinear, createLogistic, type FitInput, type InputColumn } from './index.ts';

const amount: InputColumn = { name: 'amount', type: 'number', values: Float64Array.of(1, 2, 3, 4) };
const country: InputColumn = {
  name: 'country',
  type: 'category',
  codes: Int32Array.of(0, 1, -1, 0),
  categories: ['CH', 'DE'],
};
const good: FitInput = {
  columns: [amount, country],
  target: Float64Array.of(0, 1, 0, 1),
  task: 'binary',
  train: { from: 0, to: 3 },
  validation: { from: 3, to: 4 },
  seed: 1,
};

const cases: readonly (readonly [what: string, change: Partial<FitInput>, code: string, message: RegExp])[] =
  [
    ['no columns', { columns: [] }, 'MILL_TRAIN_NO_COLUMNS', /no input columns/],
    ['a name twice', { columns: [amount, amount] }, 'MILL_TRAIN_COLUMN_NAME', /'amount' cannot name/],
    ['an empty name', { columns: [{ ...amount, name: '' }] }, 'MILL_TRAIN_COLUMN_NAME', /must not be empty/],
    [
      "the output's name",
      { columns: [{ ...amount, name: 'probabilities' }] },
      'MILL_TRAIN_COLUMN_NAME',
      /'probabilities'/,
    ],
    [
      'too few values',
      { columns: [{ ...amount, values: Float64Array.of(1) }] },
      'MILL_TRAIN_INPUT_INVALID',
      /1 rows, the target has 4/,
    ],
    [
      'a code too large',
      { columns: [{ ...country, codes: Int32Array.of(0, 1, 2, 0) }] },
      'MILL_TRAIN_INPUT_INVALID',
      /code 2 at row 2, but 2 categories/,
    ],
    [
      'a range past the end',
      { train: { from: 0, to: 9 } },
      'MILL_TRAIN_INPUT_INVALID',
      /\[0, 9\) are not a range within 4 rows/,
    ],
    ['overlapping ranges', { validation: { from: 2, to: 4 } }, 'MILL_TRAIN_INPUT_INVALID', /overlap/],
    ['no training rows', { train: { from: 0, to: 0 } }, 'MILL_TRAIN_NO_ROWS', /no rows to train on/],
    [
      'a target of 2',
      { target: Float64Array.of(0, 1, 2, 1) },
      'MILL_TRAIN_TARGET_INVALID',
      /is 2 at row 2; wanted 0 or 1/,
    ],
    [
      'a NaN in validation',
      { target: Float64Array.of(0, 1, 0, Number.NaN) },
      'MILL_TRAIN_TARGET_INVALID',
      /is NaN at row 3/,
    ],
    [
      'an infinite target',
      { task: 'regression', target: Float64Array.of(0, 1, 1e39, 1) },
      'MILL_TRAIN_TARGET_INVALID',
      /1e\+39 at row 2/,
    ],
    [
      'one class',
      { target: Float64Array.of(0, 0, 0, 1) },
      'MILL_TRAIN_ONE_CLASS',
      /All 3 training rows have the target 0/,
    ],
  ];

for (const [what, change, code, message] of cases)
  test(`refused: ${what}`, async () => {
    for (const trainer of [createGbdt(), change.task === 'regression' ? createLinear() : createLogistic()])
      await assert.rejects(trainer.fit({ ...good, ...change }), (error) => {
        assert.ok(error instanceof MillraceError);
        assert.equal(error.code, code);
        assert.match(error.message, message);
        return true;
      });
  });

const ranked = { ...good, task: 'ranking', groups: Int32Array.of(7, 7, 8, 9) } as const;
const several = { ...good, task: 'multiclass', classes: ['a', 'b', 'c'] } as const;

const ofOneTask: readonly (readonly [what: string, input: FitInput, code: string, message: RegExp])[] = [
  [
    'a group in two places',
    { ...ranked, groups: Int32Array.of(7, 8, 7, 9) },
    'MILL_TRAIN_INPUT_INVALID',
    /Group 7 begins again at row 2/,
  ],
  [
    'no order within groups',
    { ...ranked, target: Float64Array.of(1, 1, 0, 2) },
    'MILL_TRAIN_ONE_CLASS',
    /In no group .* differ/,
  ],
  [
    'a grade below 0',
    { ...ranked, target: Float64Array.of(1, -1, 0, 2) },
    'MILL_TRAIN_TARGET_INVALID',
    /is -1 at row 1; wanted a grade/,
  ],
  ['no groups', { ...good, task: 'ranking' }, 'MILL_TRAIN_INPUT_INVALID', /no groups/],
  [
    'a class that is none',
    { ...several, target: Float64Array.of(0, 3, 1, 1) },
    'MILL_TRAIN_TARGET_INVALID',
    /is 3 at row 1; wanted a whole number from 0 to 2/,
  ],
  [
    'one class of several',
    { ...several, target: Float64Array.of(1, 1, 1, 0) },
    'MILL_TRAIN_ONE_CLASS',
    /All 3 training rows have the target b/,
  ],
];

for (const [what, input, code, message] of ofOneTask)
  test(`refused: ${what}`, async () => {
    await assert.rejects(createGbdt().fit(input), (error) => {
      assert.ok(error instanceof MillraceError);
      assert.equal(error.code, code);
      assert.match(error.message, message);
      return true;
    });
  });

test('an objective for numbers is refused for other tasks', async () => {
  for (const input of [good, ranked, several])
    await assert.rejects(createGbdt({ objective: 'poisson' }).fit(input), { code: 'MILL_TRAIN_TASK' });
});

test('predicting wants the columns of training, in any order, and may have more', async () => {
  for (const trainer of [createGbdt(), createLogistic()]) {
    const fitted = await trainer.fit(good);
    const wanted = fitted.predict([amount, country]);
    assert.deepEqual(fitted.predict([{ ...amount, name: 'more' }, country, amount]), wanted);
    assert.throws(
      () => fitted.predict([country, { ...amount, name: 'amounts' }]),
      /'amount' is not among .*there is 'amounts'/,
    );
    assert.throws(() => fitted.predict([country, { ...country, name: 'amount' }]), {
      code: 'MILL_TRAIN_COLUMN_KIND',
    });
    const short: InputColumn = { ...amount, values: Float64Array.of(1) };
    assert.throws(() => fitted.predict([short, country]), { code: 'MILL_TRAIN_INPUT_INVALID' });
  }
});

test('options out of range are refused by name', () => {
  assert.throws(() => createGbdt({ trees: 0 }), /'trees' is 0; wanted a whole number from 1 to 10000/);
  assert.throws(() => createGbdt({ rate: 0 }), /'rate' is 0; wanted a number above 0 and at most 1/);
  assert.throws(() => createGbdt({ bins: 256 }), { code: 'MILL_TRAIN_OPTION_INVALID' });
  assert.throws(() => createGbdt({ l2: Number.NaN }), { code: 'MILL_TRAIN_OPTION_INVALID' });
  assert.throws(() => createGbdt({ quantile: 1 }), /'quantile' is 1; wanted a number from 0.001 to 0.999/);
  assert.throws(() => createGbdt({ quantile: 0.5, objective: 'poisson' }), /'objective' is 'poisson'/);
  assert.throws(
    () => createGbdt({ objective: 'possion' as 'poisson' }),
    (error) => {
      assert.equal((error as MillraceError).problems[0]?.todo, "Did you mean 'poisson'?");
      return true;
    },
  );
  assert.throws(() => createGbdt({ classWeights: { true: 0 } }), /'classWeights.true' is 0/);
  assert.throws(
    () => createGbdt({ classWeights: 'balanced', quantile: 0.5 }),
    /for numbers, and .* for classes/,
  );
  assert.throws(() => createGbdt({ classWeights: 'equal' as 'balanced' }), /wanted 'balanced'/);
  assert.throws(() => createLogistic({ l2: 0 }), { code: 'MILL_TRAIN_OPTION_INVALID' });
});
