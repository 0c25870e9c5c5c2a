import type { Machine } from './machine.ts';
import { purpose, random } from './random.ts';
import { strainsOf } from './sensors.ts';
import { HOURS, type Stint } from './wear.ts';

/** What a machine's controller can report. Errors do not stop it. */
export const errors = ['error1', 'error2', 'error3', 'error4', 'error5'] as const;

/** The errors that a component brings before it fails. */
const told: readonly (readonly number[])[] = [[0], [1, 2], [3], [4]];

export interface Alarm {
  readonly hour: number;
  readonly machine: number;
  /** Its place in `errors`. */
  readonly error: number;
}

/** The errors of a machine on the days [first, end), oldest first: some for no reason, some under strain, some before a failure. */
export function alarms(
  seed: number,
  machine: Machine,
  lives: readonly (readonly Stint[])[],
  first: number,
  end: number,
): Alarm[] {
  const found = new Map<string, Alarm>();
  const add = (hour: number, error: number): void => {
    if (hour >= first * HOURS && hour < end * HOURS)
      found.set(`${hour} ${error}`, { hour, machine: machine.id, error });
  };
  for (let day = first - 2; day < end; day++) {
    const r = random(seed, purpose.error, machine.id, day);
    for (const error of errors.keys()) if (r.chance(0.01)) add(day * HOURS + r.below(HOURS), error);
    for (const { sensor, from, to } of strainsOf(seed, machine, day))
      for (const error of told[sensor] as readonly number[])
        if (r.chance(0.25)) add(from + r.below(to - from), error);
  }
  for (const [component, life] of lives.entries())
    for (const { from, to, onset, doom } of life) {
      if (onset === undefined || onset >= end * HOURS || to <= first * HOURS) continue;
      const r = random(seed, purpose.warning, machine.id, component, from);
      for (const error of told[component] as readonly number[])
        for (let i = 0; i < 3; i++) {
          // Rather late than early, and never once the component is exchanged.
          const hour = onset + Math.floor(Math.sqrt(r.uniform()) * (doom - onset));
          if (r.chance(0.45) && hour < to) add(hour, error);
        }
    }
  return [...found.values()].sort((a, b) => a.hour - b.hour || a.error - b.error);
}
