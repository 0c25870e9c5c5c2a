/**
 * A seeded source of whole numbers in [0, 2^32): the same seed gives the same numbers on every machine, which
 * Math.random cannot promise. sfc32 by Chris Doty-Humphrey (PractRand), started from the seed and stirred 12 times.
 */
export function seededUint32(seed: number): () => number {
  let a = seed >>> 0;
  let b = Math.floor(seed / 2 ** 32) >>> 0;
  let c = 0x9e3779b9 | 0;
  let counter = 1;
  const next = () => {
    const out = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + out) | 0;
    return out >>> 0;
  };
  for (let i = 0; i < 12; i++) next();
  return next;
}
