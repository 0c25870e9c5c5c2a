import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import fc from 'fast-check';
import colors from 'picocolors';
import { counted } from '../base/index.ts';
import { cut, plain, tabulate } from './plain-text.ts';

test('nothing from a file can steer the terminal', () => {
  assert.equal(plain('a\u001b[2Jb'), 'a\\u001b[2Jb');
  assert.equal(plain('rtl\u202etxt'), 'rtl\\u202etxt');
  assert.equal(plain('one\ntwo'), 'one\\ntwo');
  assert.equal(plain('one\ntwo\r', { lines: true }), 'one\ntwo\\u000d');
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      assert.equal(stripVTControlCharacters(plain(text)), plain(text));
      assert.doesNotMatch(plain(text), /\p{Cc}/u);
    }),
  );
});

test('columns stand below each other, coloured or not', () => {
  const { red } = colors.createColors(true);
  const rows = [
    ['a', '1', 'x'],
    [red('long'), '1,000', ''],
    ['ü', '20', 'y'],
  ];
  const lines = tabulate(rows, [1]);
  assert.deepEqual(lines.map(stripVTControlCharacters), ['a         1  x', 'long  1,000', 'ü        20  y']);
  assert.ok(lines[1]?.includes(red('long')));
});

test('a text is cut to a width, between letters', () => {
  assert.equal(cut('abc', 3), 'abc');
  assert.equal(cut('abcd', 3), 'ab…');
  assert.equal(cut('🦆🦆🦆', 2), '🦆…');
  assert.equal(cut('abc', Number.POSITIVE_INFINITY), 'abc');
});

test('nouns count', () =>
  assert.deepEqual([counted(1, 'row'), counted(1200, 'row')], ['1 row', '1,200 rows']));
