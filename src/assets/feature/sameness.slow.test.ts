import assert from 'node:assert/strict';
import test from 'node:test';
import { provesSameness } from './sameness.fixture.ts';

test('offline = online = oracle, to the bit, for 10,000 random histories and more', async (context) => {
  const answers = await provesSameness(500);
  context.diagnostic(`${answers} answers`);
  assert(answers > 100_000);
});
