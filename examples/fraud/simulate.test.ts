import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { countries, simulate } from './simulate.ts';

const home = mkdtempSync(join(tmpdir(), 'millrace-'));
after(() => rmSync(home, { recursive: true }));

const small = { cards: 400, paymentsPerDay: 200, days: 24 };
const october = new Date('2026-10-01');

function filesOf(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => statSync(join(folder, path)).isFile())
    .sort();
}

function bytesOf(folder: string): Map<string, string> {
  const digest = (path: string) =>
    createHash('sha256')
      .update(readFileSync(join(folder, path)))
      .digest('hex');
  return new Map(filesOf(folder).map((path) => [path, digest(path)]));
}

/** Rows of all files of a folder in the order of their paths, by a reader that knows no more of CSV than quotes. */
function rowsOf(folder: string): { file: string; cells: string[] }[] {
  return filesOf(folder).flatMap((file) => {
    const bytes = readFileSync(join(folder, file));
    const text = (file.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString();
    const lines = text.trimEnd().split('\n').slice(1);
    return lines.map((line) => ({
      file,
      cells: [...line.matchAll(/(?:^|,)(?:"([^"]*)"|([^,]*))/g)].map((m) => m[1] ?? m[2] ?? ''),
    }));
  });
}

test('the same inputs give the same bytes, another seed gives others', () => {
  const [a, b, c] = ['a', 'b', 'c'].map((name) => join(home, name)) as [string, string, string];
  const first = simulate({ folder: a, until: october, ...small });
  const second = simulate({ folder: b, until: october, ...small });
  assert.deepEqual(second, first);
  assert.deepEqual(bytesOf(b), bytesOf(a));
  simulate({ folder: c, until: october, ...small, seed: 8 });
  assert.notDeepEqual(bytesOf(c), bytesOf(a));
});

test('a day more adds its files and changes none; a folder grown day by day is the folder made at once', () => {
  const [grown, whole] = [join(home, 'grown'), join(home, 'whole')];
  simulate({ folder: grown, until: new Date('2026-09-29'), ...small, days: 22 });
  for (const [until, days] of [
    ['2026-09-30', 23],
    ['2026-10-01', 24],
  ] as const) {
    const before = bytesOf(grown);
    const made = simulate({ folder: grown, until: new Date(until), ...small, days });
    const now = bytesOf(grown);
    for (const [path, digest] of before) assert.equal(now.get(path), digest, path);
    assert.deepEqual(
      [...now.keys()].filter((path) => !before.has(path)),
      made.written,
    );
    assert.equal(made.unchanged.length, before.size);
  }
  simulate({ folder: whole, until: october, ...small });
  assert.deepEqual(bytesOf(grown), bytesOf(whole));
});

test('what a day holds does not depend on the days before it that are asked for', () => {
  const [short, long] = [join(home, 'short'), join(home, 'long')];
  const few = simulate({ folder: short, until: october, days: 6 });
  simulate({ folder: long, until: october, days: 40 });
  const all = bytesOf(long);
  for (const [path, digest] of bytesOf(short)) assert.equal(digest, all.get(path), path);
  const next = simulate({ folder: short, until: new Date('2026-10-02'), days: 6 });
  assert.deepEqual(next.written, [
    'chargebacks/chargebacks-2026-10-01.csv',
    'payments/payments-2026-10-01.csv',
  ]);
  assert.equal(next.unchanged.length, few.written.length - 2);
});

/** Counts bad rows with no help from the simulator. A payment_id is taken by the first row that is good otherwise. */
function badRows(rows: ReturnType<typeof rowsOf>): Record<string, number> {
  const found = {
    unparsableAmount: 0,
    missingPaidAt: 0,
    negativeAmount: 0,
    undeclaredCountry: 0,
    duplicateInFile: 0,
    duplicateAcrossFiles: 0,
  };
  const taken = new Map<string, string>();
  for (const { file, cells } of rows) {
    if (cells.length !== 7) assert.fail(`${file}: ${cells}`);
    const [id, , , amount, country, , paidAt] = cells as [
      string,
      string,
      string,
      string,
      string,
      string,
      string,
    ];
    if (!/^-?\d+\.\d\d$/.test(amount)) found.unparsableAmount++;
    else if (amount.startsWith('-')) found.negativeAmount++;
    else if (paidAt === '') found.missingPaidAt++;
    else if (!(countries as readonly string[]).includes(country)) found.undeclaredCountry++;
    else if (taken.get(id) === file) found.duplicateInFile++;
    else if (taken.has(id)) found.duplicateAcrossFiles++;
    else taken.set(id, file);
  }
  return found;
}

test('the planted counts are what a plain reading of the full-size files finds', () => {
  const folder = join(home, 'full');
  const made = simulate({ folder, until: october });
  const rows = rowsOf(join(folder, 'payments'));
  assert.deepEqual(badRows(rows), made.planted);
  assert.equal(rows.length, made.payments);
  assert.equal(rows.filter(({ file }) => file.includes('late-terminal')).length, made.late.rows);
  assert.equal(rowsOf(join(folder, 'chargebacks')).length, made.chargebacks);

  const bad = Object.values(made.planted).reduce((sum, n) => sum + n, 0);
  assert.ok(bad > 0.001 * rows.length && bad < 0.002 * rows.length, `${bad} bad rows`);
  assert.ok(Math.min(...Object.values(made.planted)) > 20);
  assert.ok(rows.length > 190_000 && rows.length < 210_000, `${rows.length} payments`);
  const cards = new Set(rows.map(({ cells }) => cells[1]));
  assert.ok(cards.size > 4900 && cards.size <= 5000, `${cards.size} cards`);
  assert.deepEqual(
    rows.filter(({ cells }) => !/^(2026-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z)?$/.test(cells[6] ?? '')),
    [],
  );
  assert.equal(filesOf(join(folder, 'payments')).filter((path) => path.endsWith('.gz')).length, 9);
});

test('a repeat of a payment from before the first day is no duplicate', () => {
  let firstDayRepeats = 0;
  for (let day = 1; day <= 6; day++) {
    const folder = join(home, `first-${day}`);
    const made = simulate({ folder, until: new Date(Date.UTC(2026, 8, 2 + day)), ...small, days: 2 });
    const rows = rowsOf(join(folder, 'payments'));
    assert.deepEqual(badRows(rows), made.planted);
    const yesterday = `p202609${String(day - 1).padStart(2, '0')}-`;
    firstDayRepeats += rows.filter(({ cells }) =>
      cells[0]?.startsWith(day === 1 ? 'p20260831-' : yesterday),
    ).length;
  }
  assert.ok(firstDayRepeats > 0);
});

test('the late file holds days of one shop that no other file has, and comes on the last day of the quarter', () => {
  const folder = join(home, 'late');
  const before = simulate({ folder, until: new Date('2026-09-30'), days: 10 });
  assert.deepEqual(before.late, { files: 0, rows: 0 });
  const made = simulate({ folder, until: october, days: 11 });
  assert.equal(made.late.files, 1);
  assert.ok(made.written.includes('payments/payments-late-terminal-2026-09-24.csv'));
  const rows = rowsOf(join(folder, 'payments'));
  const isLate = ({ file }: { file: string }) => file.includes('late');
  const shops = new Set(rows.filter(isLate).map(({ cells }) => cells[2]));
  assert.equal(shops.size, 1);
  const cutOff = /^2026-09-2[456]/;
  for (const row of rows)
    if (shops.has(row.cells[2]) && cutOff.test(row.cells[6] ?? '')) assert.ok(isLate(row), row.cells[0]);
});

test('chargebacks follow their payment by days or weeks, are told once, and never lie in the future', () => {
  const folder = join(home, 'reports');
  simulate({ folder, until: october, days: 80 });
  const paidAt = new Map(rowsOf(join(folder, 'payments')).map(({ cells }) => [cells[0], cells[6]]));
  const told = new Set<string>();
  const delays: number[] = [];
  for (const { file, cells } of rowsOf(join(folder, 'chargebacks'))) {
    const [id, reportedAt] = cells as [string, string];
    assert.ok(!told.has(id), `${id} is told twice`);
    told.add(id);
    assert.ok(file.includes(reportedAt.slice(0, 10)));
    assert.ok(reportedAt < '2026-10-01');
    const paid = paidAt.get(id);
    // Only payments made 45 days or more before the end have all their chargebacks told.
    if (paid && paid < '2026-08-17') delays.push((Date.parse(reportedAt) - Date.parse(paid)) / 86_400_000);
  }
  delays.sort((a, b) => a - b);
  const quantile = (q: number) => delays[Math.floor(q * delays.length)] as number;
  assert.ok(delays.length > 500);
  assert.ok(quantile(0.5) > 8 && quantile(0.5) < 10, `median ${quantile(0.5)} days`);
  assert.ok(quantile(0.98) < 32 && (delays.at(-1) as number) < 45);
  const rate = delays.length / [...paidAt.values()].filter((at) => at && at < '2026-08-17').length;
  assert.ok(rate > 0.007 && rate < 0.014, `fraud rate ${rate}`);
});

test('an until that is no midnight and a number of days that is none are refused', () => {
  assert.throws(() => simulate({ folder: home, until: new Date('2026-10-01T12:00Z') }), /midnight/);
  assert.throws(() => simulate({ folder: home, until: new Date('nonsense') }), /midnight/);
  assert.throws(() => simulate({ folder: home, until: october, days: 0 }), /days is 0/);
});
