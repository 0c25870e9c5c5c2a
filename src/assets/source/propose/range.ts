/** Smallest and largest that are plausible, as a person would say after seeing the numbers from `min` to `max`. */
export interface Range {
  readonly min: number;
  readonly max: number;
}

/** Smaller numbers are 0 to everybody, and too near to the smallest there are to count in steps. */
const TINY = 1e-300;

const STEPS = [1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10];

/** The next round number away from zero: 1, 1.5, 2, 2.5, 3, 4, 5, 6 or 8 times a power of ten. */
export function roundedAway(value: number): number {
  const size = Math.abs(value);
  if (size === 0 || !Number.isFinite(size)) return value;
  const power = Math.floor(Math.log10(size));
  for (const step of STEPS) {
    // By exponent in text, so that 3e-7 is 3e-7 and no neighbour of it.
    const round = Number(`${step}e${power}`);
    if (round >= size) return Math.sign(value) * round;
  }
  return Math.sign(value) * Number(`1e${power + 1}`);
}

/**
 * A range around what was seen, rounded outwards: from 0 where nothing is below it, else to a round number on either side. Numbers far
 * from zero and close together (pressures, body temperatures) get room on either side: their own width, or a quarter of their size.
 */
export function plausible(min: number, max: number): Range {
  const span = max - min;
  const size = Math.min(Math.abs(min), Math.abs(max));
  if (Math.sign(min) === Math.sign(max) && size > TINY && span > 0 && span < size / 2)
    return around(min, max, Math.max(span, size / 4));
  if (min >= 0 && max <= 1) return { min: 0, max: 1 };
  return { min: min >= 0 ? 0 : roundedAway(min), max: max <= 0 ? 0 : roundedAway(max) };
}

function around(min: number, max: number, room: number): Range {
  const exponent = Math.floor(Math.log10(room));
  const step = Number(`1e${exponent}`);
  const at = (count: number): number => Number(`${count}e${exponent}`);
  return { min: at(Math.floor((min - room) / step)), max: at(Math.ceil((max + room) / step)) };
}
