/** A stream of numbers in [0, 1), the same for the same seed on every machine (mulberry32: 32 bits of state, plenty to sample by). */
export function randomStream(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

/** `wanted` of the numbers from, …, to − 1, each set equally likely, in order. */
export function sampleInOrder(from: number, to: number, wanted: number, random: () => number): Int32Array {
  const chosen = new Int32Array(Math.min(wanted, to - from));
  if (chosen.length === to - from) return chosen.map((_, i) => from + i);
  let taken = 0;
  for (let i = from; taken < chosen.length; i++)
    if (random() * (to - i) < chosen.length - taken) chosen[taken++] = i;
  return chosen;
}
