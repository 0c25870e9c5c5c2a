import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openDuckDb } from '../../../engine/index.ts';
import { openPatternJudge } from './pattern-judge.ts';

test('an engine that has no session for once is asked again by the next rows', async () => {
  const engine = await openDuckDb();
  let failures = 2;
  const judge = openPatternJudge(
    {
      ...engine,
      session: () => (failures-- > 0 ? Promise.reject(new Error('not now')) : engine.session()),
    },
    [{ column: 'a', pattern: '^x' }] as never,
  );
  await assert.rejects(judge.matches([{ a: 'x' }]), /not now/);
  // Nobody waits for this one's session: its failure must not count as unhandled.
  await assert.rejects(judge.matches([{ a: 'x' }]), /not now/);
  judge.close();
  assert.deepEqual(await judge.matches([{ a: 'xy' }, { a: 'yx' }, undefined]), [[true], [false], [false]]);
  judge.close();
  await engine.close();
});
