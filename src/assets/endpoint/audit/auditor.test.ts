import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Graph, Workspace } from '../../../graph/index.ts';
import type { KeptLookUp } from '../../../store/state/index.ts';
import { isSampled, openAuditor } from './auditor.ts';

test('one in n is sampled, by the id alone: the same ones each time, none where none are wanted', () => {
  const ids = Array.from({ length: 20_000 }, (_, i) => `01kabq${i}`);
  for (const every of [1, 10, 100]) {
    const sampled = ids.filter((id) => isSampled(id, every));
    assert.deepEqual(
      ids.filter((id) => isSampled(id, every)),
      sampled,
    );
    const expected = ids.length / every;
    assert.ok(
      Math.abs(sampled.length - expected) <= 5 * Math.sqrt(expected),
      `${sampled.length} of ${every}`,
    );
  }
  fc.assert(fc.property(fc.string(), (id) => !isSampled(id, 0) && isSampled(id, 1)));
});

test('whoever is asked often does not crowd out the others, and what there is no room for is passed over', async () => {
  const nothing = { state: { version: () => undefined }, clock: { now: () => 0 } } as unknown as Workspace;
  const told: string[] = [];
  const done = Promise.withResolvers<void>();
  const auditor = openAuditor({ nodes: new Map() } as unknown as Graph, nothing, {
    perMinute: 1e9,
    waiting: 3,
    // There is no version of any: each is told of by its name.
    onError: (error) => {
      told.push(/answer '(\w+)'/.exec(String(error))?.[1] ?? '');
      if (told.length === 5) done.resolve();
    },
  });
  const lookUp = (asset: string, n: number): KeptLookUp => ({
    ...{
      id: `${asset}${n}`,
      asset,
      version: 'v',
      asOf: n,
      keys: {},
      features: {},
      dataset: 'd',
      position: null,
    },
  });
  const taken = [1, 2, 3, 4, 5].map((n) => auditor.take(lookUp('often', n)));
  assert.deepEqual(taken, [true, true, true, false, false]);
  assert.ok(auditor.take(lookUp('seldom', 1)) && auditor.take(lookUp('seldom', 2)));
  await done.promise;
  assert.deepEqual(told, ['often1', 'seldom1', 'often2', 'seldom2', 'often3']);
  await auditor.close();
  assert.ok(!auditor.take(lookUp('seldom', 3)), 'closed');
});
