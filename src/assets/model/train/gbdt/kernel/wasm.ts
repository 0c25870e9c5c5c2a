// WebAssembly as bytes, as much of it as the kernel needs (https://webassembly.github.io/spec/core/binary/): an instruction is a
// function of what it works on, and gives its bytes. The engine checks all of it when it compiles.

/** Instructions that leave one value, or none. */
export type Code = readonly number[];

export const INT = 0x7f;
export const FLOAT = 0x7c;
/** Two floats side by side. */
export const PAIR = 0x7b;
export type Type = typeof INT | typeof FLOAT | typeof PAIR;

function unsigned(n: number): number[] {
  const bytes: number[] = [];
  for (let left = n >>> 0; ; left >>>= 7) {
    if (left < 128) return [...bytes, left];
    bytes.push((left & 127) | 128);
  }
}

function signed(n: number): number[] {
  const bytes: number[] = [];
  for (let left = n | 0; ; left >>= 7) {
    if (left >= -64 && left < 64) return [...bytes, left & 127];
    bytes.push((left & 127) | 128);
  }
}

const vector = (items: readonly Code[]): Code => [...unsigned(items.length), ...items.flat()];
const sized = (bytes: Code): Code => [...unsigned(bytes.length), ...bytes];
const named = (name: string): Code => sized([...new TextEncoder().encode(name)]);

export const get = (local: number): Code => [0x20, ...unsigned(local)];
export const set = (local: number, value: Code): Code => [...value, 0x21, ...unsigned(local)];

export const int = (n: number): Code => [0x41, ...signed(n)];
export const float = (x: number): Code => [0x44, ...new Uint8Array(Float64Array.of(x).buffer)];

const ofTwo =
  (...operation: number[]) =>
  (a: Code, b: Code): Code => [...a, ...b, ...operation];

export const plus = ofTwo(0x6a);
export const minus = ofTwo(0x6b);
export const times = ofTwo(0x6c);
export const bitsOf = ofTwo(0x71);
export const shiftLeft = ofTwo(0x74);
export const shiftRight = ofTwo(0x76);
/** Of unsigned numbers. */
export const isLess = ofTwo(0x49);
export const plusFloat = ofTwo(0xa0);
export const plusPair = ofTwo(0xfd, 0xf0, 0x01);
/** Two floats as a pair. */
export const pair = (a: Code, b: Code): Code => [...a, 0xfd, 0x14, ...b, 0xfd, 0x22, 1];

const load =
  (align: number, ...operation: number[]) =>
  (address: Code, offset = 0): Code => [...address, ...operation, align, ...unsigned(offset)];
const store =
  (align: number, ...operation: number[]) =>
  (address: Code, value: Code, offset = 0): Code => [
    ...address,
    ...value,
    ...operation,
    align,
    ...unsigned(offset),
  ];

export const loadByte = load(0, 0x2d);
export const loadInt = load(2, 0x28);
export const storeInt = store(2, 0x36);
export const loadFloat = load(3, 0x2b);
export const storeFloat = store(3, 0x39);
// They lie where floats may: no more is promised.
export const loadPair = load(3, 0xfd, 0x00);
export const storePair = store(3, 0xfd, 0x0b);

/** Does `body` as long as `condition` is not 0. */
export const repeat = (condition: Code, body: Code): Code => [
  ...[0x02, 0x40, 0x03, 0x40],
  ...[...condition, 0x45, 0x0d, 1],
  ...[...body, 0x0c, 0],
  ...[0x0b, 0x0b],
];

/** 4 GiB: what an address of 32 bits can say. */
const MOST_PAGES = 65_536;

/** A function. Its locals are numbered: the parameters, all of them INT, then the others. It gives the INT that its body leaves, or nothing. */
export interface Function {
  readonly name: string;
  readonly parameters: number;
  readonly locals: readonly Type[];
  readonly gives?: true;
  readonly body: Code;
}

const section = (id: number, content: Code): Code => [id, ...sized(content)];

/** A module that exports the functions. It works on the shared memory `env.memory` of up to 4 GiB. */
function moduleOf(functions: readonly Function[]): Uint8Array<ArrayBuffer> {
  const types = functions.map(({ parameters, gives }) => [
    0x60,
    ...vector(Array.from({ length: parameters }, () => [INT])),
    ...vector(gives === true ? [[INT]] : []),
  ]);
  const memory = [...named('env'), ...named('memory'), 2, 3, ...unsigned(0), ...unsigned(MOST_PAGES)];
  const bodies = functions.map(({ locals, body }) =>
    sized([...vector(locals.map((type) => [1, type])), ...body, 0x0b]),
  );
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, vector(types)),
    ...section(2, vector([memory])),
    ...section(3, vector(functions.map((_, i) => unsigned(i)))),
    ...section(7, vector(functions.map(({ name }, i) => [...named(name), 0, ...unsigned(i)]))),
    ...section(10, vector(bodies)),
  ]);
}

/** Shared memory that modules work on. Pages are of 64 KiB; those that are never written are never taken from the machine. */
export interface Memory {
  readonly buffer: SharedArrayBuffer;
  /** @throws RangeError beyond 4 GiB */
  grow(pages: number): number;
}

/** What is used of the engine's WebAssembly: the types that TypeScript has of it are part of those of browsers. */
interface Engine {
  readonly Memory: new (kind: { initial: number; maximum: number; shared: true }) => Memory;
  readonly Module: new (bytes: Uint8Array<ArrayBuffer>) => object;
  readonly Instance: new (
    module: object,
    imports: { env: { memory: Memory } },
  ) => { exports: Readonly<Record<string, (...parameters: number[]) => number>> };
}

const engine = (): Engine => (globalThis as unknown as { WebAssembly: Engine }).WebAssembly;

/** @throws RangeError where a process may not reserve so much of its address space */
export const openMemory = (): Memory =>
  new (engine().Memory)({ initial: 0, maximum: MOST_PAGES, shared: true });

/** @throws an error where the engine does not know all that is used here */
export const compiled = (functions: readonly Function[]): object =>
  new (engine().Module)(moduleOf(functions));

/** A module's functions, at work on `memory`. */
export const functionsOn = (
  module: object,
  memory: Memory,
): Readonly<Record<string, (...parameters: number[]) => number>> =>
  new (engine().Instance)(module, { env: { memory } }).exports;
