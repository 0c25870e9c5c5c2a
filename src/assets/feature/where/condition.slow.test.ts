import assert from 'node:assert/strict';
import test from 'node:test';
import { provesOneVerdict } from './condition.fixture.ts';

test('SQL and JavaScript take the same rows, for 1,000,000 random cases', async () => {
  assert.ok((await provesOneVerdict(3_000)) > 1_000_000);
});
