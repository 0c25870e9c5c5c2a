import type { Machine } from './machine.ts';
import { purpose, random } from './random.ts';
import { driftAt, HOURS, type Stint } from './wear.ts';

/** Sensors in the order of the components that they betray; means, spreads and directions are near those of the public tables. */
export const sensors = [
  { name: 'volt', mean: 171, spread: 15, sign: 1 },
  { name: 'rotate', mean: 446, spread: 50, sign: -1 },
  { name: 'pressure', mean: 101, spread: 10.5, sign: 1 },
  { name: 'vibration', mean: 40.4, spread: 5.2, sign: 1 },
] as const;

/** Hard work for some hours: a sensor is off, and nothing breaks. */
export interface Strain {
  readonly sensor: number;
  readonly from: number;
  readonly to: number;
  /** In standard deviations. */
  readonly size: number;
}

/** No strain lasts longer, in days. */
const LONGEST_STRAIN = 2;

/** The strains of a machine that begin on a day. */
export function strainsOf(seed: number, machine: Machine, day: number): Strain[] {
  const r = random(seed, purpose.strain, machine.id, day);
  return sensors.flatMap((_, sensor) => {
    if (!r.chance(0.016)) return [];
    const from = day * HOURS + r.below(HOURS);
    return [{ sensor, from, to: from + 6 + r.below(LONGEST_STRAIN * HOURS - 30), size: r.between(0.6, 2.2) }];
  });
}

/** What a machine's sensors show in each hour of a day. `lives` are the stints of its components. */
export function readings(
  seed: number,
  machine: Machine,
  lives: readonly (readonly Stint[])[],
  day: number,
): number[][] {
  const r = random(seed, purpose.noise, machine.id, day);
  const strains: Strain[] = [];
  for (let d = day - LONGEST_STRAIN; d <= day; d++) strains.push(...strainsOf(seed, machine, d));
  const current = lives.map((life) =>
    life.filter(({ from, to }) => from < (day + 1) * HOURS && to > day * HOURS),
  );
  return Array.from({ length: HOURS }, (_, i) => {
    const hour = day * HOURS + i;
    // Machines work harder by day.
    const load = 0.15 * Math.sin(((i - 8) / HOURS) * 2 * Math.PI);
    return sensors.map(({ mean, spread, sign }, sensor) => {
      const drift = (current[sensor] as Stint[]).reduce((sum, stint) => sum + driftAt(stint, hour), 0);
      const strain = strains
        .filter((s) => s.sensor === sensor && hour >= s.from && hour < s.to)
        .reduce((sum, { size }) => sum + size, 0);
      const off = (machine.offsets[sensor] as number) + load + r.normal() + sign * (drift + strain);
      return mean + spread * off;
    });
  });
}
