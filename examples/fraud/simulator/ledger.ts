import { crimesBegun, LONGEST_SCHEME } from './crime.ts';
import { DAY, honestPayments, type Payment } from './habits.ts';
import { purpose, random } from './random.ts';
import { type Merchant, type World, world } from './world.ts';

// The true story, day by day, before anyone writes it down badly. A day here is a whole number of days since 1970.

export interface Entry extends Payment {
  readonly id: string;
}

export interface Chargeback {
  readonly paymentId: string;
  readonly at: number;
}

export interface Ledger {
  readonly days: ReadonlyMap<number, readonly Entry[]>;
  /** Chargebacks by the day on which they are reported. */
  readonly reports: ReadonlyMap<number, readonly Chargeback[]>;
  readonly world: World;
}

/** No chargeback takes longer; so this many days before the first one decide what is reported on it. */
export const LONGEST_DELAY = 45;

/** The payments of days [first − LONGEST_DELAY, end), and all they lead to. */
export function ledger(seed: number, first: number, end: number, cards: number, perDay: number): Ledger {
  const w = world(seed, cards);
  const begin = first - LONGEST_DELAY;
  const crimes = new Map<number, Payment[]>();
  for (let day = begin - LONGEST_SCHEME; day < end; day++)
    for (const p of crimesBegun(seed, w, day, perDay)) push(crimes, Math.floor(p.at / DAY), p);

  const days = new Map<number, Entry[]>();
  const reports = new Map<number, Chargeback[]>();
  for (let day = begin; day < end; day++) {
    const payments = [...honestPayments(seed, w, day, perDay), ...(crimes.get(day) ?? [])];
    payments.sort((a, b) => a.at - b.at || (a.card.id < b.card.id ? -1 : 1));
    const date = dateOf(day).replaceAll('-', '');
    const entries = payments.map((p, i) => ({ ...p, id: `p${date}-${String(i).padStart(5, '0')}` }));
    days.set(day, entries);
    for (const c of chargebacksOf(seed, day, entries)) push(reports, Math.floor(c.at / DAY), c);
  }
  for (const list of reports.values())
    list.sort((a, b) => a.at - b.at || (a.paymentId < b.paymentId ? -1 : 1));
  return { days, reports, world: w };
}

/** Most fraud is reported, after nine days in the middle; a few honest payments are disputed too, and nothing foretells which. */
function* chargebacksOf(seed: number, day: number, entries: readonly Entry[]): Iterable<Chargeback> {
  const r = random(seed, purpose.report, day);
  for (const entry of entries) {
    if (!r.chance(entry.fraud ? 0.96 : 0.0003)) continue;
    const delay = Math.min(LONGEST_DELAY - 1, 9 * Math.exp(0.55 * r.normal()));
    yield { paymentId: entry.id, at: entry.at + Math.floor(delay * DAY) };
  }
}

export interface Outage {
  /** The terminals of this shop are cut off for three days from `day` on; their payments arrive in one file. */
  readonly merchant: Merchant;
  readonly day: number;
  readonly days: number;
  /** The last day of the quarter. */
  readonly arrives: number;
}

/** Each quarter of the year has one: a busy shop whose payments of three days arrive late, on the quarter's last day. */
export function outageOf(seed: number, w: World, day: number): Outage {
  const date = new Date(day * DAY);
  const quarter = Math.floor(date.getUTCMonth() / 3);
  const arrives = Date.UTC(date.getUTCFullYear(), 3 * quarter + 3, 1) / DAY - 1;
  const busiest = (w.stores.get('US') as readonly Merchant[]).slice(0, 3);
  return {
    merchant: random(seed, purpose.outage, arrives).pick(busiest),
    day: arrives - 6,
    days: 3,
    arrives,
  };
}

export function isCutOff(outage: Outage, entry: Entry, day: number): boolean {
  return entry.merchant === outage.merchant && day >= outage.day && day < outage.day + outage.days;
}

/** Day 20,000 → `2024-10-04`. */
export function dateOf(day: number): string {
  return new Date(day * DAY).toISOString().slice(0, 10);
}

function push<K, V>(map: Map<K, V[]>, key: K, value: V): void {
  const list = map.get(key);
  if (list) list.push(value);
  else map.set(key, [value]);
}
