/** Numbers made at a time. State lives in registers within a block; kept in a closure, each step costs 20 times as much. */
const BLOCK = 1024;

/**
 * A seeded source of whole numbers in [0, 2^32): the same seed gives the same numbers on every machine, which
 * Math.random cannot promise. sfc32 by Chris Doty-Humphrey (PractRand), started from the seed and stirred 12 times.
 */
export function seededUint32(seed: number): () => number {
  const state = Int32Array.of(seed >>> 0, Math.floor(seed / 2 ** 32) >>> 0, 0x9e3779b9, 1);
  const block = new Uint32Array(BLOCK);
  step(state, block.subarray(0, 12));
  let used = BLOCK;
  return () => {
    if (used === BLOCK) {
      step(state, block);
      used = 0;
    }
    return block[used++] as number;
  };
}

/** Normal numbers of mean 0 and variance 1, made of pairs of even ones (Box and Muller). */
export function seededNormal(next: () => number): () => number {
  let kept: number | undefined;
  return () => {
    if (kept !== undefined) {
      const value = kept;
      kept = undefined;
      return value;
    }
    const radius = Math.sqrt(-2 * Math.log((next() + 0.5) / 2 ** 32));
    const angle = 2 * Math.PI * (next() / 2 ** 32);
    kept = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  };
}

function step(state: Int32Array, into: Uint32Array): void {
  let [a, b, c, counter] = state as unknown as [number, number, number, number];
  for (let i = 0; i < into.length; i++) {
    const out = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + out) | 0;
    into[i] = out;
  }
  state.set([a, b, c, counter]);
}
