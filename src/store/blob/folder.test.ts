import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import fc from 'fast-check';
import { MillraceError } from '../../base/index.ts';
import { openBlobFolder } from './index.ts';

const folder = mkdtempSync(join(tmpdir(), 'millrace-'));
after(() => rmSync(folder, { recursive: true }));

const code = (wanted: string) => (error: unknown) => error instanceof MillraceError && error.code === wanted;
// SHA-256 of no bytes and of 'abc', from FIPS 180-2.
const EMPTY = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';
const ABC = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';

test('a blob comes back under the SHA-256 of its bytes', async () => {
  const store = openBlobFolder(join(folder, 'deep', 'blobs'));
  assert.equal(await store.put(new Uint8Array()), EMPTY);
  assert.equal(await store.put(Buffer.from('abc')), ABC);
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 5000 }), async (bytes) => {
      const name = await store.put(bytes);
      assert.ok(await store.has(name));
      assert.deepEqual(new Uint8Array(await store.get(name)), bytes);
    }),
    { numRuns: 30 },
  );
});

test('the same bytes at once are one file, and nothing hidden stays behind', async () => {
  const path = join(folder, 'once');
  const names = await Promise.all(
    Array.from({ length: 8 }, () => openBlobFolder(path).put(Buffer.from('abc'))),
  );
  assert.deepEqual(new Set(names), new Set([ABC]));
  assert.deepEqual(readdirSync(path), [ABC]);
});

test('a missing blob and a damaged one are told apart, and storing mends', async () => {
  const path = join(folder, 'damaged');
  const store = openBlobFolder(path);
  assert.equal(await store.has(ABC), false);
  await assert.rejects(store.get(ABC), code('MILL_BLOB_MISSING'));
  writeFileSync(join(path, ABC), 'abd');
  await assert.rejects(store.get(ABC), code('MILL_BLOB_DAMAGED'));
  await store.put(Buffer.from('abc'));
  assert.equal(String(await store.get(ABC)), 'abc');
});

test('only a hash is a name', async () => {
  const store = openBlobFolder(join(folder, 'names'));
  for (const name of ['', '../damaged', ABC.toUpperCase(), `${ABC}/..`, ABC.slice(1), `${ABC}\n`]) {
    await assert.rejects(store.get(name), code('MILL_BUG'));
    await assert.rejects(store.has(name), code('MILL_BUG'));
  }
});
