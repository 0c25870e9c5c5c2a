import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { alarms, errors } from './simulator/alarms.ts';
import { type Machine, machine } from './simulator/machine.ts';
import { readings, sensors } from './simulator/sensors.ts';
import { lines, type Planted, troubleOf } from './simulator/trouble.ts';
import { components, EPOCH, HOURS, type Stint, stints } from './simulator/wear.ts';

export interface SimulateOptions {
  /** The `PdM_….csv` go here. */
  readonly folder: string;
  /** The day after the last one: a midnight in UTC. */
  readonly until: Date;
  /** How many days of telemetry to write. Default 90. */
  readonly days?: number;
  /** How many, from the first one on. Default 60. */
  readonly machines?: number;
  readonly seed?: number;
}

export interface Simulated {
  /** Rows in the files, by table; those of telemetry with the planted ones. */
  readonly rows: Readonly<Record<Table, number>>;
  /** Names of files, sorted. `unchanged` were there already with this content. */
  readonly written: readonly string[];
  readonly unchanged: readonly string[];
  /** Bad rows of telemetry, by what is wrong with them. */
  readonly planted: Readonly<Planted>;
}

const headers = {
  PdM_telemetry: `datetime,machineID,${sensors.map(({ name }) => name).join(',')}\n`,
  PdM_errors: 'datetime,machineID,errorID\n',
  PdM_maint: 'datetime,machineID,comp\n',
  PdM_failures: 'datetime,machineID,failure\n',
  PdM_machines: 'machineID,model,age\n',
} as const;
type Table = keyof typeof headers;

/** The logs begin so many days before the telemetry, so that the last service of a component is known on its first day. */
const BEFORE = 90;

/**
 * Writes what a shop floor logs, in the columns of the public tables: a file of telemetry a day; of errors, service and failures one a
 * calendar month, which grows until the month is over; and the list of machines. What a day holds depends on the day, the machine
 * and the seed alone: one day more, or one machine more, changes nothing of the others.
 */
export function simulate(options: SimulateOptions): Simulated {
  const { folder, until, days = 90, machines: count = 60, seed = 7 } = options;
  const end = until.getTime() / 86_400_000;
  if (!Number.isSafeInteger(end))
    throw new RangeError(`until is ${until.toJSON()}; it must be a midnight in UTC`);
  if (!Number.isSafeInteger(days) || days < 1) throw new RangeError(`days is ${days}; it must be 1 or more`);
  if (!Number.isSafeInteger(count) || count < 1)
    throw new RangeError(`machines is ${count}; it must be 1 or more`);
  const first = end - days;
  if ((first - BEFORE) * HOURS < EPOCH)
    throw new RangeError(
      `${days} days until ${dayOf(end)} begin too early; no machine is older than June 2014`,
    );

  const fleet = Array.from({ length: count }, (_, i) => machine(seed, i + 1));
  const lives = fleet.map((m) => components.map((_, component) => stints(seed, m, component, end * HOURS)));
  const rows = { PdM_telemetry: 0, PdM_errors: 0, PdM_maint: 0, PdM_failures: 0, PdM_machines: 0 };
  const planted: Planted = { impossible: 0, unreadable: 0, stranger: 0, repeated: 0 };
  const written: string[] = [];
  const unchanged: string[] = [];
  const put = (table: Table, part: string, body: readonly string[]): void => {
    const name = `${table}${part}.csv`;
    rows[table] += body.reduce((sum, text) => sum + (text.match(/\n/g) as string[]).length, 0);
    (placed(folder, name, headers[table] + body.join('')) ? written : unchanged).push(name);
  };

  mkdirSync(folder, { recursive: true });
  for (let day = first; day < end; day++) {
    const shown = fleet.map((m, i) => readings(seed, m, lives[i] as Stint[][], day));
    const body: string[] = [];
    for (let i = 0; i < HOURS; i++) {
      const hour = day * HOURS + i;
      for (const [of, { id }] of fleet.entries()) {
        const flaw = troubleOf(seed, id, hour);
        if (flaw) planted[flaw]++;
        body.push(lines(stamp(hour), id, (shown[of] as number[][])[i] as number[], flaw));
      }
    }
    put('PdM_telemetry', `-${dayOf(day)}`, body);
  }

  const logs = { PdM_errors: errorRows, PdM_maint: serviceRows, PdM_failures: failureRows } as const;
  const months = monthsOf(first - BEFORE, end);
  for (const [table, rowsOf] of Object.entries(logs) as [keyof typeof logs, LogRows][]) {
    const logged = fleet.flatMap((m, i) =>
      rowsOf(seed, m, lives[i] as Stint[][], months[0]?.from ?? first, end),
    );
    logged.sort((a, b) => a.hour - b.hour || a.machine - b.machine || (a.what < b.what ? -1 : 1));
    for (const { name, from, to } of months)
      put(
        table,
        `-${name}`,
        logged
          .filter(({ hour }) => hour >= from * HOURS && hour < to * HOURS)
          .map(({ hour, machine: id, what }) => `${stamp(hour)},${id},${what}\n`),
      );
  }
  put(
    'PdM_machines',
    '',
    fleet.map(({ id, model, age }) => `${id},${model},${age}\n`),
  );
  return { rows, written: written.sort(), unchanged: unchanged.sort(), planted };
}

interface Logged {
  readonly hour: number;
  readonly machine: number;
  readonly what: string;
}

type LogRows = (seed: number, m: Machine, lives: Stint[][], first: number, end: number) => Logged[];

const errorRows: LogRows = (seed, m, lives, first, end) =>
  alarms(seed, m, lives, first, end).map(({ hour, error }) => ({
    hour,
    machine: m.id,
    what: errors[error] as string,
  }));

/** A component that failed is exchanged in the same hour; all others when their time has come. */
const serviceRows: LogRows = (_, m, lives, first, end) => exchanges(m, lives, first, end, () => true);
const failureRows: LogRows = (_, m, lives, first, end) =>
  exchanges(m, lives, first, end, ({ ending }) => ending === 'failure');

function exchanges(
  m: Machine,
  lives: Stint[][],
  first: number,
  end: number,
  wanted: (s: Stint) => boolean,
): Logged[] {
  return lives.flatMap((life, component) =>
    life
      .filter((stint) => wanted(stint) && stint.to >= first * HOURS && stint.to < end * HOURS)
      .map(({ to }) => ({ hour: to, machine: m.id, what: components[component] as string })),
  );
}

/** The calendar months that the days [first, end) touch, the first one whole, the last one until `end`. */
function monthsOf(first: number, end: number): { name: string; from: number; to: number }[] {
  const found: { name: string; from: number; to: number }[] = [];
  const date = new Date(first * 86_400_000);
  let [year, month] = [date.getUTCFullYear(), date.getUTCMonth()];
  for (;;) {
    const from = Date.UTC(year, month, 1) / 86_400_000;
    if (from >= end) return found;
    month++;
    if (month === 12) [year, month] = [year + 1, 0];
    found.push({
      name: dayOf(from).slice(0, 7),
      from,
      to: Math.min(end, Date.UTC(year, month, 1) / 86_400_000),
    });
  }
}

/** Day 20,000 → `2024-10-04`. */
const dayOf = (day: number): string => new Date(day * 86_400_000).toISOString().slice(0, 10);

/** As the public tables write it: `2024-10-04 06:00:00`. */
const stamp = (hour: number): string =>
  new Date(hour * 3_600_000).toISOString().slice(0, 19).replace('T', ' ');

/** Writes a file as a whole, unless it holds this text already. */
function placed(folder: string, name: string, text: string): boolean {
  const path = join(folder, name);
  if (existsSync(path) && readFileSync(path, 'utf8') === text) return false;
  const draft = join(folder, `.${name}.tmp`);
  writeFileSync(draft, text);
  renameSync(draft, path);
  return true;
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: {
      folder: { type: 'string', default: 'data' },
      until: { type: 'string', default: new Date().toISOString().slice(0, 10) },
      days: { type: 'string', default: '90' },
      machines: { type: 'string', default: '60' },
      seed: { type: 'string', default: '7' },
    },
  });
  const { folder, until, days, machines, seed } = values;
  const sizes = { days: Number(days), machines: Number(machines), seed: Number(seed) };
  const { rows, planted, written, unchanged } = simulate({ folder, until: new Date(until), ...sizes });
  const told = Object.entries(rows).map(([table, n]) => `${table} ${n}`);
  const bad = Object.entries(planted).map(([sort, n]) => `${sort} ${n}`);
  process.stdout.write(
    `${told.join(', ')} rows; ${written.length} files written, ${unchanged.length} unchanged.\nPlanted in the telemetry: ${bad.join(', ')}.\n`,
  );
}
