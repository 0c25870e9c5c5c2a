import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type OnlinePlace, openAt, stream } from './online.fixture.ts';
import type { Entry, OnlineStore, StateValue } from './online.port.ts';

/** What a store is, by a map: each space that was filled, and what is in it. */
interface Model {
  readonly filled: Map<string, { coverage: StateValue; readonly states: Map<string, Entry> }>;
  /** Spaces of which a filling was cut off. */
  readonly half: Set<string>;
}

/** Does one thing to both, and compares what they answer. Gives the store to go on with. */
type Deed = (store: OnlineStore, model: Model, open: () => Promise<OnlineStore>) => Promise<OnlineStore>;

const spaces = ['a', 'b', ''] as const;
const entities = ['x', 'y', 'z', '\ud800', 'x'.repeat(3000)] as const;
const aSpace = fc.constantFrom(...spaces);
const anEntity = fc.constantFrom(...entities);
/** Few, so that a wrong guess is sometimes right; equal as JSON whatever the order of keys. */
const aStanding = fc.constantFrom<StateValue>(null, 0, { b: 1, a: [2] }, { a: [2], b: 1 }, '0');
const anEntry: fc.Arbitrary<Entry> = fc.record(
  {
    entity: anEntity,
    state: fc.jsonValue() as fc.Arbitrary<StateValue>,
    expires: fc.integer({ min: -3, max: 3 }),
  },
  { requiredKeys: ['entity', 'state'] },
);
const aRemoval = fc.record({ entity: anEntity });

/** Equal as JSON, the slow way. */
function same(a: StateValue | undefined, b: StateValue): boolean {
  try {
    assert.deepStrictEqual(a, b);
    return true;
  } catch {
    return false;
  }
}

const aDeed: fc.Arbitrary<Deed> = fc.oneof(
  labelled(
    fc.tuple(aSpace, aStanding, fc.array(anEntry)),
    'fill',
    async (store, model, [space, coverage, entries]) => {
      const states = new Map(entries.map((entry) => [entry.entity, entry]));
      assert.equal(await store.fill(space, coverage, stream(entries)), states.size);
      model.filled.set(space, { coverage, states });
      model.half.delete(space);
    },
  ),
  labelled(
    fc.tuple(aSpace, aStanding, fc.array(anEntry)),
    'cut',
    async (store, model, [space, coverage, entries]) => {
      const cut = (async function* () {
        yield* entries;
        throw new Error('cut off');
      })();
      await assert.rejects(store.fill(space, coverage, cut), { message: 'cut off' });
      model.half.add(space);
    },
  ),
  labelled(
    fc.tuple(
      aSpace,
      fc.option(aStanding, { nil: undefined }),
      aStanding,
      fc.array(fc.oneof(anEntry, aRemoval)),
    ),
    'move',
    async (store, model, [space, guess, next, changes]) => {
      const found = model.filled.get(space);
      const expected = guess === undefined ? (found?.coverage ?? 0) : guess;
      const moves = found !== undefined && same(found.coverage, expected);
      assert.equal(await store.move(space, expected, next, changes), moves);
      if (!moves) return;
      found.coverage = next;
      for (const change of changes)
        if ('state' in change) found.states.set(change.entity, change);
        else found.states.delete(change.entity);
    },
  ),
  labelled(
    fc.tuple(aSpace, fc.integer({ min: -4, max: 4 }), fc.integer({ min: 0, max: 4 })),
    'evict',
    async (store, model, [space, now, most]) => {
      const states = model.filled.get(space)?.states ?? new Map<string, Entry>();
      const due = [...states.values()]
        .filter(({ expires }) => expires !== undefined && expires <= now)
        .map(({ entity }) => entity);
      assert.equal(await store.evict(space, now, most), Math.min(most, due.length));
      // Which of them is the store's own choice.
      const [found] = await store.get([{ space, entities: due }]);
      const gone = due.filter((_, i) => found?.states[i] === undefined);
      assert.equal(gone.length, Math.min(most, due.length));
      for (const entity of gone) states.delete(entity);
    },
  ),
  labelled(aSpace, 'drop', async (store, model, space) => {
    await store.drop(space);
    model.filled.delete(space);
    model.half.delete(space);
  }),
  fc.constant(
    Object.assign(
      (async (store, _, open) => {
        await store.close();
        return open();
      }) as Deed,
      { [fc.toStringMethod]: () => 'reopen' },
    ),
  ),
);

function labelled<T>(
  given: fc.Arbitrary<T>,
  what: string,
  work: (store: OnlineStore, model: Model, given: T) => Promise<void>,
): fc.Arbitrary<Deed> {
  return given.map((of) =>
    Object.assign(
      (async (store, model) => {
        await work(store, model, of);
        return store;
      }) as Deed,
      { [fc.toStringMethod]: () => `${what} ${fc.stringify(of)}` },
    ),
  );
}

async function agree(store: OnlineStore, { filled, half }: Model): Promise<void> {
  assert.deepStrictEqual(
    (await store.spaces()).toSorted(),
    [...new Set([...filled.keys(), ...half])].toSorted(),
  );
  assert.deepStrictEqual(
    await store.get(spaces.map((space) => ({ space, entities }))),
    spaces.map((space) => ({
      coverage: filled.get(space)?.coverage,
      states: entities.map((entity) => {
        const state = filled.get(space)?.states.get(entity)?.state;
        return state === undefined ? undefined : (JSON.parse(JSON.stringify(state)) as StateValue);
      }),
    })),
  );
  for (const space of spaces)
    assert.deepStrictEqual(await store.coverage(space), filled.get(space)?.coverage);
}

/** A store is, after whatever is done to it, what a plain map would be. */
export function onlineModelHolds(
  placed: () => Promise<OnlinePlace>,
  withStore: (work: (store: OnlineStore) => Promise<void>) => Promise<void>,
): void {
  test('whatever is done, it is what a plain map would be', () =>
    withStore(() =>
      fc.assert(
        fc.asyncProperty(fc.array(aDeed, { maxLength: 25 }), async (deeds) => {
          const open = async () => openAt(await placed());
          const model: Model = { filled: new Map(), half: new Set() };
          let store = await open();
          try {
            for (const space of await store.spaces()) await store.drop(space);
            for (const deed of deeds) {
              store = await deed(store, model, open);
              await agree(store, model);
            }
          } finally {
            await store.close();
          }
        }),
        { numRuns: 60 },
      ),
    ));
}
