import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { type SimulateOptions, simulate } from './simulate.ts';

const home = mkdtempSync(join(tmpdir(), 'millrace-'));
after(() => rmSync(home, { recursive: true }));

const october = new Date('2026-10-01');
const small = { machines: 6, days: 12, until: october } as const;

function made(name: string, options: Partial<SimulateOptions> = {}): Map<string, string> {
  const folder = join(home, name);
  simulate({ folder, ...small, ...options });
  return new Map(readdirSync(folder).map((file) => [file, readFileSync(join(folder, file), 'utf8')]));
}

/** The rows of a table, in the order of its files, by a reader that knows nothing of CSV but commas. */
function rowsOf(files: Map<string, string>, table: string): string[][] {
  return [...files.keys()]
    .filter((file) => file.startsWith(table))
    .sort()
    .flatMap((file) => (files.get(file) as string).trimEnd().split('\n').slice(1))
    .map((line) => line.split(','));
}

test('the headers are those of the public tables', () => {
  const first = (text = '') => text.slice(0, text.indexOf('\n'));
  const files = made('headers');
  assert.deepEqual(
    [
      'PdM_telemetry-2026-09-30.csv',
      'PdM_errors-2026-09.csv',
      'PdM_maint-2026-09.csv',
      'PdM_failures-2026-09.csv',
      'PdM_machines.csv',
    ].map((file) => first(files.get(file))),
    [
      'datetime,machineID,volt,rotate,pressure,vibration',
      'datetime,machineID,errorID',
      'datetime,machineID,comp',
      'datetime,machineID,failure',
      'machineID,model,age',
    ],
  );
  assert.match(rowsOf(files, 'PdM_telemetry')[0]?.[0] ?? '', /^2026-09-19 00:00:00$/);
});

test('the same inputs give the same bytes, another seed gives others', () => {
  assert.deepEqual(made('a'), made('b'));
  assert.notDeepEqual(made('a'), made('c', { seed: 8 }));
});

test('a day more adds its telemetry and to the logs of its month, and changes nothing else', () => {
  const before = made('grown', { until: new Date('2026-09-30'), days: 11 });
  const grown = made('grown');
  assert.deepEqual(grown, made('at once'));
  const changed = [...grown.keys()].filter((file) => before.get(file) !== grown.get(file));
  for (const file of changed)
    if (before.has(file)) assert.ok((grown.get(file) as string).startsWith(before.get(file) as string), file);
  assert.ok(changed.includes('PdM_telemetry-2026-09-30.csv'));
  assert.ok(
    changed.every((file) => /-2026-09(-30)?\.csv$/.test(file)),
    changed.join(', '),
  );
});

test('a machine more changes nothing of the others', () => {
  const [few, more] = [made('few', { machines: 4 }), made('more')];
  for (const table of ['PdM_telemetry', 'PdM_errors', 'PdM_maint', 'PdM_failures'])
    assert.deepEqual(
      rowsOf(more, table).filter(([, id]) => Number(id) > 0 && Number(id) <= 4),
      rowsOf(few, table).filter(([, id]) => Number(id) > 0),
      table,
    );
});

test('the planted counts are what a plain reading finds', () => {
  const folder = join(home, 'planted');
  const { planted, rows } = simulate({ folder, ...small, machines: 40, days: 40 });
  const found = { impossible: 0, unreadable: 0, stranger: 0, repeated: 0 };
  const seen = new Set<string>();
  const files = new Map(readdirSync(folder).map((file) => [file, readFileSync(join(folder, file), 'utf8')]));
  const telemetry = rowsOf(files, 'PdM_telemetry');
  for (const [datetime, id, volt, , , vibration] of telemetry) {
    if (id === '0') found.stranger++;
    else if (volt === '-999') found.impossible++;
    else if (vibration === 'NaN') found.unreadable++;
    else if (seen.has(`${id} ${datetime}`)) found.repeated++;
    else seen.add(`${id} ${datetime}`);
  }
  assert.deepEqual(found, planted);
  assert.equal(telemetry.length, rows.PdM_telemetry);
  assert.equal(telemetry.length, 40 * 40 * 24 + planted.repeated);
  assert.ok(Object.values(planted).every((n) => n > 0));
});

test('components wear and are exchanged, sensors drift and errors come before they fail', () => {
  const files = made('physics', { machines: 60, days: 90 });
  const failures = rowsOf(files, 'PdM_failures');
  const service = rowsOf(files, 'PdM_maint');
  const exchanged = new Set(service.map((row) => row.join()));
  for (const failure of failures) assert.ok(exchanged.has(failure.join()), `${failure} is never mended`);
  // As in the public tables: 761 failures of 100 machines in a year, 3,286 exchanges.
  const days = 182;
  const rate = failures.length / (60 * days);
  assert.ok(rate > 0.012 && rate < 0.03, `${rate} failures a machine and day`);
  assert.ok(service.length > 3 * failures.length);

  const hour = (datetime = '') => Date.parse(`${datetime.replace(' ', 'T')}Z`) / 3_600_000;
  const readings = new Map(
    rowsOf(files, 'PdM_telemetry').map(([at, id, ...values]) => [`${id} ${hour(at)}`, values.map(Number)]),
  );
  const errors = rowsOf(files, 'PdM_errors').map(([at, id, error]) => ({ at: hour(at), id, error }));
  const usual = [171, 446, 101, 40.4];
  const spread = [15, 50, 10.5, 5.2];
  for (const [c, sign] of [1, -1, 1, 1].entries()) {
    const before: number[] = [];
    let told = 0;
    let failed = 0;
    for (const [datetime, id, component] of failures) {
      if (component !== `comp${c + 1}`) continue;
      const at = hour(datetime);
      failed++;
      const own = c === 0 ? ['error1'] : c === 1 ? ['error2', 'error3'] : [`error${c + 2}`];
      if (errors.some((e) => e.id === id && own.includes(e.error as string) && e.at < at && e.at >= at - 96))
        told++;
      for (let h = at - 12; h < at; h++) {
        const value = readings.get(`${id} ${h}`)?.[c];
        if (value !== undefined && value > 0) before.push(((value - usual[c]!) / spread[c]!) * sign);
      }
    }
    const mean = before.reduce((sum, value) => sum + value, 0) / before.length;
    assert.ok(mean > 1, `comp${c + 1}: ${mean} standard deviations in the last 12 hours`);
    assert.ok(told > 0.5 * failed && told < failed, `comp${c + 1}: ${told} of ${failed} are told before`);
  }
});

test('an until that is no midnight and sizes that are none are refused', () => {
  const folder = home;
  assert.throws(() => simulate({ folder, until: new Date('2026-10-01T12:00Z') }), /midnight/);
  assert.throws(() => simulate({ folder, until: new Date('nonsense') }), /midnight/);
  assert.throws(() => simulate({ folder, until: october, days: 0 }), /days is 0/);
  assert.throws(() => simulate({ folder, until: october, machines: 1.5 }), /machines is 1.5/);
  assert.throws(() => simulate({ folder, until: new Date('2014-07-01') }), /too early/);
});
