import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { purpose, random } from './simulator/random.ts';
import { type Event, type OrderLine, openShop } from './simulator/visits.ts';
import { DAY, itemsOf, usersOf } from './simulator/world.ts';

export { categories } from './simulator/world.ts';

export interface SimulateOptions {
  /** Files go to `events/`, `orders/` and `items.csv` in here. */
  readonly folder: string;
  /** The day after the last one: a midnight in UTC. */
  readonly until: Date;
  readonly days?: number;
  readonly users?: number;
  readonly items?: number;
  readonly seed?: number;
}

/** Numbers of rows, with those that are bad on purpose. */
export interface Simulated {
  readonly events: number;
  readonly orders: number;
  readonly bad: number;
}

/**
 * Writes what people look at and buy in a shop, one file of each a day, and the catalogue. The same options give the same bytes; a day more (`until` and
 * `days` both one further) adds that day's files and changes no other but the catalogue's.
 */
export function simulate(options: SimulateOptions): Simulated {
  const { folder, until, days = 90, users = 300, items = 200, seed = 7 } = options;
  const end = until.getTime();
  if (!Number.isSafeInteger(end / DAY))
    throw new RangeError(`until is ${until.toJSON()}; it must be a midnight in UTC`);
  if (!Number.isSafeInteger(days) || days < 1) throw new RangeError(`days is ${days}; it must be 1 or more`);
  const first = end - days * DAY;
  // When things are listed and people join goes by a quarter, however many days are asked for.
  const catalogue = itemsOf(seed, items, first, 90);
  const shop = openShop(seed, catalogue, usersOf(seed, users, first, 90));
  const made = { events: 0, orders: 0, bad: 0 };
  for (let day = first; day < end; day += DAY) {
    const { events, lines } = shop.day(day);
    const name = new Date(day).toISOString().slice(0, 10);
    const draw = random(seed, purpose.trouble, Math.round(day / DAY));
    const bad = events.flatMap((event, i) => (draw.chance(0.001) ? [brokenEvent(event, i)] : []));
    const returned = lines.flatMap((line) => (draw.chance(0.004) ? [orderRow(line, -line.quantity)] : []));
    put(join(folder, 'events', `events-${name}.csv`), [eventHeader, ...events.map(eventRow), ...bad]);
    put(join(folder, 'orders', `orders-${name}.csv`), [
      orderHeader,
      ...lines.map((line) => orderRow(line)),
      ...returned,
    ]);
    made.events += events.length + bad.length;
    made.orders += lines.length + returned.length;
    made.bad += bad.length + returned.length;
  }
  const listed = catalogue.filter((item) => item.listedAt < end);
  put(join(folder, 'items.csv'), [
    'item_id,category,price,listed_at,in_stock',
    ...listed.map(({ id, category, price, listedAt, goneAt }) =>
      [id, category, price.toFixed(2), iso(listedAt), goneAt > end].join(','),
    ),
  ]);
  return made;
}

const iso = (at: number): string => new Date(at).toISOString();
const eventHeader = 'event_id,user_id,item_id,kind,seen_at';
const orderHeader = 'order_id,line,user_id,item_id,quantity,price,ordered_at';

function eventRow({ user, item, kind, at }: Event): string {
  return `${user.id}-${item.id}-${kind}-${at},${user.id},${item.id},${kind},${iso(at)}`;
}

/** A kind that nobody knows, or nobody who looked. */
function brokenEvent({ user, item, at }: Event, i: number): string {
  return i % 2 === 0
    ? `b${at}-${i},${user.id},${item.id},hover,${iso(at)}`
    : `b${at}-${i},,${item.id},view,${iso(at)}`;
}

/** A line of an order; one with a quantity below 0 is a return under a line number of its own. */
function orderRow({ order, line, user, item, quantity, at }: OrderLine, sent = quantity): string {
  const number = sent < 0 ? 100 + line : line;
  return `${order},${number},${user.id},${item.id},${sent},${item.price.toFixed(2)},${iso(at)}`;
}

/** Writes a file as a whole, unless it holds these lines already. */
function put(path: string, lines: readonly string[]): void {
  const text = `${lines.join('\n')}\n`;
  if (existsSync(path) && readFileSync(path, 'utf8') === text) return;
  mkdirSync(dirname(path), { recursive: true });
  const draft = join(dirname(path), `.${basename(path)}.tmp`);
  writeFileSync(draft, text);
  renameSync(draft, path);
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: {
      folder: { type: 'string', default: 'data' },
      until: { type: 'string', default: new Date().toISOString().slice(0, 10) },
      days: { type: 'string', default: '90' },
      users: { type: 'string', default: '300' },
      items: { type: 'string', default: '200' },
      seed: { type: 'string', default: '7' },
    },
  });
  const { folder, until, days, users, items, seed } = values;
  const made = simulate({
    ...{ folder, until: new Date(until), days: Number(days) },
    ...{ users: Number(users), items: Number(items), seed: Number(seed) },
  });
  const count = (n: number): string => n.toLocaleString('en');
  process.stdout.write(
    `${count(made.events)} events and ${count(made.orders)} order lines, ${made.bad} of them bad, over ${days} days.\n`,
  );
}
