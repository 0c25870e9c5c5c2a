import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MillraceError } from '../../base/index.ts';
import { answerOf } from './answer.ts';

const binary = { task: 'binary', threshold: 0.3 } as const;
const multiclass = { task: 'multiclass', threshold: null, classes: ['a', 'b'] } as const;
const regression = { task: 'regression', threshold: null } as const;

test('what a model says of a row becomes its answer', () => {
  const probabilities = [0.5, 0.5];
  assert.deepEqual(answerOf(binary, [0.5]), {
    ...{ probabilities, classes: [false, true], decision: true, output: 0.5 },
  });
  assert.deepEqual(answerOf(multiclass, [0.25, 1 + 1e-7]), {
    ...{ probabilities: [0.25, 1], classes: ['a', 'b'], decision: 'b', output: 1 },
  });
  assert.equal(answerOf(regression, [-7]).decision, -7);
});

test('NaN and infinities are never an answer', () => {
  for (const [model, scores] of [
    [binary, [Number.NaN]],
    [multiclass, [0.5, Number.NaN]],
    [regression, [Number.POSITIVE_INFINITY]],
  ] as const)
    assert.throws(
      () => answerOf(model, scores),
      (error) => error instanceof MillraceError && error.code === 'MILL_MODEL_ANSWERS',
    );
});
