// Random numbers that belong to a name, not to a moment: the stream for (seed, purpose, who, day) is the same in every run. So one more day is one
// more file, and no other changes.

export interface Random {
  /** Uniform in [0, 1). */
  uniform(): number;
  chance(p: number): boolean;
  /** Mean 0, standard deviation 1. */
  normal(): number;
  poisson(mean: number): number;
  /** A place of a list of weights, drawn by them; -1 when all are 0. */
  byWeight(weights: readonly number[]): number;
}

/** What a stream is for; keeps streams of different purposes apart. */
export const purpose = { item: 1, user: 2, visit: 3, trouble: 4 } as const;

/** The stream that belongs to these whole numbers: the sfc32 generator, seeded by mixing each of them in. */
export function random(...key: readonly number[]): Random {
  let [a, b, c, counter] = [0x9e3779b9, 0x243f6a88, 0xb7e15162, 1];
  const next = (): number => {
    const t = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + t) | 0;
    return t >>> 0;
  };
  for (const part of key) {
    a ^= part | 0;
    for (let i = 0; i < 4; i++) next();
  }
  for (let i = 0; i < 8; i++) next();

  const uniform = () => next() / 4_294_967_296;
  return {
    uniform,
    chance: (p) => uniform() < p,
    normal: () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform()),
    poisson(mean) {
      const limit = Math.exp(-mean);
      let count = 0;
      for (let product = uniform(); product > limit; product *= uniform()) count++;
      return count;
    },
    byWeight(weights) {
      let left = uniform() * weights.reduce((sum, weight) => sum + weight, 0);
      let last = -1;
      for (const [place, weight] of weights.entries()) {
        if (weight <= 0) continue;
        last = place;
        left -= weight;
        if (left < 0) return place;
      }
      return last;
    },
  };
}
