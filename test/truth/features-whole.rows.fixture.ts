import fc from 'fast-check';
import { DAY, HOUR, type Instant, MINUTE, SECOND } from '../../src/base/index.ts';

export type Row = Readonly<Record<string, string | number | boolean | null>>;

/** Names that are hard to keep apart, to quote or to store. */
export const CARDS = [
  'a',
  'a:b',
  'o\'hara "x"; drop table payments; --',
  '😀 é e\u0301',
  ' ',
  'k'.repeat(10_000),
] as const;
/** ('a', 'b:c') is another pair than ('a:b', 'c'). */
export const SHOPS = ['b:c', 'c', '1:x', '12'] as const;

const at = (text: string): Instant => Date.parse(text) * 1000;

/** Where calendars are odd: the ends of years, leap days, and nights in which local clocks jump. */
export const ODD = [
  '2023-12-31T23:59:59.999Z',
  '2024-01-01T00:00:00Z',
  '2024-02-28T23:59:59Z',
  '2024-02-29T00:00:00Z',
  '2024-02-29T12:00:00Z',
  '2024-03-01T00:00:00Z',
  // New York.
  '2024-03-10T06:59:59.999Z',
  '2024-03-10T07:00:00Z',
  '2024-03-10T07:30:00Z',
  // Berlin.
  '2024-03-31T00:59:59Z',
  '2024-03-31T01:00:00Z',
  '2024-03-31T02:00:00Z',
].map(at);

/** Rows and questions up to here are of the past when the state is made, those after it of the future. */
export const FIRST_RUN: Instant = at('2024-02-29T06:00:00Z');
/** After all of them. */
export const SECOND_RUN: Instant = at('2024-05-01T00:00:00Z');

const aStep = fc.oneof(
  fc.constantFrom(0, 0, 1, -1, SECOND, MINUTE, HOUR, -HOUR, DAY, -DAY, 7 * DAY, 30 * DAY),
  fc.integer({ min: -3 * HOUR, max: 3 * HOUR }),
);
const anInstant = fc
  .tuple(fc.constantFrom(...ODD), aStep, fc.constantFrom(-1, 0, 0, 1))
  .map(([a, b, c]) => a + b + c);
const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { freq: 6 });

/** Half a millisecond before 1970, among others: a Date has whole ones. */
const aDue = fc.oneof(fc.constantFrom(-500, -1, -1_500_001, 500), fc.constantFrom(...ODD));

const aPayment = fc.record({
  card: fc.option(fc.constantFrom<string>(...CARDS), { freq: 15 }),
  shop: fc.option(fc.constantFrom<string>(...SHOPS), { freq: 8 }),
  terminal: fc.integer({ min: -1, max: 2 }),
  online: fc.boolean(),
  amount: maybe(fc.oneof(fc.integer({ min: -9, max: 9 }), fc.double({ min: -1e6, max: 1e6, noNaN: true }))),
  country: maybe(fc.constantFrom('DE', 'FR', "d'or")),
  due: maybe(anInstant),
  paid_at: anInstant,
  delay: fc.option(fc.oneof(fc.constantFrom(0, 0, 0, 1), aStep.map(Math.abs)), { freq: 20 }),
});

const aQuestion = fc.record({
  card: fc.constantFrom<string>(...CARDS, 'nobody'),
  shop: fc.constantFrom<string>(...SHOPS),
  terminal: fc.integer({ min: -1, max: 3 }),
  online: fc.boolean(),
  amount: fc.integer({ min: -9, max: 99 }).map((n) => n / 4),
  due: maybe(aDue),
  asked_at: anInstant,
  answer: fc.boolean(),
});

/** The same rows each time, for they are many. */
export function someRows(seed: number): { readonly payments: Row[]; readonly questions: Row[] } {
  const payments = fc.sample(aPayment, { numRuns: 500, seed }).map(
    ({ delay, ...row }, i): Row => ({
      payment_id: i,
      ...row,
      seen_at: delay === null ? null : row.paid_at + delay,
    }),
  );
  const seen = new Set<string>();
  const questions = fc.sample(aQuestion, { numRuns: 400, seed: seed + 1 }).filter((row) => {
    // One question of a card at an instant, so that answers are found again by these.
    const name = `${row.card} ${row.asked_at}`;
    return !seen.has(name) && seen.add(name);
  });
  return { payments, questions };
}
