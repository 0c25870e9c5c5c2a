import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { anyFalseAlarm } from './holm.ts';

/** By the rule as it is written: the clearest first, each against what is left, until one fails. */
function called(pValues: readonly number[], share: number): Set<number> {
  const found = new Set<number>();
  while (found.size < pValues.length) {
    const left = [...pValues.keys()].filter((i) => !found.has(i));
    const clearest = left.reduce((a, b) => ((pValues[b] as number) < (pValues[a] as number) ? b : a));
    if ((pValues[clearest] as number) * left.length > share) break;
    found.add(clearest);
  }
  return found;
}

test('those below a share are the ones that are called one after another', () => {
  const pValue = fc.oneof(
    fc.double({ min: 0, max: 1, noNaN: true }),
    fc.constantFrom(0, 0.001, 0.01, 0.04, 1),
  );
  fc.assert(
    fc.property(fc.array(pValue, { maxLength: 14 }), fc.constantFrom(0.01, 0.05, 0.2), (pValues, share) => {
      const chances = anyFalseAlarm(pValues);
      const below = [...chances.keys()].filter((i) => (chances[i] as number) <= share);
      assert.deepEqual(new Set(below), called(pValues, share));
    }),
  );
  assert.deepEqual(anyFalseAlarm([0.03]), [0.03], 'one test is what it is');
});
