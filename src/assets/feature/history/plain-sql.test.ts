import assert from 'node:assert/strict';
import test from 'node:test';
import { provesPlainSql } from '../sameness.fixture.ts';

test('the readable SQL says the same', async () => {
  assert((await provesPlainSql(20)) > 1_000);
});
