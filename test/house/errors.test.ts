import assert from 'node:assert/strict';
import { test } from 'node:test';
import { filesUnder, textOf } from './tree.ts';

const CATALOGUE = 'docs/reference/errors.md';

const sources = filesUnder(['src'], '.ts').filter(
  (file) => !/\.(test|oracle|fixture|arbitrary)\.ts$/.test(file),
);
const places = new Map<string, string>();
for (const file of sources) {
  for (const [code] of (textOf(file) ?? '').matchAll(/\bMILL_[A-Z0-9_]+\b(?<!_)/g)) places.set(code, file);
}
/** The sections of the catalogue, room by room: `## Room`, then `### MILL_CODE`. */
const rooms = (textOf(CATALOGUE) ?? '').split(/^## /m).slice(1);
const sections = rooms.flatMap((room) =>
  [...room.matchAll(/^### (\S+)\n(?<text>(?:(?!^### )[^\n]*\n?)*)/gm)].map((match) => ({
    room: room.split('\n')[0]!,
    code: match[1]!,
    text: match.groups?.['text']?.trim() ?? '',
  })),
);

test('every error code has its section', () => {
  const told = new Set(sections.map(({ code }) => code));
  const untold = [...places].filter(([code]) => !told.has(code)).map(([code, file]) => `${code} (${file})`);
  assert.deepEqual(untold.sort(), []);
});

test('every section is of a code that exists', () => {
  const gone = sections.filter(({ code }) => !places.has(code)).map(({ code }) => code);
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

test('the codes of a room are sorted, and there is one catalogue', () => {
  for (const [room, found] of Map.groupBy(sections, (section) => section.room)) {
    const codes = found.map(({ code }) => code);
    assert.deepEqual(codes, codes.toSorted(), room);
  }
  assert.deepEqual(filesUnder(['docs/reference/errors.d'], '.md'), [], `merge these into ${CATALOGUE}`);
});
