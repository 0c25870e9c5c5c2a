import { refuse } from '../input.ts';
import { type Interval, LEVEL, reach } from './interval.ts';

/**
 * Wilson's interval (1927) of a share seen in `rows` rows, apart from each other. It holds its level also for shares near 0 and 1 and for
 * few rows. Rows that have weights count for fewer, (Σw)² / Σw² (Kish): give that. Null without rows or share.
 * @throws MILL_JUDGE_INPUT
 */
export function wilson(share: number | null, rows: number, level: number = LEVEL): Interval | null {
  const z = reach(level);
  if (share === null || !(rows > 0)) return null;
  if (!(share >= 0 && share <= 1)) refuse(`The share is ${share}; wanted a number within [0, 1].`);
  const z2 = (z * z) / rows;
  const middle = (share + z2 / 2) / (1 + z2);
  const far = (z / (1 + z2)) * Math.sqrt((share * (1 - share)) / rows + z2 / (4 * rows));
  return {
    low: share === 0 ? 0 : Math.max(0, middle - far),
    high: share === 1 ? 1 : Math.min(1, middle + far),
    level,
  };
}
