import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { blobStoreConforms } from './blob.conformance.ts';
import { openBlobFolder, openBlobs } from './index.ts';

const folder = mkdtempSync(join(tmpdir(), 'millrace-'));
after(() => rmSync(folder, { recursive: true }));

let places = 0;
blobStoreConforms('a folder', async () => {
  const path = join(folder, 'deep', `blobs ${places++}`);
  return {
    open: () => openBlobFolder(path),
    spoil: async (name, bytes) => writeFileSync(join(path, name), bytes),
    names: async () => readdirSync(path),
  };
});

test('MILLRACE_BLOBS names the place; what names none is refused, and not shown', async () => {
  const named = join(folder, 'named');
  await openBlobs(join(folder, 'unused'), { MILLRACE_BLOBS: named }).put(Buffer.from('abc'));
  assert.equal(readdirSync(named).length, 1);
  for (const address of [
    's3://',
    's3:///x',
    's3://b',
    's3://user:hidden@bucket/x',
    'gs://bucket/x',
    'https://h/hidden',
  ])
    assert.throws(
      () => openBlobs(folder, { MILLRACE_BLOBS: address }),
      (error: Error & { code: string }) => {
        assert.equal(error.code, 'MILL_BLOB_ADDRESS');
        return !error.message.includes('hidden');
      },
    );
});

test('what is stored again is as new: its age says that nobody is about to name it', async () => {
  const path = join(folder, 'old');
  const store = openBlobFolder(path);
  const name = await store.put(Buffer.from('a'));
  utimesSync(join(path, name), 0, 0);
  const before = Date.now() - 1_000;
  assert.equal(await store.put(Buffer.from('a')), name);
  assert.ok(statSync(join(path, name)).mtimeMs >= before);
});
