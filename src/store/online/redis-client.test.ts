import assert from 'node:assert/strict';
import { test } from 'node:test';
import { driver } from './redis-client.ts';

test('without the package it is said how to install it', async () => {
  const missing = async () => {
    throw Object.assign(new Error('Cannot find package'), { code: 'ERR_MODULE_NOT_FOUND' });
  };
  await assert.rejects(driver(missing), {
    code: 'MILL_ONLINE_PACKAGE_MISSING',
    message: /npm install @redis\/client/,
  });
});

test('the package has what is used of it', async () => {
  const { createClient, ErrorReply } = await driver();
  assert.equal(typeof createClient, 'function');
  assert.ok(new ErrorReply() instanceof Error);
});
