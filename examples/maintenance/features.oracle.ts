import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

// Every input of the models and every answer once more, from the lines of the files by plain loops: the slow and obvious twin of project.ts.

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const SENSORS = ['volt', 'rotate', 'pressure', 'vibration'] as const;

interface Event {
  readonly at: number;
  readonly what: string;
}

/** What the files say of one machine, good rows only, oldest first. */
export interface Known {
  readonly readings: readonly { readonly at: number; readonly values: readonly number[] }[];
  readonly errors: readonly Event[];
  readonly service: readonly Event[];
  readonly failures: readonly Event[];
  readonly model: string;
  readonly age: number;
}

/** Of every machine. */
export function knownOf(folder: string): Map<number, Known> {
  const rows = (table: string): string[][] =>
    readdirSync(folder)
      .filter((file) => file.startsWith(table))
      .sort()
      .flatMap((file) => readFileSync(join(folder, file), 'utf8').trimEnd().split('\n').slice(1))
      .map((line) => line.split(','));
  const at = (datetime = ''): number => Date.parse(`${datetime.replace(' ', 'T')}Z`);
  const events = (table: string, machine: string): Event[] =>
    rows(table)
      .filter(([, id]) => id === machine)
      .map(([datetime, , what]) => ({ at: at(datetime), what: what as string }));

  const readings = new Map<string, Map<number, readonly number[]>>();
  for (const [datetime, id, ...cells] of rows('PdM_telemetry')) {
    const values = cells.map(Number);
    if (values.some((value) => !(value > 0))) continue;
    const own = readings.get(id as string) ?? new Map<number, readonly number[]>();
    readings.set(id as string, own);
    // Of rows with one key the first counts.
    if (!own.has(at(datetime))) own.set(at(datetime), values);
  }
  return new Map(
    rows('PdM_machines').map(([id, model, age]) => [
      Number(id),
      {
        readings: [...(readings.get(id as string) ?? [])].map(([at, values]) => ({ at, values })),
        errors: events('PdM_errors', id as string),
        service: events('PdM_maint', id as string),
        failures: events('PdM_failures', id as string),
        model: model as string,
        age: Number(age),
      },
    ]),
  );
}

type Value = number | string | null;

/** Every input by name, asked at `t`. */
export function inputsAt(known: Known, t: number): Record<string, Value> {
  const within = <E extends { at: number }>(events: readonly E[], window: number, hop: number): E[] =>
    events.filter(({ at }) => at < t && at >= Math.floor((t - window) / hop) * hop);
  const since = (events: readonly Event[]): number | null => {
    const last = events.filter(({ at }) => at < t).at(-1);
    return last === undefined ? null : (t - last.at) / 1000;
  };
  const found: Record<string, Value> = {};
  for (const [sensor, name] of SENSORS.entries()) {
    const shown = (window: number, hop: number) =>
      within(known.readings, window, hop).map(({ values }) => values[sensor] as number);
    const short = shown(3 * HOUR, HOUR / 12);
    const day = shown(DAY, HOUR);
    found[`${name}_mean_3h`] = mean(short);
    found[`${name}_mean_24h`] = mean(day);
    found[`${name}_spread_3h`] = deviation(short);
    found[`${name}_spread_24h`] = deviation(day);
    found[`${name}_min_24h`] = day.length === 0 ? null : Math.min(...day);
    found[`${name}_max_24h`] = day.length === 0 ? null : Math.max(...day);
    const month = mean(shown(30 * DAY, DAY));
    found[`${name}_unusual`] = day.length === 0 || month === null ? null : (mean(day) as number) / month;
  }
  for (const error of ['error1', 'error2', 'error3', 'error4', 'error5']) {
    const own = known.errors.filter(({ what }) => what === error);
    found[`${error}_24h`] = within(own, DAY, HOUR).length;
    found[`${error}_7d`] = within(own, 7 * DAY, HOUR).length;
  }
  found['quiet_for'] = since(known.errors);
  for (const component of ['comp1', 'comp2', 'comp3', 'comp4'])
    found[`${component}_worn`] = since(known.service.filter(({ what }) => what === component));
  found['exchanges'] = known.service.filter(({ at }) => at < t).length;
  found['failures_90d'] = within(known.failures, 90 * DAY, DAY).length;
  found['held_for'] = since(known.failures);
  found['machine_model'] = known.model;
  found['machine_age'] = known.age;
  return found;
}

/** The answers of a question asked at `t`; null where the readings of all machines end, at `until`, before they are known. */
export function answersAt({ failures }: Known, t: number, until: number) {
  const next = failures.find(({ at }) => at >= t);
  const within24h = next !== undefined && next.at < t + DAY;
  const dayIsOver = t + DAY <= until;
  return {
    fails_within_24h: dayIsOver ? within24h : null,
    fails_next: dayIsOver ? (within24h ? next.what : 'none') : null,
    hours_left: t + 7 * DAY <= until ? Math.min(168, next === undefined ? 168 : (next.at - t) / HOUR) : null,
  };
}

function mean(values: readonly number[]): number | null {
  return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;
}

function deviation(values: readonly number[]): number | null {
  if (values.length < 2) return null;
  const middle = mean(values) as number;
  return Math.sqrt(values.reduce((sum, value) => sum + (value - middle) ** 2, 0) / (values.length - 1));
}
