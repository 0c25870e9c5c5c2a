import type { Machine } from './machine.ts';
import { purpose, random } from './random.ts';

// The life of a component: it wears from one service to the next, and fails when it is worn before anyone comes.
// An hour here is a whole number of hours since 1970; all that happens, happens on the hour, as in the public tables.

export const components = ['comp1', 'comp2', 'comp3', 'comp4'] as const;

export const HOURS = 24;
/** Every life begins here, so what happens later does not depend on the days that are asked for. The public tables begin here, too. */
export const EPOCH = Date.UTC(2014, 5, 1) / 3_600_000;

/** From one exchange of a component to the next. */
export interface Stint {
  readonly from: number;
  /** The hour of the next exchange, which ends it. */
  readonly to: number;
  readonly ending: 'service' | 'failure';
  /** Its sensor drifts from here on until `doom`, or until somebody comes before; undefined: it fails, or would, without a sign. */
  readonly onset: number | undefined;
  /** When it fails if nobody comes. */
  readonly doom: number;
  /** How far its sensor has drifted at `doom`, in standard deviations of the noise. */
  readonly drift: number;
}

/** Days after which a component lasts with a chance of 1/e. */
const LASTS = 84;
/** Above 1 a component wears: the longer since the last service, the likelier it fails (Weibull's shape). */
const SHAPE = 2.8;
/** Days between visits for a component, and how many of these are put off. */
const VISIT = 45;
const PUT_OFF = 0.15;

/** The stints of a component until the one that ends at `end` or later. */
export function stints(seed: number, machine: Machine, component: number, end: number): Stint[] {
  const found: Stint[] = [];
  let from = EPOCH - random(seed, purpose.stint, machine.id, component).below(VISIT * HOURS);
  while (from < end) {
    const r = random(seed, purpose.stint, machine.id, component, from);
    const life = LASTS * machine.endurance * (-Math.log(1 - r.uniform())) ** (1 / SHAPE);
    const doom = from + Math.max(1, Math.round(life * HOURS));
    const lead = Math.round(Math.min(150, Math.max(14, 50 * Math.exp(0.5 * r.normal()))));
    const silent = r.chance(0.07);
    const drift = 2 * Math.exp(0.3 * r.normal());
    let days = VISIT + Math.round(r.between(-6, 6));
    while (r.chance(PUT_OFF)) days += 15;
    // A visit is at six in the morning.
    const visit = Math.floor(from / HOURS + days) * HOURS + 6;
    const to = Math.min(doom, visit);
    found.push({
      from,
      to,
      ending: doom <= visit ? 'failure' : 'service',
      onset: silent ? undefined : Math.max(from, doom - lead),
      doom,
      drift,
    });
    from = to;
  }
  return found;
}

/** How far a component's sensor has drifted in an hour, in standard deviations; a sign is to come. */
export function driftAt({ onset, doom, drift, to }: Stint, hour: number): number {
  if (onset === undefined || hour < onset || hour >= to) return 0;
  return (drift * (hour - onset + 1)) / (doom - onset);
}
