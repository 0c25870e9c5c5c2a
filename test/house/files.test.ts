import assert from 'node:assert/strict';
import { basename, dirname, join, relative } from 'node:path';
import { test } from 'node:test';
import { filesUnder, root, textOf } from './tree.ts';

const LONG = 400;
const FOLDERS = ['src', 'test', 'examples', 'bench', 'scripts'];
const ours = ['.ts', '.tsx', '.mjs'].flatMap((ending) => filesUnder(FOLDERS, ending));

test('the source is found', () => assert.ok(ours.includes('src/base/problem.ts'), 'src/base/problem.ts'));

test('no file name says nothing', () => {
  const banned = new Set(['util', 'utils', 'helper', 'helpers', 'common', 'manager', 'misc']);
  const vague = (file: string) =>
    basename(file) === 'types.ts' || file.split(/[/.-]/).some((word) => banned.has(word));
  assert.deepEqual(ours.filter(vague), []);
});

test('long files are shown', (t) => {
  const lines = (file: string) => textOf(file)?.trimEnd().split('\n').length ?? 0;
  const long = ours.map((file) => ({ file, lines: lines(file) })).filter((entry) => entry.lines > LONG);
  for (const { file, lines } of long.sort((a, b) => b.lines - a.lines)) {
    t.diagnostic(`${file} has ${lines} lines: is there a second concept in it?`);
  }
});

test('every oracle is used by a test', () => {
  const used = new Set(
    ours
      .filter((file) => /\.(test|conformance|fixture)\.ts$/.test(file))
      .flatMap((file) =>
        relativeImports(file).map((target) => join(dirname(file), target).replaceAll('\\', '/')),
      ),
  );
  const oracles = ours.filter((file) => file.endsWith('.oracle.ts'));
  assert.deepEqual(
    oracles.filter(
      (file) => !used.has(file) && !oracles.some((other) => importsOf(other).includes(basename(file))),
    ),
    [],
  );
});

test('no file of ours names a path of one machine', () => {
  const self = relative(root, import.meta.filename).replaceAll('\\', '/');
  const paths = /(?<![\w.~-])\/(home|Users|work|root)\/[\w.-]+/;
  const found = ours.filter((file) => file !== self && paths.test(textOf(file) ?? ''));
  assert.deepEqual(found, []);
});

function relativeImports(file: string): string[] {
  return [...(textOf(file) ?? '').matchAll(/(?:from|import)\s*\(?\s*'(\.[^']+)'/g)].map((match) => match[1]!);
}

function importsOf(file: string): string[] {
  return relativeImports(file).map((target) => basename(target));
}
