import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { OnlineStore, StateValue } from './online.port.ts';

/** What every online store must do. `open` gives a store over the same, at first empty, place each time. */
export function onlineStoreConforms(name: string, open: () => Promise<OnlineStore>): void {
  const withStore = async (work: (store: OnlineStore) => Promise<void>) => {
    const store = await open();
    try {
      for (const space of store.spaces()) await store.drop(space);
      await work(store);
    } finally {
      await store.close();
    }
  };

  test(`${name}: any state of any entity comes back as it was`, () =>
    withStore(async (store) => {
      const anEntity = fc.oneof(
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
          'a'.repeat(400),
          '€'.repeat(400),
        ),
        fc
          .tuple(fc.constantFrom('x', '€', '\u0001', '😀'), fc.integer({ min: 300, max: 3000 }))
          .map(([c, n]) => c.repeat(n)),
      );
      const aState = fc.jsonValue({ noUnicodeString: false } as object) as fc.Arbitrary<StateValue>;
      let n = 0;
      await fc.assert(
        fc.asyncProperty(
          fc.uniqueArray(fc.tuple(anEntity, aState), { selector: ([entity]) => entity }),
          async (pairs) => {
            const space = `space ${n++ % 3}`;
            assert.equal(await store.fill(space, stream(pairs)), pairs.length);
            const plain = pairs.map(([, state]) => JSON.parse(JSON.stringify(state)) as StateValue);
            assert.deepStrictEqual(
              store.get(
                space,
                pairs.map(([entity]) => entity),
              ),
              plain,
            );
          },
        ),
        { numRuns: 60 },
      );
    }));

  test(`${name}: a space is whole or absent, and apart from the others`, () =>
    withStore(async (store) => {
      assert.equal(store.has('a'), false);
      assert.deepStrictEqual(store.spaces(), []);
      await store.fill(
        'a',
        stream([
          ['x', 1],
          ['y', 2],
        ]),
      );
      await store.fill('ab', stream([['x', 3]]));
      await store.fill('', stream([['x', 4]]));
      assert.deepStrictEqual(store.get('a', ['y', 'z', 'x', 'y']), [2, undefined, 1, 2]);
      assert.deepStrictEqual(store.get('ab', ['x', 'y']), [3, undefined]);
      assert.deepStrictEqual(store.spaces().toSorted(), ['', 'a', 'ab']);
      await store.drop('a');
      assert.equal(store.has('a'), false);
      assert.deepStrictEqual(store.get('a', ['x']), [undefined]);
      assert.deepStrictEqual(store.get('ab', ['x']), [3]);
      assert.deepStrictEqual(store.get('', ['x']), [4]);
      await store.drop('never was');
    }));

  test(`${name}: filling again starts from nothing; a filling that is cut off leaves no whole space`, () =>
    withStore(async (store) => {
      await store.fill('a', stream(Array.from({ length: 2500 }, (_, i) => [`old ${i}`, i] as const)));
      assert.equal(store.has('a'), true);
      const cut = (async function* () {
        for (let i = 0; i < 1500; i++) yield [`half ${i}`, i] as const;
        assert.equal(store.has('a'), false);
        throw new Error('cut off');
      })();
      await assert.rejects(store.fill('a', cut), { message: 'cut off' });
      assert.equal(store.has('a'), false);
      assert.deepStrictEqual(store.spaces(), ['a']);
      assert.equal(await store.fill('a', stream([['new', 1]])), 1);
      assert.equal(store.has('a'), true);
      assert.deepStrictEqual(store.get('a', ['old 7', 'half 7', 'new']), [undefined, undefined, 1]);
    }));

  test(`${name}: what was filled is there after opening again`, () =>
    withStore(async (store) => {
      await store.fill('kept', stream([['x', [1, null, 'a']]]));
      const other = await open();
      assert.equal(other.has('kept'), true);
      assert.deepStrictEqual(other.get('kept', ['x']), [[1, null, 'a']]);
      await other.close();
    }));
}

async function* stream(pairs: Iterable<readonly [string, StateValue]>) {
  yield* pairs;
}
