import assert from 'node:assert/strict';
import { test } from 'node:test';
import { env, reveal, withoutSecrets } from './secret.ts';

test('a secret is its name until it is revealed', () => {
  const secret = env('X', { before: 'Bearer ' });
  assert.deepEqual(secret, { env: 'X', before: 'Bearer ' });
  assert.equal(reveal(secret, { X: 'y' }), 'Bearer y');
  assert.equal(reveal('plain', {}), 'plain');
  for (const unset of [{}, { X: '' }])
    assert.throws(() => reveal(secret, unset), { code: 'MILL_SECRET_MISSING' });
});

test('messages lose secrets, the longest first', () => {
  assert.equal(withoutSecrets('a abcd abcdef b', ['abcd', 'abcdef', 'a']), 'a *** *** b');
});
