import type { Session } from '../../src/engine/index.ts';

// The flights once more, from the raw rows and in plain JavaScript: clock times become instants by the time zones of the
// JavaScript engine, not DuckDB's, and every event carries the instant from which it can be known.

/** Instants in milliseconds since 1970. */
export interface Event {
  readonly id: string;
  readonly at: number;
  /** A question at t sees the event when this is before t. */
  readonly known: number;
  readonly values: Readonly<Record<string, number | null>>;
}

export interface RawEvents {
  readonly weather: readonly (Event & { readonly origin: string })[];
  readonly takeoffs: readonly (Event & Flight)[];
  readonly arrivals: readonly (Event & Flight)[];
  /** Questions by flight: when they are asked. */
  readonly scheduled: ReadonlyMap<string, number>;
}

interface Flight {
  readonly carrier: string;
  readonly tailnum: string;
  readonly origin: string;
  readonly dest: string;
  readonly flight_no: string;
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const formats = new Map<string, Intl.DateTimeFormat>();
const offsets = new Map<string, number>();

/** What a zone's clock is ahead of UTC. No zone of these flights changes its clock within an hour of UTC. */
function offsetAt(zone: string, instant: number): number {
  const hour = Math.floor(instant / HOUR);
  const key = `${zone} ${hour}`;
  const found = offsets.get(key);
  if (found !== undefined) return found;
  const format =
    formats.get(zone) ??
    new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
    });
  formats.set(zone, format);
  const parts = Object.fromEntries(
    format.formatToParts(hour * HOUR).map(({ type, value }) => [type, Number(value)]),
  ) as Record<'year' | 'month' | 'day' | 'hour' | 'minute', number>;
  const { year, month, day, minute } = parts;
  const offset = Date.UTC(year, month - 1, day, parts.hour, minute) - hour * HOUR;
  offsets.set(key, offset);
  return offset;
}

/** The instant at which a zone's clock shows a local time (given as if it were UTC). Nothing is scheduled while clocks change. */
function instantOf(zone: string, local: number): number {
  const guess = local - offsetAt(zone, local);
  return local - offsetAt(zone, guess);
}

/** Minutes of the day of a time written as 517 for 05:17; 2400 is midnight. */
const minutesOf = (hhmm: number): number => Math.floor(hhmm / 100) * 60 + (hhmm % 100);

/**
 * The first moment from `earliest` on, minute by minute, at which the zone's clock shows `minute` of the day. A minute that the
 * clock skips in spring is read off a clock that was put forward an hour late.
 */
function firstShowing(zone: string, earliest: number, minute: number): number {
  const shows = (at: number, offset: number): boolean =>
    (((at + offset) % DAY) + DAY) % DAY === (minute % 1440) * MINUTE;
  for (let at = earliest; at < earliest + 2 * DAY; at += MINUTE) {
    const [now, before] = [offsetAt(zone, at), offsetAt(zone, at - HOUR)];
    if (shows(at, now) || (before < now && shows(at, before))) return at;
  }
  throw new Error(`no moment shows minute ${minute} in ${zone}`);
}

type Raw = Readonly<Record<string, string | null>>;

/** Reads the three files. */
export async function rawEvents(session: Session, file: (name: string) => string): Promise<RawEvents> {
  const read = async (name: string, columns: readonly string[]): Promise<Raw[]> => {
    const relation = `read_csv('${file(name).replaceAll("'", "''")}', all_varchar = true, nullstr = ['', 'NA'])`;
    const data = await session.columns(`select ${columns.join(', ')} from ${relation}`);
    return Array.from({ length: data[0]?.values.length ?? 0 }, (_, i) =>
      Object.fromEntries(data.map((column) => [column.name, column.values[i] as string | null])),
    );
  };
  const number = (text: string | null | undefined): number | null => (text == null ? null : Number(text));
  const zones = new Map(
    (await read('airports', ['faa', 'tzone'])).map((row) => [row['faa'] as string, row['tzone']]),
  );
  const weather = (
    await read('weather', [
      'origin',
      'time_hour',
      'temp',
      'humid',
      'wind_speed',
      'precip',
      'pressure',
      'visib',
    ])
  ).map(({ origin, time_hour, ...values }) => {
    const at = Date.parse(time_hour as string);
    const numbers = Object.fromEntries(Object.entries(values).map(([name, text]) => [name, number(text)]));
    return { id: `${origin} ${time_hour}`, at, known: at + HOUR, origin: origin as string, values: numbers };
  });
  const takeoffs: (Event & Flight)[] = [];
  const arrivals: (Event & Flight)[] = [];
  const scheduled = new Map<string, number>();
  const columns =
    'year month day dep_time dep_delay arr_time arr_delay carrier tailnum flight origin dest air_time';
  for (const raw of await read('flights', columns.split(' '))) {
    if (raw['dep_time'] === null) continue;
    const { carrier, tailnum, origin, dest } = raw as unknown as Flight;
    const [year, month, day, depTime, depDelay] = ['year', 'month', 'day', 'dep_time', 'dep_delay'].map(
      (name) => Number(raw[name]),
    ) as [number, number, number, number, number];
    const midnight = Date.UTC(year, month - 1, day);
    const minute = (((minutesOf(depTime) - depDelay) % 1440) + 1440) % 1440;
    const due = instantOf('America/New_York', midnight + minute * MINUTE);
    const left = due + depDelay * MINUTE;
    const flight_no = `${carrier}${raw['flight']}`;
    const id = `${new Date(midnight).toISOString().slice(0, 10)} ${flight_no} ${origin}`;
    const flight: Flight = { carrier, tailnum, origin, dest, flight_no };
    scheduled.set(id, due);
    takeoffs.push({ id, at: left, known: Math.max(left, due), ...flight, values: { dep_delay: depDelay } });
    const delay = number(raw['arr_delay']);
    if (delay === null) continue;
    const zone = zones.get(dest) ?? 'America/Puerto_Rico';
    const at = firstShowing(
      zone,
      left + Number(raw['air_time']) * MINUTE,
      minutesOf(Number(raw['arr_time'])),
    );
    arrivals.push({
      id,
      at,
      known: at,
      ...flight,
      values: { arr_delay: delay, was_late: delay > 15 ? 1 : 0 },
    });
  }
  return { weather, takeoffs, arrivals, scheduled };
}

/** One feature by looking at every event: those known before t, of the window, in which the column has a value. */
export function byHand(
  events: readonly Event[],
  {
    aggregate,
    column,
    window,
    hop,
  }: { aggregate: string; column: string | null; window: number; hop: number },
  t: number,
): number | null {
  const from = Math.floor((t - window) / hop) * hop;
  const seen = events.filter(
    (e) => e.known < t && e.at >= from && (column === null || (e.values[column] ?? null) !== null),
  );
  if (aggregate === 'count') return seen.length;
  const values = seen.map((event) => event.values[column as string] as number);
  const sum = values.reduce((total, value) => total + value, 0);
  if (aggregate === 'sum') return sum;
  if (values.length === 0) return null;
  if (aggregate === 'mean') return sum / values.length;
  if (aggregate === 'max') return Math.max(...values);
  if (aggregate !== 'last') throw new Error(`no ${aggregate} by hand`);
  const newest = Math.max(...seen.map(({ at }) => at));
  const last = seen.filter(({ at }) => at === newest).sort((a, b) => (a.id < b.id ? -1 : 1));
  return last.at(-1)?.values[column as string] ?? null;
}
