import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { sha256 } from '../../base/index.ts';
import { openSpool } from './spool.ts';

const folder = mkdtempSync(join(tmpdir(), 'millrace-'));
after(() => rmSync(folder, { recursive: true }));

test('lines become files of bounded size with their hashes', async () => {
  const spool = openSpool('from', (n) => join(folder, `${n}.jsonl`), 20);
  await spool.write([]);
  await spool.write(['{"a":1}', '{"a":"ü"}']);
  await spool.write(['{"a":2}']);
  await spool.write(['{"a":3}']);
  const deliveries = await spool.end();
  const texts = deliveries.map(({ found }) => readFileSync(found.absolute, 'utf8'));
  assert.deepEqual(texts, ['{"a":1}\n{"a":"ü"}\n{"a":2}\n', '{"a":3}\n']);
  for (const [i, { found, hash }] of deliveries.entries()) {
    assert.deepEqual([found.path, found.bytes], ['from', statSync(found.absolute).size]);
    assert.equal(hash, sha256(texts[i] as string));
  }
  await spool.abandon();
});

// A device that is always full: a stream without a listener took the process down here.
test('a full disk is thrown to the one who writes', { skip: process.platform !== 'linux' }, async () => {
  const spool = openSpool('from', () => '/dev/full');
  await assert.rejects(spool.write(['{"a":1}']), { code: 'ENOSPC' });
  await spool.abandon();
});
