import assert from 'node:assert/strict';
import { test } from 'node:test';
import { filesUnder, textOf } from './tree.ts';

const CATALOGUE = ['docs/reference/errors.md', ...filesUnder(['docs/reference/errors.d'], '.md')];

const sources = filesUnder(['src'], '.ts').filter(
  (file) => !/\.(test|oracle|fixture|arbitrary)\.ts$/.test(file),
);
const places = new Map<string, string>();
for (const file of sources) {
  for (const [code] of (textOf(file) ?? '').matchAll(/\bMILL_[A-Z0-9_]+\b(?<!_)/g)) places.set(code, file);
}
const sections = CATALOGUE.flatMap((file) =>
  [...(textOf(file) ?? '').matchAll(/^## (MILL_[A-Z0-9_]+)[^\n]*\n(?<text>(?:(?!^## )[^\n]*\n?)*)/gm)].map(
    (match) => ({
      code: match[1]!,
      text: match.groups?.['text']?.trim() ?? '',
      file,
    }),
  ),
);

test('every error code has its section', () => {
  const told = new Set(sections.map(({ code }) => code));
  const untold = [...places].filter(([code]) => !told.has(code)).map(([code, file]) => `${code} (${file})`);
  assert.deepEqual(untold.sort(), []);
});

test('every section is of a code that exists', () => {
  const gone = sections.filter(({ code }) => !places.has(code)).map(({ code, file }) => `${code} (${file})`);
  assert.deepEqual(gone.sort(), []);
});

test('every section stands once and says something', () => {
  const codes = sections.map(({ code }) => code);
  assert.deepEqual(
    codes.filter((code, i) => codes.indexOf(code) !== i),
    [],
    'twice',
  );
  assert.deepEqual(
    sections.filter(({ text }) => text.length < 40).map(({ code }) => code),
    [],
    'empty',
  );
});
