import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judgeGates } from './gates.ts';
import { evaluateBinary } from './judge/index.ts';

const judged = (mape: number) => {
  const interval = { low: mape / 2, high: mape * 2, level: 0.95 };
  return { figures: { mape }, intervals: { mape: interval }, champion: { mape: 0.4 }, comparison: undefined };
};

test('a gate on MAPE does not pass where there are targets of 0, and says why', () => {
  const gates = [
    { metric: 'mape', must: 'atMost', than: 0.5 },
    { metric: 'mape', must: 'atMost', than: 0.5, surely: true },
    { metric: 'mape', must: 'beatChampion' },
  ] as const;
  for (const { passed, observed } of judgeGates(gates, judged(4e14)))
    assert.deepEqual([passed, observed], [false, 'says nothing, as there are targets of 0']);
  assert.deepEqual(
    judgeGates(gates, judged(0.2)).map(({ passed, observed }) => [passed, observed]),
    [
      [true, '0.2'],
      [true, '0.2, 0.1 to 0.4'],
      [true, '0.2'],
    ],
  );
});

test('a gate that wants to be sure says why it cannot be, and lets a model without a miss pass', () => {
  const target = Float64Array.from({ length: 400 }, (_, row) => (row < 48 ? 1 : 0));
  const judge = (entities: number, missed: number) => {
    const evaluation = evaluateBinary({
      target,
      probability: target.map((y, row) => (y === 1 && row >= missed ? 0.9 : 0.1)),
      threshold: 0.5,
      entities: Int32Array.from(target, (_, row) => row % entities),
    });
    const { figures, intervals, apart } = evaluation;
    const gates = (['recall', 'rocAuc', 'mcc'] as const).map((metric) => {
      return { metric, must: 'atLeast', than: 0.8, surely: true } as const;
    });
    const given = { figures, intervals, apart, champion: undefined, comparison: undefined };
    return judgeGates(gates, given).map(({ passed, observed }) => [passed, observed]);
  };
  for (const missed of [0, 1]) for (const [passed] of judge(400, missed)) assert.equal(passed, true);
  assert.deepEqual(judge(4, 0)[0], [
    false,
    '1, no interval: 4 apart from each other are too few, 10 are wanted',
  ]);
});
