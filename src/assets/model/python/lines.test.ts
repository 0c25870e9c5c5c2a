import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { lineFeed } from './lines.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

function fed(...pieces: readonly (string | Uint8Array)[]): { said: string[]; last: readonly string[] } {
  const said: string[] = [];
  const feed = lineFeed((line) => said.push(line));
  const stream = feed.stream();
  for (const piece of pieces) stream.write(typeof piece === 'string' ? bytes(piece) : piece);
  stream.end();
  feed.end();
  return { said, last: feed.last() };
}

test('lines are the same in whatever pieces they come', () => {
  const line = fc
    .string({ unit: 'grapheme', maxLength: 20 })
    .map((text) => text.replace(/[\r\n]/g, '').trimEnd());
  fc.assert(
    fc.property(
      fc.array(line, { maxLength: 30 }),
      fc.array(fc.nat(400), { maxLength: 10 }),
      (lines, cuts) => {
        const whole = bytes(lines.join('\n'));
        const at = [0, ...cuts.map((cut) => Math.min(cut, whole.length)).sort((a, b) => a - b), whole.length];
        const pieces = at.slice(1).map((end, i) => whole.subarray(at[i], end));
        assert.deepEqual(
          fed(...pieces).said,
          lines.filter((text) => text !== ''),
        );
      },
    ),
  );
});

test('a flood is cut: its beginning, how much is left out, and its end', () => {
  const { said, last } = fed(...Array.from({ length: 5_000 }, (_, i) => `line ${i}\n`));
  assert.equal(said[0], 'line 0');
  assert.equal(said.at(-1), 'line 4999');
  assert.ok(said.length < 500, String(said.length));
  assert.match(said[400] ?? '', /^… 4,560 lines are left out \(\d+,\d+ characters/);
  assert.equal(last.length, 40);
});

test('a line of millions of characters is cut', () => {
  const { said } = fed(...Array.from({ length: 1_000 }, () => 'x'.repeat(10_000)), '\nend\n');
  assert.deepEqual(
    said.map((line) => line.length),
    [1_002, 3],
  );
});

test('of a bar that is drawn over itself the last state is kept', () => {
  assert.deepEqual(fed('10 %\r20 %\r', '100 %\ndone\r\n').said, ['100 %', 'done']);
});
