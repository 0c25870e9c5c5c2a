import assert from 'node:assert/strict';
import { join, normalize } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { artifactPath, ownNames } from './artifact-path.ts';
import { WireError } from './wire-error.ts';

test('plain paths, as they are said', () => {
  assert.deepEqual(artifactPath('0/run/artifacts/model/MLmodel'), [
    '0',
    'run',
    'artifacts',
    'model',
    'MLmodel',
  ]);
  assert.deepEqual(artifactPath('a/b/'), ['a', 'b']);
  assert.deepEqual(artifactPath(''), []);
  assert.deepEqual(artifactPath('100%.txt'), ['100%.txt']);
  assert.deepEqual(artifactPath('..a/b..c/ü 😀'), ['..a', 'b..c', 'ü 😀']);
  assert.deepEqual(ownNames('mlflow-artifacts:/3/models/m-1/artifacts'), ['3', 'models', 'm-1', 'artifacts']);
  for (const elsewhere of [
    's3://b/c',
    '/etc',
    'file:///etc',
    'mlflow-artifacts://other/3',
    'runs:/1',
    'http://x/y',
  ])
    assert.equal(ownNames(elsewhere), undefined, elsewhere);
});

test('every way out that is known is refused', () => {
  for (const path of [
    '..',
    '../x',
    'a/../../x',
    'a/..',
    './a',
    'a/./b',
    '/etc/passwd',
    '//etc/passwd',
    'a//b',
    '%2e%2e/x',
    '..%2fx',
    '%252e%252e%252fx',
    'a/%2e%2e%2f%2e%2e%2fx',
    '..\\x',
    'a\\..\\..\\x',
    '%5c..%5cx',
    'C:\\x',
    'c:/x',
    'file:///etc/passwd',
    'http://127.0.0.1/x',
    'a\u0000b',
    'a%00b',
    'a\nb',
    'x#y',
    `%${'25'.repeat(12)}2e`,
    'x'.repeat(300),
    'x/'.repeat(3_000),
  ])
    assert.throws(() => artifactPath(path), WireError, path.slice(0, 60));
});

test('any path is refused or stays below the root, also when it is unquoted again', () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.constantFrom(
          '.',
          '..',
          '/',
          '\\',
          '%2e',
          '%2f',
          '%25',
          '%5c',
          '%',
          'a',
          'b c',
          ':',
          '\u0000',
          '~',
          'ü',
        ),
        { maxLength: 10 },
      ),
      (pieces) => {
        let names: string[];
        try {
          names = artifactPath(pieces.join(''));
        } catch (error) {
          assert.ok(error instanceof WireError);
          return;
        }
        for (const form of [names.join('/'), tryUnquote(names.join('/'))]) {
          const full = normalize(join('/root', form));
          assert.ok(full === '/root' || full === '/root/' || full.startsWith('/root/'), form);
        }
      },
    ),
    { numRuns: 5_000 },
  );
});

function tryUnquote(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
