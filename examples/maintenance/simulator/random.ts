// Random numbers that belong to a name, not to a moment: the stream for (seed, purpose, machine, …) is the same in every run,
// whatever was drawn before it. That is what lets one more day, or one more machine, change nothing else.

export interface Random {
  /** Uniform in [0, 1). */
  uniform(): number;
  /** A whole number in [0, n). */
  below(n: number): number;
  /** Uniform in [from, to). */
  between(from: number, to: number): number;
  chance(p: number): boolean;
  /** Mean 0, standard deviation 1. */
  normal(): number;
}

/** The stream that belongs to these whole numbers: the sfc32 generator, seeded by mixing each of them in. */
export function random(...key: readonly number[]): Random {
  let a = 0x9e3779b9;
  let b = 0x243f6a88;
  let c = 0xb7e15162;
  let counter = 1;
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
    below: (n) => Math.floor(uniform() * n),
    between: (from, to) => from + (to - from) * uniform(),
    chance: (p) => uniform() < p,
    normal: () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform()),
  };
}

/** What a stream is for; keeps streams of different purposes apart. */
export const purpose = {
  machine: 1,
  stint: 2,
  noise: 3,
  strain: 4,
  error: 5,
  warning: 6,
  trouble: 7,
} as const;
