import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DAY } from '../../../base/index.ts';
import { judge } from '../judged.ts';
import { byMissing } from './by-missing.ts';
import { byPeriod, byPeriodRows, periodFor } from './by-period.ts';
import { bodyOf, labelledRows } from './report.fixture.ts';
import { figuresOf, type JudgedRows } from './some-rows.ts';
import { ranksOf, whyOf } from './why.ts';

const judgedOf = (task: 'binary' | 'multiclass' | 'regression' | 'ranking'): JudgedRows => {
  const labelled = labelledRows(task, 2_000);
  const { from, to } = labelled.parts.test;
  const width = labelled.classes?.length ?? 1;
  const amount = labelled.inputs[0]?.values as Float64Array;
  const one = (row: number): number => Math.min(1, (amount[from + row] as number) / 200);
  const predicted = Float64Array.from({ length: (to - from) * width }, (_, i) => {
    const p = one(Math.floor(i / width));
    return width === 1 ? p : i % width === 0 ? 1 - p : p / (width - 1);
  });
  return { judging: bodyOf(task), labelled, predicted, threshold: task === 'binary' ? 0.3 : null };
};

for (const task of ['binary', 'multiclass', 'regression', 'ranking'] as const)
  test(`figures of all rows of ${task} are those of the evaluation, whichever way they are picked`, () => {
    const judged = judgedOf(task);
    const { from, to } = judged.labelled.parts.test;
    const rows = Array.from({ length: to - from }, (_, row) => row);
    const { figures } = judge(judged.judging, judged.labelled, judged.predicted, judged.threshold, 'figures');
    assert.deepEqual(figuresOf(judged, rows), figures);
  });

test('periods hold each row once, in order, within their ends', () => {
  const judged = judgedOf('binary');
  const { at, parts } = judged.labelled;
  for (const every of [DAY, 7 * DAY, 'month'] as const) {
    const found = byPeriodRows(judged.labelled, every);
    assert.deepEqual(
      found.flatMap(({ rows }) => rows),
      Array.from({ length: parts.test.to - parts.test.from }, (_, i) => i),
    );
    for (const { from, to, rows } of found)
      assert.ok(
        rows.every(
          (row) =>
            (at[parts.test.from + row] as number) >= from && (at[parts.test.from + row] as number) < to,
        ),
      );
  }
  const [first] = byPeriod(judged, 'month');
  assert.equal(first?.from, Date.UTC(2026, 5, 1) * 1000);
  assert.ok(first?.figures.rocAuc !== undefined && first.target !== null && first.answer !== null);
});

test('a list is in one period, though its rows are hours apart', () => {
  const { labelled } = judgedOf('ranking');
  const seen = new Set<number>();
  for (const { rows } of byPeriodRows(labelled, DAY)) {
    const groups = new Set(rows.map((row) => labelled.groups?.[labelled.parts.test.from + row] as number));
    for (const group of groups) assert.ok(!seen.has(group), `group ${group}`);
    for (const group of groups) seen.add(group);
  }
});

test('the length of periods follows that of the rows', () => {
  const days = (n: number): number[] => [0, n * DAY];
  assert.deepEqual(
    [periodFor(days(1)), periodFor(days(10)), periodFor(days(40)), periodFor(days(200))],
    [DAY / 24, DAY, 7 * DAY, 'month'],
  );
  assert.equal(periodFor(days(3_000)), 150 * DAY);
});

test('rows with something missing are told beside the others', () => {
  const judged = judgedOf('binary');
  const { parts, inputs } = judged.labelled;
  const usual = inputs[1]?.values as Float64Array;
  const gone = usual.subarray(parts.test.from).filter(Number.isNaN).length;
  const found = byMissing(judged);
  assert.deepEqual(
    found.map(({ input, rows }) => [input, rows]),
    [
      [null, gone],
      ['usual_30d', gone],
    ],
  );
  assert.notEqual(found[0]?.missing.rocAuc, found[0]?.present.rocAuc);
  assert.deepEqual(byMissing(judgedOf('ranking')), []);
});

test('what inputs add, in the mean and by direction', () => {
  const column = (name: string, values: number[]) =>
    ({ name, type: 'number', values: Float64Array.from(values) }) as const;
  const columns = [column('up', [1, 2, 3, Number.NaN]), column('down', [5, 6, 7, 8])];
  const why = whyOf(columns, {
    base: Float64Array.of(0),
    outputs: 1,
    shares: Float64Array.of(-1, 3, 0, 2, 1, 1, 0, -2),
  });
  assert.deepEqual(
    why.inputs.map(({ input, mean, direction }) => [input, mean, direction?.toFixed(3)]),
    [
      ['down', 2, '-1.000'],
      ['up', 0.5, '1.000'],
    ],
  );
  assert.deepEqual(why.inputs[1]?.points.at(-1), [0, null]);
  assert.deepEqual([...ranksOf(Float64Array.of(3, 1, 3, Number.NaN))], [2 / 3, 1 / 6, 2 / 3, Number.NaN]);
});
