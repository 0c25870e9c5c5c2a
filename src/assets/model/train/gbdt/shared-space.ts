import { type Memory, openMemory } from './kernel/index.ts';
import { sharedBytes, sharedFloats, sharedInts, sharedWords } from './team.ts';

/** Where a training's arrays come from: all zero at first, and seen by all threads. */
export interface SharedSpace {
  floats(length: number): Float64Array<SharedArrayBuffer>;
  ints(length: number): Int32Array<SharedArrayBuffer>;
  words(length: number): Uint32Array<SharedArrayBuffer>;
  bytes(length: number): Uint8Array<SharedArrayBuffer>;
  /** The one memory in which all that was given lies; undefined where it has not been enough, or there is none. */
  readonly memory: Memory | undefined;
  /** Whether an array came from here. */
  gave(array: ArrayBufferView): boolean;
}

/** Arrays that lie each by itself. */
export const separateSpace = (): SharedSpace => ({
  ...{ floats: sharedFloats, ints: sharedInts, words: sharedWords, bytes: sharedBytes },
  memory: undefined,
  gave: () => true,
});

const PAGE = 65_536;

/** Arrays begin where lines of the cache do. */
const LINE = 64;

/** A page less than 4 GiB: the address where the last array ends is one of 32 bits too. */
const MOST_BYTES = 2 ** 32 - PAGE;

/** Arrays in one memory of WebAssembly, as long as they fit into it. Where there is no such memory each lies by itself. */
export function sharedSpace(mostBytes: number = MOST_BYTES): SharedSpace {
  let memory: Memory | undefined;
  try {
    memory = openMemory();
  } catch {
    return separateSpace();
  }
  const apart = separateSpace();
  const buffers = new WeakSet<object>();
  let end = 0;
  /** Where so many bytes begin; undefined when they do not fit. */
  const take = (bytes: number): [SharedArrayBuffer, number] | undefined => {
    if (memory === undefined) return undefined;
    const from = Math.ceil(end / LINE) * LINE;
    const missing = from + bytes - memory.buffer.byteLength;
    try {
      if (from + bytes > mostBytes) throw new RangeError('no room');
      if (missing > 0) memory.grow(Math.ceil(missing / PAGE));
    } catch {
      memory = undefined;
      return undefined;
    }
    end = from + bytes;
    const { buffer } = memory;
    buffers.add(buffer);
    return [buffer, from];
  };
  return {
    floats(length) {
      const place = take(8 * length);
      return place === undefined ? apart.floats(length) : new Float64Array(...place, length);
    },
    ints(length) {
      const place = take(4 * length);
      return place === undefined ? apart.ints(length) : new Int32Array(...place, length);
    },
    words(length) {
      const place = take(4 * length);
      return place === undefined ? apart.words(length) : new Uint32Array(...place, length);
    },
    bytes(length) {
      const place = take(length);
      return place === undefined ? apart.bytes(length) : new Uint8Array(...place, length);
    },
    get memory() {
      return memory;
    },
    gave: ({ buffer }) => buffers.has(buffer),
  };
}
