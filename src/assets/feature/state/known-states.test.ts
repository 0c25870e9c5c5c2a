import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { MillraceError } from '../../../base/index.ts';
import type { Found, OnlineStore, SpaceAsk, StateValue } from '../../../store/online/index.ts';
import { readStates } from './known-states.ts';

/** A store of one space whose every state says which coverage it is of; it moves and goes away when it is told to, also while it is asked. */
function movingStore() {
  let coverage = 0;
  let away = false;
  let meanwhile: (() => void) | undefined;
  const fetched: string[] = [];
  const store = {
    async get(asks: readonly SpaceAsk[]): Promise<Found[]> {
      await null;
      meanwhile?.();
      meanwhile = undefined;
      if (away)
        throw new MillraceError({ code: 'MILL_ONLINE_UNREACHABLE', message: '', todo: '', owner: 'service' });
      return asks.map(({ entities }) => {
        fetched.push(...entities);
        const states = entities.map((entity): StateValue | undefined =>
          entity.startsWith('no') ? undefined : [entity, coverage],
        );
        return { coverage, states };
      });
    },
  } as unknown as OnlineStore;
  return {
    store,
    fetched,
    move: () => coverage++,
    moveMeanwhile() {
      meanwhile = () => coverage++;
    },
    setAway(now: boolean) {
      away = now;
    },
  };
}

const entityAt = (n: number): string => (n % 7 === 0 ? `no ${n}` : `e ${n}`);

test('an answer is of one coverage, whatever is remembered, forgotten and moved between and meanwhile', async () => {
  const aStep = fc.oneof(
    { weight: 5, arbitrary: fc.uniqueArray(fc.nat(3_000), { maxLength: 700 }) },
    { weight: 1, arbitrary: fc.constant('move' as const) },
    { weight: 1, arbitrary: fc.constant('meanwhile' as const) },
  );
  await fc.assert(
    fc.asyncProperty(fc.array(aStep, { maxLength: 14 }), async (steps) => {
      const { store, move, moveMeanwhile } = movingStore();
      const asked: Promise<void>[] = [];
      for (const step of steps) {
        if (step === 'move') move();
        else if (step === 'meanwhile') moveMeanwhile();
        else {
          const entities = step.map(entityAt);
          const check = readStates(store, [{ space: 's', entities }], false).then(({ found: [one] }) => {
            assert.deepEqual(
              one?.states,
              entities.map((entity) => (entity.startsWith('no') ? undefined : [entity, one?.coverage])),
            );
          });
          asked.push(check);
          // Some are under way together.
          if (step.length % 2 === 0) await check;
        }
      }
      await Promise.all(asked);
    }),
    { numRuns: 60 },
  );
});

test('what is known is not fetched again; while the store is away it is given, and nothing else is', async () => {
  const { store, fetched, setAway, move } = movingStore();
  const ask = (...entities: string[]) => readStates(store, [{ space: 's', entities }], false);
  await ask('a', 'no');
  await ask('a', 'no', 'b');
  assert.deepEqual(fetched, ['a', 'no', 'b']);
  move();
  setAway(true);
  const { found, reached } = await ask('b', 'a');
  assert.deepEqual(
    [found, reached],
    [
      [
        {
          coverage: 0,
          states: [
            ['b', 0],
            ['a', 0],
          ],
        },
      ],
      false,
    ],
  );
  await assert.rejects(ask('a', 'c'), { code: 'MILL_ONLINE_UNREACHABLE' });
  await assert.rejects(readStates(store, [{ space: 's', entities: ['a'] }], true), {
    code: 'MILL_ONLINE_UNREACHABLE',
  });
  await assert.rejects(readStates(store, [{ space: 'other', entities: [] }], false), {
    code: 'MILL_ONLINE_UNREACHABLE',
  });
  setAway(false);
  assert.deepEqual((await ask('a')).found, [{ coverage: 1, states: [['a', 1]] }]);
});

test('what was fetched again because the space had moved is known too', async () => {
  const { store, fetched, setAway, move } = movingStore();
  const ask = (...entities: string[]) => readStates(store, [{ space: 's', entities }], false);
  await ask('a', 'no', 'b');
  move();
  const now = { coverage: 1, states: [['a', 1], undefined] };
  assert.deepEqual((await ask('a', 'no')).found, [now]);
  fetched.length = 0;
  assert.deepEqual((await ask('a', 'no')).found, [now]);
  assert.deepEqual(fetched, []);
  setAway(true);
  assert.deepEqual(await ask('a', 'no'), { found: [now], reached: false });
  // It was not read since.
  await assert.rejects(ask('b'), { code: 'MILL_ONLINE_UNREACHABLE' });
});
