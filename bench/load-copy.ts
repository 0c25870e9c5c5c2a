import { beside, compared, type JobUse, job } from './job.ts';
import type { Payments } from './payments.ts';
import { type Result, result } from './results.ts';

/** What a load of any size may hold in memory. */
const MOST_BYTES = 2e9;

/** Loading a CSV into the lake beside DuckDB's own COPY of it to Parquet, in its types, with the same compression, checking nothing. */
export async function loadBesideCopy(payments: Payments, rounds: number): Promise<Result[]> {
  const rows = `load of ${payments.rows.toLocaleString('en')} rows`;
  const results: Result[] = [];
  const loads: JobUse[] = [];
  for (const [what, name, file] of [
    ['types, nulls and a key', 'load', payments.csv],
    ['types and nulls', 'load-without-key', payments.csv],
    ['20 rules and a key', 'load-20-rules', payments.csv],
    ['20 rules and a key, one row in a hundred bad', 'load-20-rules', payments.dirtyCsv],
  ] as const) {
    const pairs = await beside(
      rounds,
      () => job([name, file]),
      () => job(['copy', payments.csv]),
    );
    for (const [load] of pairs) assertWhole(load, payments.rows);
    loads.push(...pairs.map(([load]) => load));
    results.push(...compared(`${rows}, ${what}`, pairs, 'COPY to Parquet'));
  }
  const peak = Math.max(...loads.map(({ peakBytes }) => peakBytes));
  results.push(
    result(
      `${rows}: peak memory`,
      peak / MOST_BYTES,
      'lower',
      `${(peak / 1e6).toFixed(0)} MB`,
      `the aim of ${MOST_BYTES / 1e9} GB`,
    ),
  );
  return results;
}

function assertWhole({ gave }: JobUse, rows: number): void {
  const [good, aside] = gave as [number, number];
  if (good + aside !== rows) throw new Error(`${good} rows and ${aside} set aside, of ${rows}`);
}
