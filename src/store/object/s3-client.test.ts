import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MillraceError } from '../../base/index.ts';
import { openS3, s3Address } from './index.ts';
import { s3Package, s3Settings } from './s3-client.ts';

// What needs no server. What does is in test/services/s3.test.ts.

const pair = { AWS_ACCESS_KEY_ID: 'KEY', AWS_SECRET_ACCESS_KEY: 'hidden' };

test('the environment says who asks and where', () => {
  const credentials = { accessKeyId: 'KEY', secretAccessKey: 'hidden' };
  assert.deepEqual(s3Settings(pair), { region: 'us-east-1', credentials });
  assert.deepEqual(
    s3Settings({
      ...pair,
      AWS_SESSION_TOKEN: 'token',
      AWS_REGION: 'eu-west-1',
      AWS_DEFAULT_REGION: 'x',
      AWS_ENDPOINT_URL: 'http://all:1',
      AWS_ENDPOINT_URL_S3: 'http://s3:2',
    }),
    { region: 'eu-west-1', endpoint: 'http://s3:2', credentials: { ...credentials, sessionToken: 'token' } },
  );
  assert.deepEqual(
    s3Settings({ AWS_PROFILE: 'me', AWS_DEFAULT_REGION: 'x', AWS_ENDPOINT_URL: 'https://all' }),
    {
      region: 'x',
      endpoint: 'https://all',
    },
  );
});

test('what the environment leaves out or has wrong is told by name, without its value', async () => {
  const told = (env: Record<string, string>) => {
    try {
      s3Settings(env);
      return 'sound';
    } catch (error) {
      assert.doesNotMatch((error as Error).message, /hidden/);
      return `${(error as MillraceError).code} ${/AWS_\w+/.exec((error as Error).message)?.[0]}`;
    }
  };
  assert.equal(told({}), 'MILL_SECRET_MISSING AWS_ACCESS_KEY_ID');
  assert.equal(told({ AWS_ACCESS_KEY_ID: 'KEY' }), 'MILL_SECRET_MISSING AWS_SECRET_ACCESS_KEY');
  assert.equal(told({ ...pair, AWS_ACCESS_KEY_ID: '' }), 'MILL_SECRET_MISSING AWS_ACCESS_KEY_ID');
  for (const url of ['hidden', 'ftp://hidden', 'http://hidden@h', 'http://u:hidden@h'])
    assert.equal(told({ ...pair, AWS_ENDPOINT_URL_S3: url }), 'MILL_CONNECTOR_INVALID AWS_ENDPOINT_URL_S3');
  await assert.rejects(openS3('bucket', {}).put('key', Buffer.from('x')), { code: 'MILL_SECRET_MISSING' });
});

test('without the package it is said how to install it; another fault of it is not hidden', async () => {
  const failing = (code: string) => () => Promise.reject(Object.assign(new Error('no'), { code }));
  await assert.rejects(s3Package(failing('ERR_MODULE_NOT_FOUND')), {
    message:
      /npm package @aws-sdk\/client-s3.*`npm install @aws-sdk\/client-s3`.*MILL_CONNECTOR_PACKAGE_MISSING/,
  });
  await assert.rejects(s3Package(failing('ERR_DLOPEN_FAILED')), { message: 'no' });
});

test('an address of S3 is a bucket and a key', () => {
  assert.deepEqual(s3Address('s3://bucket/in/*.csv'), { bucket: 'bucket', key: 'in/*.csv' });
  assert.deepEqual(s3Address('S3://my.bucket-1'), { bucket: 'my.bucket-1', key: '' });
  for (const other of [
    's3:/bucket/x',
    's3://ab',
    's3://-ab/x',
    's3://u@bucket/x',
    's3://bucket?x',
    'https://bucket/x',
  ])
    assert.equal(s3Address(other), undefined, other);
});
