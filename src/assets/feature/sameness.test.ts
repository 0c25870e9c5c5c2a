import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { openOnlineStore } from '../../store/online/index.ts';
import { provesSameness } from './sameness.fixture.ts';

// The law of Sameness: for every feature, entity and instant, value online = value offline = value of the oracle.
// 40 batches of 20 to 40 histories, each asked 4 to 10 times; the slow test has 10,000 histories and more, and test/services the same in Redis.

const folder = mkdtempSync(join(tmpdir(), 'millrace-'));
after(() => rmSync(folder, { recursive: true, force: true }));

test('offline = online = oracle, to the bit, for random histories', async (context) => {
  const answers = await provesSameness(40, () => openOnlineStore(folder, {}));
  context.diagnostic(`${answers} answers`);
  assert(answers > 10_000);
});
