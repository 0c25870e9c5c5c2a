import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { MillraceError } from '../../base/index.ts';
import type { BlobStore } from './blob.port.ts';

/** A place for blobs, under the test's hand. */
export interface BlobPlace {
  /** Another store over the same place, as another process would open it. */
  open(): BlobStore;
  /** Writes bytes under a name past the store. */
  spoil(name: string, bytes: Uint8Array): Promise<void>;
  /** All that lies there, by name, also what the store should not have left. */
  names(): Promise<readonly string[]>;
}

const code = (wanted: string) => (error: unknown) => error instanceof MillraceError && error.code === wanted;
// SHA-256 of no bytes and of 'abc', from FIPS 180-2.
const EMPTY = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';
const ABC = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';

/** The suite of the blob port. `place` gives a new, empty place each time. */
export function blobStoreConforms(
  name: string,
  place: () => Promise<BlobPlace>,
  skip: string | false = false,
): void {
  describe(`blobs: ${name}`, { skip }, () => {
    test('a blob comes back under the SHA-256 of its bytes', async () => {
      const store = (await place()).open();
      assert.equal(await store.put(new Uint8Array()), EMPTY);
      assert.equal((await store.get(EMPTY)).length, 0);
      assert.equal(await store.put(Buffer.from('abc')), ABC);
      await fc.assert(
        fc.asyncProperty(fc.uint8Array({ maxLength: 5000 }), async (bytes) => {
          const name = await store.put(bytes);
          assert.ok(await store.has(name));
          assert.deepEqual(new Uint8Array(await store.get(name)), bytes);
        }),
        { numRuns: 30 },
      );
      const large = Buffer.alloc(9_000_001, 'large');
      assert.ok(large.equals(await store.get(await store.put(large))));
      await store.close();
    });

    test('what one has stored another one has; the same bytes at once are one blob, and nothing else stays behind', async () => {
      const { open, names } = await place();
      const stores = Array.from({ length: 8 }, open);
      const put = await Promise.all(stores.map((store) => store.put(Buffer.from('abc'))));
      assert.deepEqual(new Set(put), new Set([ABC]));
      assert.deepEqual(await names(), [ABC]);
      const other = open();
      assert.equal(String(await other.get(ABC)), 'abc');
      for (const store of [...stores, other]) await store.close();
    });

    test('a missing blob and a damaged one are told apart, and storing mends', async () => {
      const { open, spoil } = await place();
      const store = open();
      assert.equal(await store.has(ABC), false);
      await assert.rejects(store.get(ABC), code('MILL_BLOB_MISSING'));
      await store.put(Buffer.from('abc'));
      for (const bytes of ['abd', 'ab', '']) {
        await spoil(ABC, Buffer.from(bytes));
        await assert.rejects(store.get(ABC), code('MILL_BLOB_DAMAGED'));
      }
      await store.put(Buffer.from('abc'));
      assert.equal(String(await store.get(ABC)), 'abc');
      await store.close();
    });

    test('only a hash is a name', async () => {
      const store = (await place()).open();
      for (const name of ['', '../damaged', ABC.toUpperCase(), `${ABC}/..`, ABC.slice(1), `${ABC}\n`]) {
        await assert.rejects(store.get(name), code('MILL_BUG'));
        await assert.rejects(store.has(name), code('MILL_BUG'));
      }
      await store.close();
    });
  });
}
