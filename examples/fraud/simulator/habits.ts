import { purpose, type Random, random } from './random.ts';
import {
  type Card,
  type Channel,
  type Country,
  countries,
  type Merchant,
  utcOffset,
  type World,
} from './world.ts';

// A day of honest payments.

export const HOUR = 3_600_000;
export const DAY = 24 * HOUR;

export interface Payment {
  readonly card: Card;
  readonly merchant: Merchant;
  /** In cents. */
  readonly cents: number;
  readonly channel: Channel;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly fraud: boolean;
}

export function toCents(amount: number): number {
  return Math.min(2_000_000, Math.max(50, Math.round(amount * 100)));
}

/** Saturdays are busy, Sundays are quiet. Sunday is 0. */
const weekday = [0.8, 0.97, 0.96, 0.98, 1.02, 1.12, 1.15];

export function honestPayments(seed: number, w: World, day: number, perDay: number): Payment[] {
  const r = random(seed, purpose.day, day);
  const start = day * DAY;
  const busy = weekday[new Date(start).getUTCDay()] ?? 1;
  const payments: Payment[] = [];
  // One outing in ten is several payments within minutes (a mall, an app shop), so that a burst alone is no proof:
  // 1.2 payments an outing.
  const outings = r.poisson((perDay * busy) / 1.2);
  for (let i = 0; i < outings; i++) {
    const card = w.cardAt(r.uniform());
    const abroad = tripOf(seed, card, day);
    const hour = card.hour + 3.5 * r.normal() - utcOffset(abroad ?? card.home);
    let at = start + Math.floor((((hour % 24) + 24) % 24) * HOUR);
    const several = r.chance(0.1);
    const count = several ? 2 + r.below(3) : 1;
    const cheap = several && r.chance(0.3) ? -1.6 : 0;
    for (let n = 0; n < count && at < start + DAY; n++) {
      const merchant = merchantFor(r, w, card, abroad);
      const big = r.chance(0.02) ? r.between(1.2, 2.6) : 0;
      const level = card.level + merchant.level + 0.55 * r.normal() + big + cheap;
      const amount = merchant.kind === 'atm' ? Math.ceil(Math.exp(level) / 10) * 10 : Math.exp(level);
      const cents = toCents(amount);
      payments.push({ card, merchant, cents, channel: channelFor(r, merchant, cents), at, fraud: false });
      at += Math.floor(r.between(1, 22) * 60_000);
    }
  }
  return payments;
}

/** The country a card is travelling in on a day, if it is. */
function tripOf(seed: number, card: Card, day: number): Country | null {
  const stretch = Math.floor(day / 16);
  const r = random(seed, purpose.trip, Number(card.id.slice(1)), stretch);
  if (!r.chance(card.wanderlust)) return null;
  const first = stretch * 16 + r.below(11);
  const length = 2 + r.below(5);
  const where = r.pick(countries);
  return where !== card.home && day >= first && day < first + length ? where : null;
}

function merchantFor(r: Random, w: World, card: Card, abroad: Country | null): Merchant {
  const u = r.uniform();
  if (abroad !== null && u < 0.85) return r.pick(w.stores.get(abroad) as readonly Merchant[]);
  if (u < 0.64) return r.pick(card.favourites);
  if (u < 0.9) return r.pick(w.stores.get(card.home) as readonly Merchant[]);
  return r.pick(w.online);
}

export function channelFor(r: Random, merchant: Merchant, cents: number): Channel {
  if (merchant.kind !== 'store') return merchant.kind;
  const u = r.uniform();
  if (u < 0.06) return 'swipe';
  return u < (cents <= 5000 ? 0.7 : 0.2) ? 'contactless' : 'chip';
}
