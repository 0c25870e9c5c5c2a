import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import fc from 'fast-check';
import { type OnlinePlace, openAt, SPACE, stream } from './online.fixture.ts';
import type { Entry, OnlineStore, StateValue } from './online.port.ts';
import { onlineModelHolds } from './online-model.conformance.ts';
import { onlineProcessesAgree } from './online-processes.conformance.ts';

/** What every online store must do. `find` makes a place that is empty, once. */
export function onlineStoreConforms(
  name: string,
  find: () => Promise<OnlinePlace & { close?(): Promise<void> }>,
  skip: string | false = false,
): void {
  describe(`${name}, as an online store`, { skip }, () => {
    let made: ReturnType<typeof find> | undefined;
    const placed = () => {
      made ??= find();
      return made;
    };
    after(async () => (await made)?.close?.());
    const withStore = async (work: (store: OnlineStore, place: OnlinePlace) => Promise<void>) => {
      const place = await placed();
      const store = await openAt(place);
      try {
        for (const space of await store.spaces()) await store.drop(space);
        await work(store, place);
      } finally {
        await store.close();
      }
    };

    test('any state of any entity comes back as it was', () =>
      withStore(async (store) => {
        let n = 0;
        await fc.assert(
          fc.asyncProperty(
            aName,
            aState,
            fc.uniqueArray(fc.tuple(aName, aState), { selector: ([entity]) => entity }),
            async (word, coverage, pairs) => {
              const space = `${word} ${n++ % 3}`;
              const entries = pairs.map(([entity, state]) => ({ entity, state }));
              assert.equal(await store.fill(space, coverage, stream(entries)), pairs.length);
              const entities = pairs.map(([entity]) => entity);
              const states = pairs.map(([, state]) => plain(state));
              assert.deepStrictEqual(await store.get([{ space, entities }]), [
                { coverage: plain(coverage), states },
              ]);
              assert.deepStrictEqual(await store.spaces(), [space]);
              await store.drop(space);
            },
          ),
          { numRuns: 60 },
        );
      }));

    onlineModelHolds(placed, withStore);
    onlineProcessesAgree(withStore);

    test('several spaces in one look, each apart from the others, in the order of the ask', () =>
      withStore(async (store) => {
        const states = (...all: [string, StateValue][]) =>
          stream(all.map(([entity, state]) => ({ entity, state })));
        await store.fill('a', 'A', states(['x', 1], ['y', 2]));
        await store.fill('ab', null, states(['x', 3]));
        await store.fill('', { of: ['nothing'] }, states(['x', 4]));
        await store.fill('empty', 0, states());
        const ask = (space: string, ...entities: string[]) => ({ space, entities });
        assert.deepStrictEqual(
          await store.get([
            ask('a', 'y', 'z', 'x', 'y'),
            ask('nowhere', 'x', 'y'),
            ask('ab', 'x', 'y'),
            ask('', 'x'),
            ask('empty', 'x'),
            ask('a'),
          ]),
          [
            { coverage: 'A', states: [2, undefined, 1, 2] },
            { coverage: undefined, states: [undefined, undefined] },
            { coverage: null, states: [3, undefined] },
            { coverage: { of: ['nothing'] }, states: [4] },
            { coverage: 0, states: [undefined] },
            { coverage: 'A', states: [] },
          ],
        );
        assert.deepStrictEqual(await store.get([]), []);
        await store.drop('a');
        await store.drop('never was');
        assert.equal(await store.coverage('a'), undefined);
        assert.deepStrictEqual(await store.get([ask('a', 'x'), ask('ab', 'x')]), [
          { coverage: undefined, states: [undefined] },
          { coverage: null, states: [3] },
        ]);
        assert.deepStrictEqual((await store.spaces()).toSorted(), ['', 'ab', 'empty']);
      }));

    test('while a space is filled anew it is what it was; a filling that is cut off changes nothing', () =>
      withStore(async (store) => {
        const before = Array.from({ length: 2500 }, (_, i) => ({ entity: `old ${i}`, state: i }));
        await store.fill(SPACE, 'old', stream(before));
        const asOld = async () =>
          assert.deepStrictEqual(await store.get([{ space: SPACE, entities: ['old 7', 'half 7'] }]), [
            { coverage: 'old', states: [7, undefined] },
          ]);
        const cut = async function* (look?: () => Promise<void>): AsyncGenerator<Entry> {
          for (let i = 0; i < 2500; i++) yield { entity: `half ${i}`, state: i };
          await look?.();
          throw new Error('cut off');
        };
        await assert.rejects(store.fill(SPACE, 'half', cut(asOld)), { message: 'cut off' });
        await asOld();
        assert.equal(await store.fill(SPACE, 'new', stream([{ entity: 'new', state: 1 }])), 1);
        assert.deepStrictEqual(await store.get([{ space: SPACE, entities: ['old 7', 'half 7', 'new'] }]), [
          { coverage: 'new', states: [undefined, undefined, 1] },
        ]);
        await assert.rejects(store.fill('only half', 0, cut()), { message: 'cut off' });
        assert.equal(await store.coverage('only half'), undefined);
        assert.equal(await store.move('only half', 0, 1, []), false);
        assert.deepStrictEqual((await store.spaces()).toSorted(), ['only half', SPACE]);
        await store.drop('only half');
        assert.deepStrictEqual(await store.spaces(), [SPACE]);
      }));

    for (const by of ['filling', 'dropping'] as const)
      test(`a filling that ${by} overtakes gives up and leaves nothing`, () =>
        withStore(async (store, place) => {
          const other = await openAt(place);
          try {
            const slow = async function* (): AsyncGenerator<Entry> {
              for (let i = 0; i < 1500; i++) yield { entity: `slow ${i}`, state: i };
              if (by === 'filling') await other.fill(SPACE, 'quick', stream([{ entity: 'x', state: 1 }]));
              else await other.drop(SPACE);
              for (let i = 1500; i < 9000; i++) yield { entity: `slow ${i}`, state: i };
            };
            await assert.rejects(store.fill(SPACE, 'slow', slow()), {
              code: 'MILL_ONLINE_WRITE_FAILED',
              message: /another process/,
            });
            const [found] = await store.get([{ space: SPACE, entities: ['x', 'slow 1', 'slow 8999'] }]);
            if (by === 'filling')
              assert.deepStrictEqual(found, { coverage: 'quick', states: [1, undefined, undefined] });
            else assert.equal(found?.coverage, undefined);
            assert.deepStrictEqual(await store.spaces(), by === 'filling' ? [SPACE] : []);
          } finally {
            await other.close();
          }
        }));

    test('a move of very many is one move', () =>
      withStore(async (store) => {
        const many = Array.from({ length: 120_001 }, (_, i) => `e${i}`);
        const at = (n: number) => many.map((entity) => ({ entity, state: n }));
        await store.fill(SPACE, 0, stream(at(0)));
        const look = async () => {
          const [found] = await store.get([{ space: SPACE, entities: many }]);
          return [found?.coverage, ...new Set(found?.states)];
        };
        assert.equal(await store.move(SPACE, 7, 8, at(8)), false);
        assert.deepStrictEqual(await look(), [0, 0]);
        assert.equal(await store.move(SPACE, 0, 1, at(1)), true);
        assert.deepStrictEqual(await look(), [1, 1]);
        const gone = many.map((entity) => ({ entity }));
        assert.equal(await store.move(SPACE, 1, 2, gone), true);
        assert.deepStrictEqual(await look(), [2, undefined]);
      }));

    test('a state goes when it has expired, the earliest of them first, and not when it was put anew for longer', () =>
      withStore(async (store) => {
        const entries: Entry[] = [
          { entity: 'never', state: 0 },
          { entity: 'before 1970', state: 1, expires: -5_000_000 },
          { entity: 'soon', state: 2, expires: 1_000 },
          { entity: 'later', state: 3, expires: 1_900_000_000_000_001 },
          { entity: 'longer', state: 4, expires: 500 },
          { entity: 'for ever', state: 5, expires: 500 },
          { entity: 'removed', state: 6, expires: 500 },
        ];
        const entities = entries.map(({ entity }) => entity);
        const look = async () => (await store.get([{ space: SPACE, entities }]))[0]?.states;
        assert.equal(await store.evict(SPACE, 10, 10), 0);
        await store.fill(SPACE, 0, stream(entries));
        await store.move(SPACE, 0, 1, [
          { entity: 'longer', state: 4, expires: 5_000 },
          { entity: 'for ever', state: 5 },
          { entity: 'removed' },
        ]);
        assert.equal(await store.evict(SPACE, -5_000_001, 10), 0);
        assert.equal(await store.evict(SPACE, 1_000, 1), 1);
        assert.deepStrictEqual(await look(), [0, undefined, 2, 3, 4, 5, undefined]);
        assert.equal(await store.evict(SPACE, 1_000, 10), 1);
        assert.equal(await store.evict(SPACE, 1_900_000_000_000_000, 10), 1);
        assert.deepStrictEqual(await look(), [0, undefined, undefined, 3, undefined, 5, undefined]);
        assert.equal(await store.evict(SPACE, 1_900_000_000_000_001, 0), 0);
        assert.equal(await store.evict(SPACE, 1_900_000_000_000_001, 10), 1);
        assert.equal(await store.coverage(SPACE), 1);
        const many = Array.from({ length: 12_000 }, (_, i) => ({ entity: `${i}`, state: i, expires: i }));
        await store.fill(SPACE, 2, stream(many));
        assert.equal(await store.evict(SPACE, 11_998, 11_000), 11_000);
        assert.equal(await store.evict(SPACE, 11_998, 11_000), 999);
        assert.deepStrictEqual(await store.get([{ space: SPACE, entities: ['0', '11998', '11999'] }]), [
          { coverage: 2, states: [undefined, undefined, 11_999] },
        ]);
      }));

    test('a server that is down is told as such, and after its return all goes on', async (t) => {
      const { server } = await placed();
      if (server === undefined) return t.skip('no server behind it');
      await withStore(async (store) => {
        const down = { code: 'MILL_ONLINE_UNREACHABLE', problems: [] };
        const unreachable = (error: unknown): boolean => {
          const { problems } = error as { problems: { code: string; retry?: boolean }[] };
          assert.deepStrictEqual(
            problems.map(({ code, retry }) => [code, retry]),
            [[down.code, true]],
          );
          return true;
        };
        await store.fill(SPACE, 1, stream([{ entity: 'x', state: 1 }]));
        await server.stop();
        await assert.rejects(store.get([{ space: SPACE, entities: ['x'] }]), unreachable);
        await assert.rejects(store.coverage(SPACE), unreachable);
        await assert.rejects(store.move(SPACE, 1, 2, []), unreachable);
        await assert.rejects(store.fill(SPACE, 2, stream([])), unreachable);
        await assert.rejects(store.evict(SPACE, 0, 1), unreachable);
        await assert.rejects(store.drop(SPACE), unreachable);
        await assert.rejects(store.spaces(), unreachable);
        await server.start();
        await back(store);
        // Whether the server remembers is a matter of its settings; what it holds is whole.
        await store.fill(SPACE, 3, stream([{ entity: 'x', state: 3 }]));
        assert.equal(await store.move(SPACE, 3, 4, [{ entity: 'x', state: 4 }]), true);
        const filling = store.fill(
          SPACE,
          5,
          (async function* () {
            for (let i = 0; i < 3000; i++) yield { entity: `e${i}`, state: i };
            await server.stop();
            for (let i = 0; i < 3000; i++) yield { entity: `e${i}`, state: i };
          })(),
        );
        await assert.rejects(filling, unreachable);
        await server.start();
        await back(store);
        await store.fill(SPACE, 6, stream([{ entity: 'x', state: 6 }]));
        assert.deepStrictEqual(await store.get([{ space: SPACE, entities: ['x', 'e1'] }]), [
          { coverage: 6, states: [6, undefined] },
        ]);
      });
    });
  });
}

/** Until a server that was down is reached again by reads and writes. */
async function back(store: OnlineStore): Promise<void> {
  for (let i = 0; ; i++) {
    try {
      await store.spaces();
      await store.evict(SPACE, 0, 0);
      await store.evict(SPACE, -1e15, 1);
      return;
    } catch (error) {
      if (i === 50) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

const plain = (value: StateValue): StateValue => JSON.parse(JSON.stringify(value)) as StateValue;

const aName = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom(
    '',
    '\0',
    '\0\0',
    '\u0001',
    'a\0b',
    '\ud800',
    '\ufffd',
    '__proto__',
    '!coverage',
    '"it\'s"',
    '{}',
    'a'.repeat(400),
    '€'.repeat(400),
    'x'.repeat(10_240),
  ),
  fc
    .tuple(fc.constantFrom('x', '€', '\u0001', '😀'), fc.integer({ min: 300, max: 3000 }))
    .map(([c, n]) => c.repeat(n)),
);
const aState = fc.oneof(
  fc.jsonValue({ stringUnit: 'binary' }) as fc.Arbitrary<StateValue>,
  fc.constantFrom<StateValue>('\ud800', '\0', { '"': '\udfff😀' }),
);
