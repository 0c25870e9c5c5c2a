import { channelFor, DAY, HOUR, type Payment, toCents } from './habits.ts';
import { purpose, type Random, random } from './random.ts';
import { type Card, countries, type Merchant, type World } from './world.ts';

// Payments the card holder did not make. Rings copy the cards seen at one merchant, try them with small amounts and
// then spend; thieves use a stolen card for an evening near its home.

/** A scheme that began on a day is over this many days later. */
export const LONGEST_SCHEME = 18;

/** Every fraudulent payment of the schemes that began on a day; they lie within [day, day + LONGEST_SCHEME). */
export function crimesBegun(seed: number, w: World, day: number, perDay: number): Payment[] {
  const r = random(seed, purpose.ring, day);
  const scale = perDay / 2222;
  const payments: Payment[] = [];
  for (let n = r.poisson(0.7 * scale); n > 0; n--) ring(r, w, day, payments);
  for (let n = r.poisson(0.9 * scale); n > 0; n--) thief(r, w, day, payments);
  const end = (day + LONGEST_SCHEME) * DAY;
  return payments.filter((p) => p.at < end);
}

function ring(r: Random, w: World, day: number, into: Payment[]): void {
  // Every merchant is somebody's: of 20 draws one has regulars, save in the smallest worlds.
  let victims: readonly Card[] = [];
  for (let i = 0; i < 20 && victims.length < 3; i++) victims = w.regulars.get(r.pick(w.merchants)) ?? [];
  if (victims.length === 0) return;
  const size = Math.min(victims.length, 3 + r.below(8));
  const copied = new Set<Card>();
  for (let i = 0; i < 3 * size && copied.size < size; i++) copied.add(r.pick(victims));

  const tests = r.chance(0.7);
  const atHome = r.chance(0.25);
  const cloned = r.chance(0.3);
  const greed = r.between(1.5, 2.6);
  const country = r.pick(countries);
  const tester = r.pick(w.online);
  const abroad = [r.pick(w.online), ...(w.stores.get(country) as readonly Merchant[]).slice(0, 3)];
  for (const card of copied) {
    let at = (day + 1) * DAY + Math.floor(r.between(0, 12) * DAY);
    if (tests) {
      for (let n = 3 + r.below(5); n > 0; n--) {
        into.push(stolen(card, tester, toCents(r.between(0.5, 9)), 'online', at));
        at += Math.floor(r.between(0.5, 12) * 60_000);
      }
      if (r.chance(0.25)) continue;
      at += Math.floor(r.between(0.1, 8) * HOUR);
    }
    const shops = atHome ? (w.stores.get(card.home) as readonly Merchant[]) : abroad;
    for (let n = 1 + r.below(4); n > 0; n--) {
      const shop = r.pick(shops);
      const cents = toCents(Math.exp(card.level + greed + 0.7 * r.normal()));
      into.push(
        stolen(card, shop, cents, cloned && shop.kind === 'store' ? 'swipe' : channelFor(r, shop, cents), at),
      );
      at += Math.floor(r.between(0.05, 5) * HOUR);
    }
  }
}

function thief(r: Random, w: World, day: number, into: Payment[]): void {
  const card = w.cardAt(r.uniform());
  let at = day * DAY + r.below(DAY);
  for (let n = 1 + r.below(4); n > 0; n--) {
    const shop = r.pick(w.stores.get(card.home) as readonly Merchant[]);
    const cents = toCents(Math.exp(card.level + 1.7 + 0.6 * r.normal()));
    into.push(stolen(card, shop, cents, channelFor(r, shop, cents), at));
    at += Math.floor(r.between(0.1, 1.6) * HOUR);
  }
}

function stolen(
  card: Card,
  merchant: Merchant,
  cents: number,
  channel: Payment['channel'],
  at: number,
): Payment {
  return { card, merchant, cents, channel, at, fraud: true };
}
