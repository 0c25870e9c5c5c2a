import { purpose, random } from './random.ts';

// Who pays, and where: cards with habits, merchants with prices. Nothing here changes from day to day.

/** Countries the contract declares: code, share of cards, hours ahead of UTC. */
const places = [
  ['US', 24, -6],
  ['DE', 14, 1],
  ['GB', 12, 0],
  ['FR', 10, 1],
  ['IN', 9, 5],
  ['ES', 7, 1],
  ['IT', 7, 1],
  ['NL', 5, 1],
  ['PL', 4, 1],
  ['BR', 4, -3],
  ['JP', 2, 9],
  ['SE', 2, 1],
] as const;

/** The countries payments come from. 'ZZ', which the simulator plants, is none of them. */
export const countries = ['US', 'DE', 'GB', 'FR', 'IN', 'ES', 'IT', 'NL', 'PL', 'BR', 'JP', 'SE'] as const;
export const channels = ['chip', 'contactless', 'swipe', 'online', 'atm'] as const;
export type Country = (typeof countries)[number];
export type Channel = (typeof channels)[number];

export interface Merchant {
  readonly id: string;
  readonly country: Country;
  readonly kind: 'store' | 'online' | 'atm';
  /** Mean of ln(price level), relative to what a card usually spends. */
  readonly level: number;
}

export interface Card {
  readonly id: string;
  readonly home: Country;
  /** Mean of ln(amount). */
  readonly level: number;
  /** Local hour around which it pays. */
  readonly hour: number;
  /** Chance that a stretch of 16 days holds a trip abroad. */
  readonly wanderlust: number;
  readonly favourites: readonly Merchant[];
}

export interface World {
  readonly cards: readonly Card[];
  /** Draws a card, busy cards more often: give it a uniform number. */
  readonly cardAt: (uniform: number) => Card;
  readonly merchants: readonly Merchant[];
  readonly stores: ReadonlyMap<Country, readonly Merchant[]>;
  readonly online: readonly Merchant[];
  /** The cards that have a merchant among their favourites. */
  readonly regulars: ReadonlyMap<Merchant, readonly Card[]>;
}

export function utcOffset(country: Country): number {
  return places.find(([code]) => code === country)?.[2] ?? 0;
}

export function world(seed: number, cardCount: number): World {
  const totalShare = places.reduce((sum, [, share]) => sum + share, 0);
  const countryAt = (uniform: number): Country => {
    let left = uniform * totalShare;
    for (const [code, share] of places) {
      left -= share;
      if (left < 0) return code;
    }
    return 'US';
  };

  const merchantCount = Math.max(96, Math.round(cardCount / 6));
  const merchants: Merchant[] = [];
  for (let i = 0; i < merchantCount; i++) {
    const r = random(seed, purpose.merchant, i);
    // The first two dozen give every country a store and a cash machine.
    const country = i < 24 ? (countries[i % 12] as Country) : countryAt(r.uniform());
    const kind = i < 12 ? 'store' : i < 24 ? 'atm' : r.chance(0.3) ? 'online' : 'store';
    merchants.push({
      id: `m${String(i).padStart(4, '0')}`,
      country,
      kind,
      level: kind === 'atm' ? 0.9 : kind === 'online' && r.chance(0.3) ? -1.9 : 0.45 * r.normal(),
    });
  }
  const stores = new Map<Country, Merchant[]>(countries.map((c) => [c, []]));
  for (const m of merchants) if (m.kind !== 'online') stores.get(m.country)?.push(m);
  const online = merchants.filter((m) => m.kind === 'online');

  const cards: Card[] = [];
  const busyness: number[] = [];
  const regulars = new Map<Merchant, Card[]>();
  let total = 0;
  for (let i = 0; i < cardCount; i++) {
    const r = random(seed, purpose.card, i);
    const home = countryAt(r.uniform());
    const local = stores.get(home) as readonly Merchant[];
    const favourites: Merchant[] = [];
    // Squaring the draw makes the first merchants of a list the popular ones.
    for (let f = 0; f < 5; f++)
      favourites.push(local[Math.floor(r.uniform() ** 2 * local.length)] as Merchant);
    for (let f = 0; f < 3; f++)
      favourites.push(online[Math.floor(r.uniform() ** 2 * online.length)] as Merchant);
    const card: Card = {
      id: `c${String(i).padStart(5, '0')}`,
      home,
      level: 3.1 + 0.8 * r.normal(),
      hour: 14 + 2.5 * r.normal(),
      wanderlust: 0.3 * r.uniform() ** 2,
      favourites,
    };
    cards.push(card);
    total += Math.exp(0.8 * r.normal());
    busyness.push(total);
    for (const m of new Set(favourites)) {
      const known = regulars.get(m);
      if (known) known.push(card);
      else regulars.set(m, [card]);
    }
  }
  const cardAt = (uniform: number): Card => {
    const wanted = uniform * total;
    let low = 0;
    let high = cardCount - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((busyness[middle] as number) > wanted) high = middle;
      else low = middle + 1;
    }
    return cards[low] as Card;
  };
  return { cards, cardAt, merchants, stores, online, regulars };
}
