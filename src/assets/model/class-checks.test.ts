import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkClasses } from './class-checks.ts';
import type { Labelled } from './labelled.ts';

const labelled = (target: number[], classes?: string[]): Labelled =>
  ({
    target: Float64Array.from(target),
    classes,
    parts: { train: { from: 0, to: 3 }, validation: { from: 3, to: 4 }, test: { from: 4, to: 6 } },
  }) as unknown as Labelled;

test('a class without rows to learn from or to judge by is named; numbers have no classes', () => {
  const [learnt, judged] = checkClasses('multiclass', labelled([0, 1, 0, 2, 2, 1], ['a', 'b', 'c"']));
  assert.deepEqual([learnt?.passed, learnt?.observed], [false, 'none of "c\\""']);
  assert.deepEqual([judged?.passed, judged?.severity, judged?.observed], [false, 'warn', 'none of "a"']);
  assert.ok(checkClasses('binary', labelled([0, 1, 1, 0, 0, 1])).every(({ passed }) => passed));
  assert.equal(checkClasses('binary', labelled([0, 1, 1, 0, 1, 1]))[1]?.observed, 'none of "false"');
  assert.deepEqual(checkClasses('regression', labelled([5, 5, 5, 5, 5, 5])), []);
});
