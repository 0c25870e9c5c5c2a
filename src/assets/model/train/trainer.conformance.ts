import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { MillraceError } from '../../../base/index.ts';
import { columnsAt, GROUP, learnable, wholeWeights, writtenOut } from './learnable.fixture.ts';
import { ndcg } from './ndcg.ts';
import { runOnnx } from './onnx/run-onnx.fixture.ts';
import type { FitInput, Fitted, InputColumn, Task, Trainer } from './trainer.port.ts';

/** Checks that not every trainer can pass: one that samples rows, say, draws others when they are weighed. */
type Excusable =
  | 'better'
  | 'same file'
  | 'order of columns'
  | 'weights'
  /** Where a category that is new means something by itself. */
  | 'new categories'
  | 'dull columns'
  | 'one column'
  | 'many and few'
  | 'importance'
  | 'one class';

/** What a trainer is excused from, and why: the check is shown as skipped. */
export type Excused = Partial<Record<Excusable, string>>;

const number = (name: string, values: Float64Array): InputColumn => ({ name, type: 'number', values });

/** Mean loss of answers to some rows: log loss, squared error, or 1 − NDCG over all places. */
function lossOf(input: FitInput, answers: Float64Array, { from, to } = input.validation): number {
  const { task, target, classes } = input;
  let sum = 0;
  if (task === 'ranking') {
    for (let start = from; start < to; start += GROUP)
      sum += 1 - ndcg(target.subarray(start, start + GROUP), answers.subarray(start, start + GROUP), GROUP);
    return (sum * GROUP) / (to - from);
  }
  for (let row = from; row < to; row++) {
    const y = target[row]!;
    const answer = classes === undefined ? answers[row]! : answers[row * classes.length + y]!;
    if (task === 'regression') sum += (answer - y) ** 2;
    else sum -= Math.log(task === 'binary' && y === 0 ? 1 - answer : answer);
  }
  return sum / (to - from);
}

/** Answers of a model that knows no input. */
function blindAnswers({ task, target, classes, train }: FitInput): Float64Array {
  const learnt = target.subarray(train.from, train.to);
  const share = (fits: (y: number) => boolean): number => learnt.filter(fits).length / learnt.length;
  const mean = learnt.reduce((sum, y) => sum + y, 0) / learnt.length;
  if (task === 'multiclass')
    return Float64Array.from({ length: target.length * classes!.length }, (_, i) =>
      share((y) => y === i % classes!.length),
    );
  return new Float64Array(target.length).fill(task === 'ranking' ? 0 : mean);
}

function assertNear(found: ArrayLike<number>, wanted: ArrayLike<number>, within: number, what: string): void {
  assert.equal(found.length, wanted.length, what);
  for (let i = 0; i < found.length; i++) {
    const [a, b] = [found[i]!, wanted[i]!];
    const near = a === b || Math.abs(a - b) <= within * Math.max(1, Math.abs(b));
    assert.ok(near, `${what}: ${a}, wanted ${b} at ${i}`);
  }
}

/** Answers are of the form that the task has. */
function assertAnswers({ task, classes }: FitInput, answers: Float64Array, rows: number): void {
  const width = classes?.length ?? 1;
  assert.equal(answers.length, rows * width);
  for (let row = 0; row < rows; row++) {
    const own = answers.subarray(row * width, (row + 1) * width);
    assert.ok(own.every(Number.isFinite), `row ${row}: ${own}`);
    if (task === 'binary' || task === 'multiclass')
      assert.ok(
        own.every((p) => p >= 0 && p <= 1),
        `${own}`,
      );
    if (task === 'multiclass') assert.ok(Math.abs(own.reduce((sum, p) => sum + p) - 1) < 1e-6, `${own}`);
  }
}

async function refused(fitting: Promise<unknown>, code: string): Promise<void> {
  await assert.rejects(fitting, (error) => {
    assert.ok(error instanceof MillraceError, String(error));
    assert.equal(error.code, code);
    return true;
  });
}

/**
 * The suite of the trainer port, on every task that the trainer learns; scikit-learn's estimator checks are its model.
 * The trainer should be quick, and take leaves or the like of single rows, so that 360 rows suffice.
 */
export function trainerConforms(name: string, trainer: Trainer, excused: Excused = {}): void {
  for (const task of trainer.tasks)
    describe(`trainer: ${name}, ${task}`, () => conforms(trainer, task, excused));

  test(`trainer: ${name}: a task that it does not learn is refused`, async () => {
    for (const task of ['binary', 'multiclass', 'regression', 'ranking'] as const)
      if (!trainer.tasks.includes(task)) await refused(trainer.fit(learnable(task)), 'MILL_TRAIN_TASK');
  });
}

function conforms(trainer: Trainer, task: Task, excused: Excused): void {
  const input = learnable(task);
  const rows = input.target.length;
  const { columns } = input;
  const unless = (check: Excusable) => ({ skip: excused[check] ?? false });
  const fit = (change: Partial<FitInput> = {}): Promise<Fitted> => trainer.fit({ ...input, ...change });

  test('is better on rows it has not seen than a model that knows no input', unless('better'), async () => {
    const fitted = await fit();
    const [loss, blind] = [await fitted.predict(columns), blindAnswers(input)].map((answers) =>
      lossOf(input, answers),
    );
    assert.ok(loss! < 0.8 * blind!, `${loss}, blind ${blind}`);
  });

  test('the same input and seed give the same answers', async () => {
    const [one, two] = [await fit(), await fit()];
    assert.deepEqual(await one.predict(columns), await two.predict(columns));
    assert.deepEqual(one.summary, two.summary);
  });

  test('the same input and seed give the same file', unless('same file'), async () => {
    const [one, two] = [await fit(), await fit()].map((fitted) => Buffer.from(fitted.toOnnx()));
    assert.ok(one!.equals(two!));
  });

  test('the order of columns makes no difference', {
    skip: excused['order of columns'] ?? false,
  }, async () => {
    const answers = await (await fit()).predict(columns);
    const turned = await (await fit({ columns: columns.toReversed() })).predict(columns);
    // But for rounding, and for what ties by it.
    const mean = (values: Float64Array): number =>
      values.reduce((sum, value) => sum + value, 0) / values.length;
    const middle = mean(answers);
    const apart = mean(turned.map((value, i) => Math.abs(value - answers[i]!)));
    const spread = mean(answers.map((value) => Math.abs(value - middle)));
    assert.ok(apart < 0.02 * spread, `${apart} of ${spread}`);
  });

  test('a weight of 3 is three rows', unless('weights'), async () => {
    const weights = wholeWeights(input);
    const weighed = await fit({ weights });
    const often = await trainer.fit(writtenOut(input, weights));
    assertNear(await weighed.predict(columns), await often.predict(columns), 1e-6, 'answers');
    for (const loss of ['trainLoss', 'validationLoss'] as const)
      assertNear([weighed.summary[loss]!], [often.summary[loss]!], 1e-6, loss);
    const plain = await (await fit()).predict(columns);
    assert.notDeepEqual(await weighed.predict(columns), plain, 'weights change something');
  });

  test('changes nothing of what it is given', async () => {
    const given = { ...learnable(task), weights: wholeWeights(input) };
    const before = structuredClone(given);
    const fitted = await trainer.fit(given);
    await fitted.predict(given.columns);
    await fitted.attribute?.(given.columns);
    fitted.toOnnx();
    assert.deepEqual(given, before);
  });

  test('rows answered alone and together are answered the same; columns come in any order, and more of them', async () => {
    const fitted = await fit();
    const some = columnsAt(columns, [3, 470, 12, 12, 0]);
    const together = await fitted.predict(some);
    const alone = [];
    for (let row = 0; row < 5; row++) alone.push(...(await fitted.predict(columnsAt(some, [row]))));
    assertNear(alone, together, 1e-9, 'alone');
    const more = [number('more', new Float64Array(5)), ...some.toReversed()];
    assert.deepEqual(await fitted.predict(more), together);
    assert.equal((await fitted.predict(columnsAt(columns, []))).length, 0);
  });

  test('missing values, new categories and infinite numbers are answered', async () => {
    const fitted = await fit();
    const odd: InputColumn[] = [
      number('x', Float64Array.of(Number.NaN, 3, 3, Infinity, -Infinity, 1e300)),
      number('y', Float64Array.of(Number.NaN, Number.NaN, Number.NaN, 1, 1, 1)),
      {
        name: 'c',
        type: 'category',
        codes: Int32Array.of(-1, -1, 0, 1, 2, 3),
        categories: ['new', 'b', 'a', ''],
      },
    ];
    const answers = await fitted.predict(odd);
    assertAnswers(input, answers, 6);
  });

  test('a category it has not seen is as good as missing', unless('new categories'), async () => {
    const fitted = await fit();
    const told = (codes: readonly number[]): InputColumn[] => [
      number('x', Float64Array.of(1, 5, 8)),
      number('y', Float64Array.of(3, Number.NaN, 12)),
      { name: 'c', type: 'category', codes: Int32Array.from(codes), categories: ['new', 'b', ''] },
    ];
    const missing = await fitted.predict(told([-1, -1, -1]));
    assert.deepEqual(await fitted.predict(told([0, 0, 0])), missing);
    assert.deepEqual(await fitted.predict(told([2, 2, 2])), missing);
  });

  test('learns from columns with infinite, huge and tiny numbers', async () => {
    const x = (columns[0] as InputColumn & { type: 'number' }).values;
    const awkward = [Infinity, -Infinity, 1e300, -1e39, 1e-300];
    const values = x.map((value, row) => (row % 9 === 0 ? awkward[(row / 9) % 5]! : value));
    const fitted = await fit({ columns: [number('x', values), ...columns.slice(1)] });
    assertAnswers(input, await fitted.predict([number('x', values), ...columns.slice(1)]), rows);
  });

  test(
    'columns that say nothing: constant, all missing, of one category',
    unless('dull columns'),
    async () => {
      const dull: InputColumn[] = [
        number('same', new Float64Array(rows).fill(7)),
        number('none', new Float64Array(rows).fill(Number.NaN)),
        { name: 'one', type: 'category', codes: new Int32Array(rows), categories: ['a'] },
      ];
      const alone = await fit({ columns: dull });
      const answers = await alone.predict(dull);
      assertAnswers(input, answers, rows);
      const width = answers.length / rows;
      assertNear(
        answers,
        Array.from(answers, (_, i) => answers[i % width]!),
        1e-9,
        'all rows are answered the same',
      );
      assert.ok(alone.summary.notes.length > 0, 'it is said');
      // Beside columns that say something they are no harm.
      const beside = await fit({ columns: [...columns, ...dull] });
      const [loss, blind] = [await beside.predict([...columns, ...dull]), blindAnswers(input)];
      assert.ok(lossOf(input, loss) < 0.8 * lossOf(input, blind));
    },
  );

  test('learns from one column, be it a number or a category', unless('one column'), async () => {
    for (const column of [columns[0]!, columns[2]!]) {
      const fitted = await fit({ columns: [column] });
      assertAnswers(input, await fitted.predict([column]), rows);
      assert.deepEqual(Object.keys(fitted.summary.importance), [column.name]);
    }
  });

  test('learns from 10,000 categories, and from three rows', unless('many and few'), async () => {
    const categories = Array.from({ length: 10_000 }, (_, i) => `c${i}`);
    const codes = Int32Array.from({ length: rows }, (_, row) => (row * 7919) % 10_000);
    const many: InputColumn[] = [{ name: 'many', type: 'category', codes, categories }, columns[0]!];
    const fitted = await fit({ columns: many });
    assertAnswers(input, await fitted.predict(many), rows);
    const three: FitInput = {
      ...input,
      ...{ columns: columnsAt(columns, [0, 1, 2]), target: Float64Array.of(0, 1, 0) },
      ...(input.groups === undefined ? {} : { groups: new Int32Array(3) }),
      train: { from: 0, to: 3 },
      validation: { from: 3, to: 3 },
    };
    const small = await trainer.fit(three);
    assertAnswers(three, await small.predict(three.columns), 3);
    assert.equal(small.summary.validationLoss, null);
  });

  test('says what it has learnt: rounds, finite losses, a share for each input', async () => {
    const { summary } = await fit();
    assert.ok(summary.rounds >= 0);
    assert.ok(Number.isFinite(summary.trainLoss) && Number.isFinite(summary.validationLoss));
    assert.deepEqual(Object.keys(summary.importance).sort(), ['c', 'x', 'y']);
    assert.ok(Object.values(summary.importance).every((share) => share >= 0));
  });

  test('inputs that matter more have more of the importance', unless('importance'), async () => {
    const { importance } = (await fit()).summary;
    assertNear([Object.values(importance).reduce((sum, share) => sum + share, 0)], [1], 1e-9, 'shares');
    assert.ok(importance['x']! > importance['y']!, JSON.stringify(importance));
  });

  test('validation rows are never learnt from', async () => {
    // Their targets follow from nothing but a column that is always 0 in the training rows.
    const { from, to } = input.validation;
    const target = input.target.map((y, row) => (row < from ? y : input.target[from + to - 1 - row]!));
    const told = number(
      'told',
      target.map((y, row) => (row < from ? 0 : 10 + y)),
    );
    const given = { ...input, target, columns: [...columns, told] };
    const loss = lossOf(given, await (await trainer.fit(given)).predict(given.columns));
    assert.ok(loss > 0.9 * lossOf(given, blindAnswers(given)), `${loss}`);
  });

  test('tells how far it is: steps that grow, one total, finite losses', async () => {
    const steps: [number, number, number][] = [];
    await fit({ onProgress: (...step) => steps.push(step) });
    steps.forEach(([done, total, loss], i) => {
      assert.ok(done <= total && total === steps[0]![1] && Number.isFinite(loss));
      assert.ok(done > (steps[i - 1]?.[0] ?? 0), `${done} after ${steps[i - 1]?.[0]}`);
    });
  });

  test('ends when the signal is aborted, with its reason', async () => {
    const reason = new Error('enough');
    await assert.rejects(fit({ signal: AbortSignal.abort(reason) }), reason);
    const stop = new AbortController();
    let calls = 0;
    const fitting = fit({
      signal: stop.signal,
      onProgress: (done, total) => {
        if (++calls === 1 && done < total) stop.abort(reason);
      },
    });
    const ended = await fitting.then(
      () => undefined,
      (error: unknown) => error,
    );
    // One that is done in a step has nothing to end.
    assert.equal(ended, stop.signal.aborted ? reason : undefined);
  });

  test('its ONNX file answers as it does, also to what it has not seen', async () => {
    const fitted = await fit();
    const odd: InputColumn[] = [
      number('x', Float64Array.of(Number.NaN, 3, Infinity, -Infinity, 16777217, 4)),
      number('y', Float64Array.of(Number.NaN, 0.1, 1, 1, Number.NaN, 9)),
      {
        name: 'c',
        type: 'category',
        codes: Int32Array.of(-1, 0, 1, 2, 3, 1),
        categories: ['new', 'b', 'ü', 'a'],
      },
    ];
    for (const asked of [columns, odd]) {
      const answers = await fitted.predict(asked);
      const { data, dims, inputs, outputs } = await runOnnx(
        fitted.toOnnx({ name: 'm', version: '7' }),
        asked,
      );
      const asRows = task === 'binary' ? data.filter((_, i) => i % 2 === 1) : data;
      const width = input.classes?.length ?? 1;
      assert.deepEqual(dims, [answers.length / width, task === 'binary' ? 2 : width]);
      assertNear(asRows, answers, 1e-5, 'ONNX');
      assert.deepEqual(inputs.toSorted(), ['c', 'x', 'y']);
      assert.deepEqual(outputs, [task === 'binary' || task === 'multiclass' ? 'probabilities' : 'value']);
    }
  });

  test('why: base and shares add up to the raw score', async (context) => {
    const fitted = await fit();
    if (fitted.attribute === undefined) return context.skip('it cannot tell');
    const { base, shares, outputs } = fitted.attribute(columns);
    const answers = await fitted.predict(columns);
    assert.equal(shares.length, rows * outputs * columns.length);
    for (let row = 0; row < rows; row++) {
      const raw = Array.from({ length: outputs }, (_, output) => {
        const at = (row * outputs + output) * columns.length;
        return shares.subarray(at, at + columns.length).reduce((sum, share) => sum + share, base[output]!);
      });
      const exps = raw.map((score) => Math.exp(score - Math.max(...raw)));
      const whole = exps.reduce((sum, part) => sum + part);
      const wanted =
        task === 'binary'
          ? [1 / (1 + Math.exp(-raw[0]!))]
          : task === 'multiclass'
            ? exps.map((part) => part / whole)
            : raw;
      assertNear(answers.subarray(row * outputs, (row + 1) * outputs), wanted, 1e-6, `row ${row}`);
    }
  });

  test('refuses what cannot be learnt from, with the code that says so', async () => {
    const spoilt = (values: Float64Array, value: number): Float64Array => values.with(3, value);
    const target = (value: number) => ({ target: spoilt(input.target, value) });
    const cases: readonly (readonly [Partial<FitInput>, string])[] = [
      [{ columns: [] }, 'MILL_TRAIN_NO_COLUMNS'],
      [{ columns: [columns[0]!, columns[0]!] }, 'MILL_TRAIN_COLUMN_NAME'],
      [{ columns: [number('x', new Float64Array(3))] }, 'MILL_TRAIN_INPUT_INVALID'],
      [{ train: { from: 0, to: 0 } }, 'MILL_TRAIN_NO_ROWS'],
      [{ train: { from: 0, to: rows } }, 'MILL_TRAIN_INPUT_INVALID'],
      [target(Number.NaN), 'MILL_TRAIN_TARGET_INVALID'],
      [target(Infinity), 'MILL_TRAIN_TARGET_INVALID'],
      [{ weights: spoilt(wholeWeights(input), 0) }, 'MILL_TRAIN_INPUT_INVALID'],
      [{ weights: spoilt(wholeWeights(input), -1) }, 'MILL_TRAIN_INPUT_INVALID'],
      [{ weights: spoilt(wholeWeights(input), Number.NaN) }, 'MILL_TRAIN_INPUT_INVALID'],
      ...(task === 'regression' || excused['one class'] !== undefined
        ? []
        : [[{ target: new Float64Array(rows) }, 'MILL_TRAIN_ONE_CLASS'] as const]),
    ];
    for (const [change, code] of cases) await refused(fit(change), code);
    const fitted = await fit();
    const asked = async (given: readonly InputColumn[]): Promise<unknown> => fitted.predict(given);
    await refused(asked(columns.slice(1)), 'MILL_TRAIN_COLUMN_MISSING');
    await refused(
      asked([number('c', new Float64Array(rows)), ...columns.slice(0, 2)]),
      'MILL_TRAIN_COLUMN_KIND',
    );
  });
}
