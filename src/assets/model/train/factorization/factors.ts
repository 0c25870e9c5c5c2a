/**
 * What is learnt of one side: by place `width` numbers, the factors and then a bias. What tells a user, or an item, is the sum of what
 * stands at `everyone` and at its places; nothing stands at place 0.
 */
export interface Factors {
  readonly width: number;
  readonly everyone: Float64Array;
  readonly table: Float64Array;
}

export function noFactors(width: number, places: number): Factors {
  return { width, everyone: new Float64Array(width), table: new Float64Array(width * places) };
}

/** Small numbers by chance for all factors, so that they grow apart; biases are 0. */
export function startFactors(width: number, places: number, random: () => number): Factors {
  const factors = noFactors(width, places);
  const spread = 0.2 / Math.sqrt(width);
  for (let i = 0; i < width - 1; i++) factors.everyone[i] = (random() - 0.5) * spread;
  for (let i = width; i < factors.table.length; i++)
    if (i % width < width - 1) factors.table[i] = (random() - 0.5) * spread;
  return factors;
}

export const copyOf = ({ width, everyone, table }: Factors): Factors => ({
  width,
  everyone: everyone.slice(),
  table: table.slice(),
});

/** As they stand in the model's file. */
export const rounded = ({ width, everyone, table }: Factors): Factors => ({
  width,
  everyone: everyone.map(Math.fround),
  table: table.map(Math.fround),
});

/** Writes the sum of what stands at some places into `into` at `offset`. */
export function sumAt(
  { width, everyone, table }: Factors,
  places: Int32Array,
  from: number,
  to: number,
  into: Float64Array,
  offset = 0,
): void {
  for (let d = 0; d < width; d++) into[offset + d] = everyone[d]!;
  for (let at = from; at < to; at++) {
    if (places[at] === 0) continue;
    const start = places[at]! * width;
    for (let d = 0; d < width; d++) into[offset + d]! += table[start + d]!;
  }
}

/** Of sums of two sides: the product of factors, and both biases. */
export function scoreOf(user: Float64Array, item: Float64Array, width: number, u = 0, i = 0): number {
  let score = user[u + width - 1]! + item[i + width - 1]!;
  for (let d = 0; d < width - 1; d++) score += user[u + d]! * item[i + d]!;
  return score;
}

/** Scores of rows, by the places of both sides. */
export function scoresOf(
  users: Factors,
  items: Factors,
  userPlaces: Int32Array,
  itemPlaces: Int32Array,
  rows: number,
): Float64Array {
  const { width } = users;
  const [a, b] = [userPlaces.length / Math.max(rows, 1), itemPlaces.length / Math.max(rows, 1)];
  const [user, item] = [new Float64Array(width), new Float64Array(width)];
  return Float64Array.from({ length: rows }, (_, row) => {
    sumAt(users, userPlaces, row * a, (row + 1) * a, user);
    sumAt(items, itemPlaces, row * b, (row + 1) * b, item);
    return scoreOf(user, item, width);
  });
}
