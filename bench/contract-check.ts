import { isDeepStrictEqual } from 'node:util';
import { beside, compared, type JobUse, job } from './job.ts';
import type { Payments } from './payments.ts';
import { benchPython } from './python.ts';
import type { Result } from './results.ts';

const script = (name: string): string => new URL(name, import.meta.url).pathname;

/** Judging payments by twenty rules, beside one aggregate written by hand, pandera and Great Expectations, on the same Parquet file. */
export async function contractCheck(
  many: Payments,
  fewer: Payments,
  rounds: number,
): Promise<{ results: Result[]; notes: string[] }> {
  const rules = (rows: number) => `check of ${rows.toLocaleString('en')} rows × 20 rules`;
  const ours = (payments: Payments) => () => job(['check', payments.parquet]);
  const byHand = await beside(rounds, ours(many), () => job(['check-by-hand', many.parquet]));
  for (const [a, b] of byHand) assertAlike(a, b);
  const results = compared(rules(many.rows), byHand, 'one DuckDB aggregate by hand');
  const found = benchPython();
  if ('reason' in found)
    return { results, notes: [`No pandera and no Great Expectations beside the check: ${found.reason}.`] };
  for (const [name, file] of [
    ['pandera on polars', 'check-pandera.py'],
    ['Great Expectations on pandas', 'check-great-expectations.py'],
  ] as const) {
    const pairs = await beside(rounds, ours(fewer), () => job([script(file), fewer.parquet], found.python));
    for (const [a, b] of pairs) assertAlike(a, b, false);
    results.push(...compared(rules(fewer.rows), pairs, name));
  }
  return { results, notes: [] };
}

/** Speed is only worth comparing where the findings are the same; others have other names for the rules. */
function assertAlike(ours: JobUse, theirs: JobUse, names = true): void {
  const of = ({ gave }: JobUse) => (names ? gave : (gave as [string, number][]).map(([, n]) => n));
  if (!isDeepStrictEqual(of(ours), of(theirs)))
    throw new Error(`They found ${JSON.stringify(theirs.gave)}, we ${JSON.stringify(ours.gave)}.`);
}
