import type { Entry } from './ledger.ts';
import { purpose, random } from './random.ts';

// Bad rows, planted on purpose, of the sorts that real deliveries have.

/** How many rows break which promise of a contract; a row breaks one at most. */
export interface Planted {
  /** `12,5O` or `n/a` where an amount should be. */
  unparsableAmount: number;
  /** An empty paid_at. */
  missingPaidAt: number;
  negativeAmount: number;
  /** The country `ZZ`. */
  undeclaredCountry: number;
  /** A payment_id that an earlier row of the same file has. */
  duplicateInFile: number;
  /** A payment_id that the file of the day before has. */
  duplicateAcrossFiles: number;
}

export type Trouble = keyof Planted;

const sorts: readonly Trouble[] = [
  'unparsableAmount',
  'missingPaidAt',
  'negativeAmount',
  'undeclaredCountry',
  'duplicateInFile',
  'duplicateAcrossFiles',
];

export interface Flaws {
  /** What is wrong with which entry of the day. */
  readonly broken: ReadonlyMap<
    Entry,
    'unparsableAmount' | 'missingPaidAt' | 'negativeAmount' | 'undeclaredCountry'
  >;
  /** Entries written once more at the end of their own file. */
  readonly repeated: ReadonlySet<Entry>;
  /** How many entries of the day before are written once more at the head of this day's file. */
  readonly repeatYesterday: number;
}

/** Each day has one flaw whose sort follows the calendar, and one more for every thousand rows. */
export function flawsOf(seed: number, day: number, entries: readonly Entry[]): Flaws {
  const r = random(seed, purpose.trouble, day);
  const broken: Map<Entry, 'unparsableAmount' | 'missingPaidAt' | 'negativeAmount' | 'undeclaredCountry'> =
    new Map();
  const repeated = new Set<Entry>();
  let repeatYesterday = 0;
  const count = 1 + r.poisson(0.001 * entries.length);
  for (let i = 0; i < count && broken.size + repeated.size < entries.length / 4; i++) {
    const sort = i === 0 ? sorts[day % sorts.length] : r.pick(sorts);
    if (sort === undefined || sort === 'duplicateAcrossFiles') {
      repeatYesterday++;
      continue;
    }
    let entry = r.pick(entries);
    while (broken.has(entry) || repeated.has(entry)) entry = r.pick(entries);
    if (sort === 'duplicateInFile') repeated.add(entry);
    else broken.set(entry, sort);
  }
  return { broken, repeated, repeatYesterday };
}

/** Which sound entries of a day the next day's file repeats. */
export function repeatsOf(
  seed: number,
  day: number,
  entries: readonly Entry[],
  flaws: Flaws,
  count: number,
): Set<Entry> {
  const r = random(seed, purpose.trouble, day, 1);
  const sound = entries.filter((e) => !flaws.broken.has(e) && !flaws.repeated.has(e));
  const repeats = new Set<Entry>();
  while (repeats.size < Math.min(count, sound.length)) repeats.add(r.pick(sound));
  return repeats;
}

export const header = 'payment_id,card_id,merchant_id,amount,country,channel,paid_at\n';

export function line(entry: Entry, flaw?: Trouble): string {
  const { id, card, merchant, cents, channel, at } = entry;
  let amount = (cents / 100).toFixed(2);
  if (flaw === 'unparsableAmount') amount = cents % 2 === 0 ? '"12,5O"' : 'n/a';
  if (flaw === 'negativeAmount') amount = `-${amount}`;
  const country = flaw === 'undeclaredCountry' ? 'ZZ' : merchant.country;
  const paidAt = flaw === 'missingPaidAt' ? '' : new Date(at).toISOString();
  return `${id},${card.id},${merchant.id},${amount},${country},${channel},${paidAt}\n`;
}
