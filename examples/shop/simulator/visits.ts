import { purpose, random } from './random.ts';
import { categories, type Item, season, type User, usedUp } from './world.ts';

export interface Event {
  readonly user: User;
  readonly item: Item;
  readonly kind: 'view' | 'cart';
  readonly at: number;
}

export interface OrderLine {
  readonly order: string;
  readonly line: number;
  readonly user: User;
  readonly item: Item;
  readonly quantity: number;
  readonly at: number;
}

/** What a user remembers from visit to visit. */
interface Memory {
  /** Looked at with liking and not bought yet. */
  readonly wished: Set<Item>;
  readonly bought: Map<Item, number>;
}

/** Visits day by day. Days must be asked for in their order: what somebody does follows from what they did. */
export function openShop(seed: number, items: readonly Item[], users: readonly User[]) {
  const memories = new Map<User, Memory>(
    users.map((user) => [user, { wished: new Set(), bought: new Map() }]),
  );
  const byCategory = categories.map((category) => items.filter((item) => item.category === category));
  return {
    /** All that happens on the day that begins at `midnight`, in the order of time. */
    day(midnight: number): { events: Event[]; lines: OrderLine[] } {
      const events: Event[] = [];
      const lines: OrderLine[] = [];
      for (const [u, user] of users.entries()) {
        const draw = random(seed, purpose.visit, u, Math.round(midnight / 86_400_000));
        if (user.joinedAt > midnight || !draw.chance(user.visitsPerDay)) continue;
        // Between 7 in the morning and 10 at night.
        const begun = midnight + Math.floor((7 + 14.9 * draw.uniform()) * 3_600_000);
        const visit = visitOf(draw, user, memories.get(user) as Memory, byCategory, begun);
        events.push(...visit.events);
        const order = `o${new Date(midnight).toISOString().slice(2, 10).replaceAll('-', '')}-${user.id}`;
        for (const [i, { item, at, quantity }] of visit.bought.entries())
          lines.push({ order, line: i + 1, user, item, quantity, at });
      }
      const byTime = (a: { at: number }, b: { at: number }) => a.at - b.at;
      return { events: events.sort(byTime), lines: lines.sort(byTime) };
    },
  };
}

/** Somebody looks around: at what they wished for, at what they use up, and at what else is to their taste. */
function visitOf(
  draw: ReturnType<typeof random>,
  user: User,
  { wished, bought }: Memory,
  byCategory: readonly (readonly Item[])[],
  begun: number,
) {
  const events: Event[] = [];
  const kept: { item: Item; at: number; quantity: number }[] = [];
  let at = begun;
  const onSale = (item: Item) => item.listedAt <= begun && begun < item.goneAt;
  const look = (item: Item, wish: number): void => {
    events.push({ user, item, kind: 'view', at });
    at += Math.floor((15 + 90 * draw.uniform()) * 1000);
    if (draw.chance(wish)) {
      events.push({ user, item, kind: 'cart', at });
      at += 20_000;
      if (draw.chance(0.6)) {
        kept.push({ item, at: 0, quantity: usedUp.has(item.category) ? 1 + draw.poisson(1) : 1 });
        wished.delete(item);
        bought.set(item, begun);
        return;
      }
    }
    if (draw.chance(0.4)) wished.add(item);
  };
  const seen = new Set<Item>();
  const lookOnce = (item: Item, wish: number): void => {
    if (seen.has(item) || !onSale(item)) return;
    seen.add(item);
    look(item, wish);
  };

  for (const item of wished) if (draw.chance(0.25)) lookOnce(item, 0.45);
  for (const [item, when] of bought)
    if (usedUp.has(item.category) && begun - when > 8 * 86_400_000 && draw.chance(0.3)) lookOnce(item, 0.7);
  const weights = categories.map((category, c) => (user.taste[c] as number) * season(category, begun));
  for (let wanted = 1 + draw.poisson(1); wanted > 0; wanted--) {
    const shelf = (byCategory[draw.byWeight(weights)] as readonly Item[]).filter(onSale);
    // What fits the purse, and a little what is new.
    const pull = shelf.map((item) => {
      const ofUsual = Math.log(item.price / 25 / user.purse);
      const isNew = begun - item.listedAt < 10 * 86_400_000 ? 2.5 : 1;
      return bought.has(item) && !usedUp.has(item.category)
        ? 0
        : item.appeal * isNew * Math.exp(-0.5 * ofUsual ** 2);
    });
    for (let views = 1 + draw.poisson(2); views > 0; views--) {
      const item = shelf[draw.byWeight(pull)];
      if (item !== undefined) lookOnce(item, 0.12);
    }
  }
  // One order at the end.
  return { events, bought: kept.map((one) => ({ ...one, at: at + 60_000 })) };
}
