import { purpose, random } from './random.ts';

// Bad rows of telemetry, planted on purpose, of the sorts that loggers make.

/** How many rows break which promise of the contract; a row breaks one at most. */
export interface Planted {
  /** −999, which a cut wire reads as. */
  impossible: number;
  /** `NaN` where a number should be. */
  unreadable: number;
  /** A machine that is in no list. */
  stranger: number;
  /** The row before it once more. */
  repeated: number;
}

export type Trouble = keyof Planted;
const sorts: readonly Trouble[] = ['impossible', 'unreadable', 'stranger', 'repeated'];

/** What becomes of a day's row of a machine, for one row in 2,000. */
export function troubleOf(seed: number, machine: number, hour: number): Trouble | undefined {
  const r = random(seed, purpose.trouble, machine, hour);
  return r.chance(1 / 2000) ? sorts[r.below(sorts.length)] : undefined;
}

/** The lines of one reading. */
export function lines(datetime: string, machine: number, values: readonly number[], flaw?: Trouble): string {
  const cells = values.map((value) => value.toFixed(6));
  if (flaw === 'impossible') cells[0] = '-999';
  if (flaw === 'unreadable') cells[3] = 'NaN';
  const line = `${datetime},${flaw === 'stranger' ? 0 : machine},${cells.join(',')}\n`;
  return flaw === 'repeated' ? line + line : line;
}
