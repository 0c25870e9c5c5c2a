import { purpose, random } from './random.ts';

export const DAY = 86_400_000;

export const categories = [
  'kitchen',
  'garden',
  'books',
  'toys',
  'lighting',
  'textiles',
  'tools',
  'stationery',
  'coffee',
  'candles',
] as const;
export type Category = (typeof categories)[number];

/** What a thing of a category costs in the middle, in euros. */
const usualPrice: Readonly<Record<Category, number>> = {
  ...{ kitchen: 28, garden: 35, books: 16, toys: 22, lighting: 60 },
  ...{ textiles: 40, tools: 45, stationery: 8, coffee: 12, candles: 10 },
};

/** What is used up is bought again. */
export const usedUp: ReadonlySet<Category> = new Set(['coffee', 'candles', 'stationery']);

export interface Item {
  readonly id: string;
  readonly category: Category;
  readonly price: number;
  /** How much it draws, whoever looks: a long tail. */
  readonly appeal: number;
  readonly listedAt: number;
  /** From here on it is out of stock; infinite for most. */
  readonly goneAt: number;
}

export interface User {
  readonly id: string;
  /** Weight of each category. */
  readonly taste: readonly number[];
  /** What they pay, as a multiple of what is usual. */
  readonly purse: number;
  readonly visitsPerDay: number;
  readonly joinedAt: number;
}

/** Two things in three are there from the first day, the others come later; one in twelve sells out. */
export function itemsOf(seed: number, count: number, first: number, days: number): Item[] {
  return Array.from({ length: count }, (_, i) => {
    const draw = random(seed, purpose.item, i);
    const category = categories[i % categories.length] as Category;
    const price = usualPrice[category] * Math.exp(0.5 * draw.normal());
    const early = draw.chance(2 / 3);
    // The last quarter of the time has new things too, so that some are new when the model is asked.
    const listed = early ? first - DAY * (1 + 200 * draw.uniform()) : first + DAY * days * draw.uniform();
    const appeal = (1 + Math.floor(draw.uniform() * count)) ** -0.8;
    const gone = draw.chance(1 / 12)
      ? listed + DAY * (20 + 2 * days * draw.uniform())
      : Number.POSITIVE_INFINITY;
    return {
      id: `i${String(i + 1).padStart(4, '0')}`,
      category,
      price: Math.max(1, Math.round(price * 100) / 100),
      appeal,
      listedAt: Math.round(listed),
      goneAt: Math.round(gone),
    };
  });
}

/** Each has two or three categories to their taste; three in ten join on some later day. */
export function usersOf(seed: number, count: number, first: number, days: number): User[] {
  return Array.from({ length: count }, (_, u) => {
    const draw = random(seed, purpose.user, u);
    const taste = categories.map(() => 0.04);
    for (const weight of draw.chance(0.5) ? [1, 0.5] : [1, 0.6, 0.3])
      taste[Math.floor(draw.uniform() * taste.length)]! += weight;
    const joined = draw.chance(0.7) ? first : first + DAY * Math.floor(days * draw.uniform());
    return {
      id: `u${String(u + 1).padStart(4, '0')}`,
      taste,
      purse: Math.exp(0.4 * draw.normal()),
      visitsPerDay: Math.min(0.6, 0.18 * Math.exp(0.6 * draw.normal())),
      joinedAt: joined,
    };
  });
}

/** Gardens in early summer, candles and lights in winter. */
export function season(category: Category, at: number): number {
  const ofYear = (at / DAY - 10_957) / 365.25;
  const wave = (peak: number) => Math.exp(1.2 * Math.cos(2 * Math.PI * (ofYear - peak)));
  if (category === 'garden') return wave(0.42);
  if (category === 'candles' || category === 'lighting') return wave(0.95);
  return category === 'toys' ? wave(0.93) : 1;
}
