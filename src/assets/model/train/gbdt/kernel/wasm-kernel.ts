import { BIN_STRIDE } from '../histogram.ts';
import type { Kernel } from './kernel.ts';
import * as wasm from './wasm.ts';

// The loops of plain-kernel.ts in WebAssembly: the same additions in the same order, so the same to the bit. Both derivatives of a bin
// are added as one pair, and no index is checked: what is out of bounds here is only what is outside the whole memory.
// Decision 19 has the figures.

const { get, set, int, plus, times, bitsOf, shiftLeft, shiftRight } = wasm;

const BIN_BYTES = 8 * BIN_STRIDE;

/** The byte of a word at a bit that is known. */
const byteAt = (word: number, shift: number): wasm.Code => {
  const shifted = shift === 0 ? get(word) : shiftRight(get(word), int(shift));
  return shift === 24 ? shifted : bitsOf(shifted, int(255));
};

/** Adds 1 to the rows of the bin at `bin`, and the row's derivatives. */
const addRow = (bin: number, derivatives: wasm.Code): wasm.Code => [
  ...derivatives,
  ...wasm.storeFloat(get(bin), wasm.plusFloat(wasm.loadFloat(get(bin), 16), wasm.float(1)), 16),
];

const addPair = (bin: number, derivatives: number): wasm.Code =>
  addRow(bin, wasm.storePair(get(bin), wasm.plusPair(wasm.loadPair(get(bin)), get(derivatives))));

const addFirst = (bin: number, derivative: number): wasm.Code =>
  addRow(bin, wasm.storeFloat(get(bin), wasm.plusFloat(wasm.loadFloat(get(bin)), get(derivative))));

/** The address of the bin that a byte says, in the column that begins at `column`. */
const binOf = (column: number, byte: wasm.Code): wasm.Code => plus(get(column), times(byte, int(BIN_BYTES)));

/** Walks over rows: the local `row` is the address of a row's number, `first` and `second` those of its derivatives. */
const eachRow = (
  {
    row,
    end,
    first,
    second,
    words,
    word,
  }: Readonly<Record<'row' | 'end' | 'first' | 'second' | 'words' | 'word', number>>,
  body: wasm.Code,
): wasm.Code =>
  wasm.repeat(wasm.isLess(get(row), get(end)), [
    ...set(word, wasm.loadInt(plus(get(words), shiftLeft(wasm.loadInt(get(row)), int(2))))),
    ...body,
    ...set(row, plus(get(row), int(4))),
    ...set(first, plus(get(first), int(8))),
    ...set(second, plus(get(second), int(8))),
  ]);

const COLUMNS = [0, 1, 2, 3];

function addFour(): wasm.Function {
  const at = { words: 4, row: 5, end: 6, first: 7, second: 8, word: 9 };
  const [bin, both] = [10, 11];
  const body = [
    ...set(both, wasm.pair(wasm.loadFloat(get(at.first)), wasm.loadFloat(get(at.second)))),
    ...COLUMNS.flatMap((k) => [...set(bin, binOf(k, byteAt(at.word, 8 * k))), ...addPair(bin, both)]),
  ];
  return {
    name: 'addFour',
    parameters: 9,
    locals: [wasm.INT, wasm.INT, wasm.PAIR],
    body: eachRow(at, body),
  };
}

function addFourFirst(): wasm.Function {
  // There is no second derivative: its address is of no use, and counted all the same.
  const at = { words: 4, row: 5, end: 6, first: 7, second: 8, word: 9 };
  const [bin, derivative] = [10, 11];
  const body = [
    ...set(derivative, wasm.loadFloat(get(at.first))),
    ...COLUMNS.flatMap((k) => [...set(bin, binOf(k, byteAt(at.word, 8 * k))), ...addFirst(bin, derivative)]),
  ];
  return {
    name: 'addFourFirst',
    parameters: 9,
    locals: [wasm.INT, wasm.INT, wasm.FLOAT],
    body: eachRow(at, body),
  };
}

function addTwo(): wasm.Function {
  const at = { words: 4, row: 5, end: 6, first: 7, second: 8, word: 9 };
  const [bin, both] = [10, 11];
  const body = [
    ...set(both, wasm.pair(wasm.loadFloat(get(at.first)), wasm.loadFloat(get(at.second)))),
    ...[0, 1].flatMap((k) => {
      const byte = bitsOf(shiftRight(get(at.word), get(2 + k)), int(255));
      return [...set(bin, binOf(k, byte)), ...addPair(bin, both)];
    }),
  ];
  return {
    name: 'addTwo',
    parameters: 9,
    locals: [wasm.INT, wasm.INT, wasm.PAIR],
    body: eachRow(at, body),
  };
}

/** `front` and `back` are addresses in the spare rows. */
function part(): wasm.Function {
  const [row, end, codes, goesLeft, front, back, number, left] = [0, 1, 2, 3, 4, 5, 6, 7];
  const code = wasm.loadByte(plus(get(codes), get(number)));
  return {
    name: 'part',
    parameters: 6,
    locals: [wasm.INT, wasm.INT],
    gives: true,
    body: [
      ...wasm.repeat(wasm.isLess(get(row), get(end)), [
        ...set(number, wasm.loadInt(get(row))),
        ...set(left, wasm.loadByte(plus(get(goesLeft), code))),
        ...wasm.storeInt(get(front), get(number)),
        ...wasm.storeInt(get(back), get(number)),
        ...set(front, plus(get(front), shiftLeft(get(left), int(2)))),
        ...set(back, plus(get(back), shiftLeft(wasm.minus(get(left), int(1)), int(2)))),
        ...set(row, plus(get(row), int(4))),
      ]),
      ...get(front),
    ],
  };
}

/** `step` is in bytes. */
function copy(): wasm.Function {
  const [at, step, row, end] = [0, 1, 2, 3];
  return {
    name: 'copy',
    parameters: 4,
    locals: [],
    body: wasm.repeat(wasm.isLess(get(row), get(end)), [
      ...wasm.storeInt(get(row), wasm.loadInt(get(at))),
      ...set(at, plus(get(at), get(step))),
      ...set(row, plus(get(row), int(4))),
    ]),
  };
}

function gather(): wasm.Function {
  const [row, end, first, second, ownFirst, ownSecond, offset] = [0, 1, 2, 3, 4, 5, 6];
  return {
    name: 'gather',
    parameters: 6,
    locals: [wasm.INT],
    body: wasm.repeat(wasm.isLess(get(row), get(end)), [
      ...set(offset, shiftLeft(wasm.loadInt(get(row)), int(3))),
      ...wasm.storeFloat(get(ownFirst), wasm.loadFloat(plus(get(first), get(offset)))),
      ...wasm.storeFloat(get(ownSecond), wasm.loadFloat(plus(get(second), get(offset)))),
      ...set(row, plus(get(row), int(4))),
      ...set(ownFirst, plus(get(ownFirst), int(8))),
      ...set(ownSecond, plus(get(ownSecond), int(8))),
    ]),
  };
}

/** Compiled once for a thread; null where the engine does not know pairs, as on processors without them. */
let module: object | null | undefined;

function compiledOnce(): object | null {
  try {
    return wasm.compiled([addFour(), addFourFirst(), addTwo(), part(), copy(), gather()]);
  } catch {
    return null;
  }
}

/** The kernel on arrays that lie in `memory`, all of them; undefined where it cannot be compiled. */
export function wasmKernel(memory: wasm.Memory): Kernel | undefined {
  if (module === undefined) module = compiledOnce();
  if (module === null) return undefined;
  const raw = wasm.functionsOn(module, memory) as Readonly<Record<keyof Kernel, (...of: number[]) => number>>;
  const bin = (histogram: Float64Array, at: number): number => histogram.byteOffset + 8 * at;
  return {
    addFour(histogram, a, b, c, d, words, rows, from, to, first, second) {
      raw.addFour(
        ...([bin(histogram, a), bin(histogram, b), bin(histogram, c), bin(histogram, d)] as const),
        words.byteOffset,
        rows.byteOffset + 4 * from,
        rows.byteOffset + 4 * to,
        first.byteOffset + 8 * from,
        second.byteOffset + 8 * from,
      );
    },
    addFourFirst(histogram, a, b, c, d, words, rows, from, to, first) {
      raw.addFourFirst(
        ...([bin(histogram, a), bin(histogram, b), bin(histogram, c), bin(histogram, d)] as const),
        words.byteOffset,
        rows.byteOffset + 4 * from,
        rows.byteOffset + 4 * to,
        first.byteOffset + 8 * from,
        0,
      );
    },
    addTwo(histogram, a, b, shiftA, shiftB, words, rows, from, to, first, second) {
      raw.addTwo(
        ...([bin(histogram, a), bin(histogram, b), shiftA, shiftB] as const),
        words.byteOffset,
        rows.byteOffset + 4 * from,
        rows.byteOffset + 4 * to,
        first.byteOffset + 8 * from,
        second.byteOffset + 8 * from,
      );
    },
    part(rows, spare, codes, goesLeft, from, to) {
      const front = raw.part(
        rows.byteOffset + 4 * from,
        rows.byteOffset + 4 * to,
        codes.byteOffset,
        goesLeft.byteOffset,
        spare.byteOffset + 4 * from,
        spare.byteOffset + 4 * (to - 1),
      );
      // Addresses have no sign.
      return ((front >>> 0) - spare.byteOffset) >>> 2;
    },
    copy(spare, at, step, rows, from, to) {
      raw.copy(
        ...([spare.byteOffset + 4 * at, 4 * step] as const),
        ...([rows.byteOffset + 4 * from, rows.byteOffset + 4 * to] as const),
      );
    },
    gather(rows, from, to, first, second, ownFirst, ownSecond) {
      raw.gather(
        rows.byteOffset + 4 * from,
        rows.byteOffset + 4 * to,
        first.byteOffset,
        second.byteOffset,
        ownFirst.byteOffset + 8 * from,
        ownSecond.byteOffset + 8 * from,
      );
    },
  };
}
