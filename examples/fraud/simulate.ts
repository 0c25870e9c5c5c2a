import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { gunzipSync, gzipSync } from 'node:zlib';
import { DAY } from './simulator/habits.ts';
import { dateOf, type Entry, isCutOff, type Ledger, ledger, outageOf } from './simulator/ledger.ts';
import { type Flaws, flawsOf, header, line, type Planted, repeatsOf } from './simulator/trouble.ts';

export { channels, countries } from './simulator/world.ts';

export interface SimulateOptions {
  /** Files go to `payments/` and `chargebacks/` in here. */
  readonly folder: string;
  /** The day after the last one: a midnight in UTC. */
  readonly until: Date;
  /** How many days to write. */
  readonly days?: number;
  readonly cards?: number;
  /** On average; a Saturday has more, a Sunday has less. */
  readonly paymentsPerDay?: number;
  readonly seed?: number;
}

export interface Simulated {
  /** Rows in the files of payments of these days, with the planted ones. */
  readonly payments: number;
  /** Rows in the files of chargebacks of these days; some tell of payments before the first day. */
  readonly chargebacks: number;
  /** Paths under the folder, sorted. `unchanged` were there already with this content. */
  readonly written: readonly string[];
  readonly unchanged: readonly string[];
  /** Bad rows, by what is wrong with them. */
  readonly planted: Readonly<Planted>;
  /** Good rows that came days after they were due: in files named `payments-late-terminal-…`. */
  readonly late: { readonly files: number; readonly rows: number };
}

/**
 * Writes card payments and the chargebacks that follow them, one CSV file a day (every tenth gzipped). What a day's
 * file holds depends on the day, the seed, `cards` and `paymentsPerDay` alone: run it for one more day and it adds
 * that day's files and touches no other.
 */
export function simulate(options: SimulateOptions): Simulated {
  const { folder, until, days = 90, cards = 5000, paymentsPerDay = 2222, seed = 7 } = options;
  const end = until.getTime() / DAY;
  if (!Number.isSafeInteger(end))
    throw new RangeError(`until is ${until.toJSON()}; it must be a midnight in UTC`);
  if (!Number.isSafeInteger(days) || days < 1) throw new RangeError(`days is ${days}; it must be 1 or more`);
  const first = end - days;
  const book = ledger(seed, first, end, cards, paymentsPerDay);
  const planted: Planted = {
    unparsableAmount: 0,
    missingPaidAt: 0,
    negativeAmount: 0,
    undeclaredCountry: 0,
    duplicateInFile: 0,
    duplicateAcrossFiles: 0,
  };
  const files = new Map<string, string[]>();
  const late = { files: 0, rows: 0 };
  let chargebacks = 0;

  const stories = new Map<number, Story>();
  for (let day = first - 1; day < end; day++) stories.set(day, storyOf(seed, book, day));
  for (let day = first; day < end; day++) {
    const today = stories.get(day) as Story;
    const lines = [header];
    const yesterday = stories.get(day - 1) as Story;
    for (const e of repeatsOf(
      seed,
      day - 1,
      yesterday.onTime,
      yesterday.flaws,
      today.flaws.repeatYesterday,
    )) {
      lines.push(line(e));
      // On the first day nothing here has the first copy, so the repeat is a good row.
      if (day > first) planted.duplicateAcrossFiles++;
    }
    for (const e of today.onTime) {
      const flaw = today.flaws.broken.get(e);
      if (flaw) planted[flaw]++;
      lines.push(line(e, flaw));
    }
    for (const e of today.flaws.repeated) {
      planted.duplicateInFile++;
      lines.push(line(e));
    }
    files.set(`payments/payments-${dateOf(day)}.csv${day % 10 === 4 ? '.gz' : ''}`, lines);

    const outage = outageOf(seed, book.world, day);
    if (outage.arrives === day) {
      const rows: string[] = [];
      for (let d = outage.day; d < outage.day + outage.days; d++)
        for (const e of book.days.get(d) ?? []) if (isCutOff(outage, e, d)) rows.push(line(e));
      late.files++;
      late.rows += rows.length;
      files.set(`payments/payments-late-terminal-${dateOf(outage.day)}.csv`, [header, ...rows]);
    }

    const reports = book.reports.get(day) ?? [];
    chargebacks += reports.length;
    const reportLines = reports.map((c) => `${c.paymentId},${new Date(c.at).toISOString()}\n`);
    files.set(`chargebacks/chargebacks-${dateOf(day)}.csv`, ['payment_id,reported_at\n', ...reportLines]);
  }

  const written: string[] = [];
  const unchanged: string[] = [];
  let payments = 0;
  for (const [path, lines] of [...files].sort(([a], [b]) => (a < b ? -1 : 1))) {
    if (path.startsWith('payments/')) payments += lines.length - 1;
    (put(join(folder, path), lines.join('')) ? written : unchanged).push(path);
  }
  return { payments, chargebacks, written, unchanged, planted, late };
}

interface Story {
  /** The day's entries, but for those that arrive late. */
  readonly onTime: readonly Entry[];
  readonly flaws: Flaws;
}

function storyOf(seed: number, book: Ledger, day: number): Story {
  const outage = outageOf(seed, book.world, day);
  const onTime = (book.days.get(day) ?? []).filter((e) => !isCutOff(outage, e, day));
  return { onTime, flaws: flawsOf(seed, day, onTime) };
}

/** Writes a file as a whole, unless it holds this text already; gzip's bytes may differ between versions of zlib, its text not. */
function put(path: string, text: string): boolean {
  const zipped = path.endsWith('.gz');
  if (existsSync(path)) {
    const there = readFileSync(path);
    if ((zipped ? gunzipSync(there) : there).toString() === text) return false;
  }
  mkdirSync(dirname(path), { recursive: true });
  const draft = join(dirname(path), `.${basename(path)}.tmp`);
  writeFileSync(draft, zipped ? gzipSync(text) : text);
  renameSync(draft, path);
  return true;
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: {
      folder: { type: 'string', default: 'data' },
      until: { type: 'string', default: new Date().toISOString().slice(0, 10) },
      days: { type: 'string', default: '90' },
      seed: { type: 'string', default: '7' },
    },
  });
  const { folder, until, days, seed } = values;
  const made = simulate({ folder, until: new Date(until), days: Number(days), seed: Number(seed) });
  const count = (n: number): string => n.toLocaleString('en');
  const bad = Object.entries(made.planted).map(([sort, rows]) => `${sort} ${rows}`);
  process.stdout.write(
    `${count(made.payments)} payments, ${count(made.chargebacks)} chargebacks; ${made.written.length} files written, ` +
      `${made.unchanged.length} unchanged.\nPlanted: ${bad.join(', ')}; ${made.late.rows} rows in ${made.late.files} late ${made.late.files === 1 ? 'file' : 'files'}.\n`,
  );
}
