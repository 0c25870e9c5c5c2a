import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import { audit, type Cause, kinds, sampleLookUps } from '../../src/assets/index.ts';
import { HOUR, MINUTE, SECOND } from '../../src/base/index.ts';
import { openWorkspace, retire } from '../../src/graph/index.ts';
import type { StateValue } from '../../src/store/online/index.ts';
import type { KeptLookUp } from '../../src/store/state/index.ts';
import { openTill, type Payment, type Till } from './till.fixture.ts';

// Look-ups of features, audited as predictions are (audit.test.ts): by the same code, so each cause is tried once.

let open: Till;
before(async () => {
  open = await openTill();
});
after(() => open.close());

const amounts = fc.array(fc.integer({ min: 1, max: 900 }), { minLength: 1, maxLength: 3 });
let cards = 0;
let ids = 0;

const paid = (card: string, sums: readonly number[], ago = MINUTE): Payment[] =>
  sums.map((amount, i) => ({ id: `p${ids++}`, card, amount, at: open.now - ago - i * MINUTE }));

/** Some rows of a new card in the lake and its state, others in the log alone. */
async function begin(inLake: readonly number[], inLog: readonly number[]): Promise<string> {
  const card = `c${cards++}`;
  await open.post(paid(card, inLake, HOUR));
  await open.run('payments', 'activity');
  open.now += SECOND;
  await open.post(paid(card, inLog));
  open.now += SECOND;
  return card;
}

/** By feature, the causes for which it is not what was known then, and what is known now. */
async function found(lookUp: KeptLookUp, workspace = open.workspace) {
  const { features, ...rest } = await audit(open.graph(), workspace, lookUp);
  assert.deepEqual(rest, { answer: lookUp.id, asked: 'activity', model: null, asOf: lookUp.asOf });
  const causes = (which: 'explanation' | 'explanationNow'): Record<string, Cause> =>
    Object.fromEntries(features.flatMap((one) => (one[which] ? [[one.feature, one[which].cause]] : [])));
  return { features, past: causes('explanation'), now: causes('explanationNow') };
}

const all = (cause: Cause): Record<string, Cause> => ({ times: cause, spent: cause, latest: cause });

const check = (body: (inLake: number[], inLog: number[]) => Promise<void>): Promise<void> =>
  fc.assert(fc.asyncProperty(amounts, amounts, body), { numRuns: 2, endOnFailure: true });

test('served right, it is equal: at once, and when the log has come to the lake', () =>
  check(async (inLake, inLog) => {
    const card = await begin(inLake, inLog);
    const lookUp = await open.lookUp(card);
    assert.equal(lookUp.features['times'], inLake.length + inLog.length);
    assert.equal(typeof Object.values(lookUp.position ?? {})[0], 'number');
    for (let i = 0; i < 2; i++) {
      const { features, past, now } = await found(lookUp);
      assert.deepEqual([past, now], [{}, {}]);
      assert.ok(features.length === 3 && features.every(({ equal, equalNow }) => equal && equalNow));
      open.now += SECOND;
      await open.run('payments', 'activity');
    }
  }));

test('somebody nobody knows is equal', async () => {
  for (const card of [`o'"; --`, '\u0000', '']) {
    const { past, now } = await found(await open.lookUp(card));
    assert.deepEqual([past, now], [{}, {}]);
  }
});

test('a store that lost the state, or holds another, is told from what it should be', () =>
  check(async (inLake, inLog) => {
    const { online } = open.workspace;
    for (const [cause, mixed] of [
      ['default', false],
      // Another card's.
      ['store loss', true],
    ] as const)
      for (const moved of [false, true]) {
        const card = await begin(inLake, inLog);
        const space = open.space();
        const [before] = await online.get([{ space, entities: ['old1'] }]);
        const coverage = before?.coverage as StateValue;
        const state = before?.states[0] as StateValue;
        const change = mixed ? { entity: card, state } : { entity: card };
        assert.ok(await online.move(space, coverage, coverage, [change]));
        const lookUp = await open.lookUp(card);
        if (moved) {
          open.now += SECOND;
          await open.post(paid('another', [7]));
          await open.run('payments', 'activity');
        }
        const { features, past } = await found(lookUp);
        assert.equal(past['times'], cause, `${cause}, ${moved}`);
        assert.equal(features[0]?.replayed, inLake.length + inLog.length);
      }
  }));

test('late rows, edited declarations and bugs are told from each other', async () => {
  const card = await begin([10, 20], [30]);
  const lookUp = await open.lookUp(card);
  const asked = open.now;
  open.now += SECOND;
  await open.post([{ id: `p${ids++}`, card, amount: 1000, at: asked - SECOND / 2 }]);
  const late = await found(lookUp);
  assert.deepEqual([late.past, late.now], [{}, all('late row')]);
  const wrong = await found({ ...lookUp, features: { ...lookUp.features, latest: -1 } });
  assert.deepEqual(wrong.past, { latest: 'bug' });
  const old = await begin([10], [20]);
  await open.post([{ id: `p${ids++}`, card: old, amount: 100, at: open.now - 5 * 24 * HOUR }]);
  open.now += SECOND;
  const before = await open.lookUp(old);
  try {
    await open.edit({ spentOver: '3d' });
    const edited = await found(before);
    assert.deepEqual([edited.past, edited.now], [{}, { spent: 'code version' }]);
  } finally {
    await open.edit({});
  }
});

test('kept over a restart, with the versions and snapshots that it names, however old', async () => {
  const card = await begin([10, 20], [30]);
  const lookUp = await open.lookUp(card);
  for (let i = 0; i < 3; i++) {
    open.now += HOUR;
    await open.post(paid(card, [7]));
    await open.run('payments', 'activity');
  }
  const other = { ...(await openWorkspace(open.workspace.folder, {})), clock: open.workspace.clock };
  try {
    const nothing = { now: open.now, young: 0, recent: 1, hourly: 0 };
    assert.ok((await retire(kinds, other, nothing)) > 0, 'what nothing names is let go of');
    const since = { since: lookUp.asOf, most: 1 };
    const [kept] = sampleLookUps(other, 'activity', { ...since, most: 1_000 });
    assert.deepEqual(kept, lookUp);
    const { past, now } = await found(kept as KeptLookUp, other);
    assert.deepEqual([past, now], [{}, {}]);
    assert.deepEqual(sampleLookUps(other, 'activity', { since: open.now + 1, most: 10 }), []);
    const [some, more] = [3, 6].map((most) => sampleLookUps(other, 'activity', { since: 0, most }));
    assert.ok(some?.length === 3 && some.every(({ id }) => more?.some((one) => one.id === id)));
  } finally {
    await other.close();
  }
});
