import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { openOnlineStore } from '../../store/online/index.ts';
import { provesSameness } from './sameness.fixture.ts';

const folder = mkdtempSync(join(tmpdir(), 'millrace-'));
after(() => rmSync(folder, { recursive: true, force: true }));

test('offline = online = oracle, to the bit, for 10,000 random histories and more', async (context) => {
  const answers = await provesSameness(500, () => openOnlineStore(folder, {}));
  context.diagnostic(`${answers} answers`);
  assert(answers > 100_000);
});
