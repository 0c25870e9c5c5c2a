import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Audited, Audits } from '../../store/state/index.ts';
import { metric } from './declare.ts';
import { judgeSameness } from './sameness.ts';

const auditsOf = (...equal: (boolean | null)[]): { audits: Audits } => ({
  audits: {
    put: () => assert.fail(),
    newest: (of, most) => {
      assert.deepEqual(of, { model: 'm' });
      const all = equal.map(
        (one, i): Audited => ({
          ...{ answer: `p${i}`, asked: 'e', model: 'm', asOf: i, at: i },
          features: [{ asset: 'a', feature: 'f', equal: one, equalNow: null, cause: null, causeNow: null }],
        }),
      );
      return all.slice(0, most);
    },
  },
});

test('the gate on sameness: the share of what could be compared, and nothing audited passes', () => {
  const gates = [metric.rocAuc.atLeast(1)['~'], metric.sameness.atLeast(0.9)['~']];
  const judged = (...equal: (boolean | null)[]) => {
    const [check, ...more] = judgeSameness(gates, auditsOf(...equal), 'm');
    assert.deepEqual(more, [], 'other gates are for others');
    assert.equal(check?.name, 'sameness ≥ 0.9');
    return [check?.passed, check?.observed];
  };
  assert.deepEqual(judged(), [true, 'nothing audited yet']);
  assert.deepEqual(judged(null), [true, 'nothing audited yet']);
  assert.deepEqual(judged(true, null), [true, '1 (1 of 1 features of 2 predictions)']);
  const nine = Array.from({ length: 10 }, (_, i) => i > 0);
  assert.deepEqual(judged(...nine), [true, '0.9 (9 of 10 features of 10 predictions)']);
  assert.equal(judged(...nine.slice(0, 9))[0], false);
  assert.deepEqual(judgeSameness(gates.slice(0, 1), auditsOf(false), 'm'), []);
});
