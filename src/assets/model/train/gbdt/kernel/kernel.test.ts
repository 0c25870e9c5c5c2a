import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { randomStream } from '../../random.ts';
import { BIN_STRIDE } from '../histogram.ts';
import { sharedSpace } from '../shared-space.ts';
import type { Kernel } from './kernel.ts';
import { plainKernel } from './plain-kernel.ts';
import type { Memory } from './wasm.ts';
import { wasmKernel } from './wasm-kernel.ts';

const ROWS = 300;

/** A training's arrays, filled by chance. What is not meant to be written is compared too. */
function arrays(seed: number) {
  const random = randomStream(seed);
  const space = sharedSpace();
  const given = {
    histogram: space.floats(5 * 256 * BIN_STRIDE),
    words: space.words(ROWS),
    rows: space.ints(ROWS),
    spare: space.ints(ROWS),
    codes: space.bytes(ROWS),
    goesLeft: space.bytes(256),
    first: space.floats(ROWS),
    second: space.floats(ROWS),
    ownFirst: space.floats(ROWS),
    ownSecond: space.floats(ROWS),
  };
  const { histogram, words, rows, codes, goesLeft, first, second } = given;
  for (let i = 0; i < ROWS; i++) {
    words[i] = Math.floor(random() * 2 ** 32);
    rows[i] = 1 + Math.floor(random() * (ROWS - 1));
    codes[i] = Math.floor(random() * 256);
    first[i] = (random() - 0.5) * 10 ** Math.floor(40 * random() - 20);
    second[i] = random();
  }
  for (let i = 0; i < 256; i++) goesLeft[i] = Math.floor(2 * random());
  for (let i = 0; i < histogram.length; i++) histogram[i] = random();
  return { ...given, memory: space.memory! };
}

/** All that lies in a memory. */
const bytesOf = ({ buffer }: Memory): Buffer => Buffer.from(new Uint8Array(buffer));

const column = fc.integer({ min: 0, max: 4 });
const row = fc.integer({ min: 0, max: ROWS });

test('the kernel leaves what its twin leaves, to the bit', () => {
  fc.assert(
    fc.property(fc.nat(), fc.tuple(column, column, column, column), row, row, (seed, columns, i, j) => {
      // Columns may fall together: those that nobody asked for go to one spare place.
      const [a, b, c, d] = columns.map((k) => k * 256 * BIN_STRIDE) as [number, number, number, number];
      const [from, to] = [Math.min(i, j), Math.max(i, j)];
      const shifts = [8 * (seed & 3), 8 * ((seed >>> 2) & 3)] as const;
      type Given = ReturnType<typeof arrays>;
      const calls: Record<keyof Kernel, (kernel: Kernel, given: Given) => unknown> = {
        addFour: (kernel, { histogram, words, rows, first, second }) =>
          kernel.addFour(histogram, a, b, c, d, words, rows, from, to, first, second),
        addFourFirst: (kernel, { histogram, words, rows, first }) =>
          kernel.addFourFirst(histogram, a, b, c, d, words, rows, from, to, first),
        addTwo: (kernel, { histogram, words, rows, first, second }) =>
          kernel.addTwo(histogram, a, b, ...shifts, words, rows, from, to, first, second),
        part: (kernel, { rows, spare, codes, goesLeft }) =>
          kernel.part(rows, spare, codes, goesLeft, from, to),
        copy: (kernel, { rows, spare }) => {
          for (let at = 0; at < ROWS; at++) spare[at] = at + 1;
          kernel.copy(spare, ROWS - to, 1, rows, 0, to - from);
          kernel.copy(spare, to - 1, -1, rows, from, to);
        },
        gather: (kernel, { rows, first, second, ownFirst, ownSecond }) =>
          kernel.gather(rows, from, to, first, second, ownFirst, ownSecond),
      };
      for (const [name, call] of Object.entries(calls)) {
        const [ours, twins] = [arrays(seed), arrays(seed)];
        const before = bytesOf(ours.memory);
        assert.equal(call(wasmKernel(ours.memory)!, ours), call(plainKernel, twins), name);
        const after = bytesOf(ours.memory);
        assert.ok(after.equals(bytesOf(twins.memory)), name);
        if (to > from) assert.ok(!after.equals(before), name);
      }
    }),
    { numRuns: 60 },
  );
});
