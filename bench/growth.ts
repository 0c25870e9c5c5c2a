import { job } from './job.ts';
import { median } from './machine.ts';
import type { Payments } from './payments.ts';
import { type Result, result } from './results.ts';

/** What each doubling of the rows may cost. */
const AIM = 2.2;

/** How CPU seconds grow as the rows double. `sizes` are of the same payments, each twice as many as the one before. */
export async function growth(sizes: readonly Payments[], rounds: number): Promise<Result[]> {
  const results: Result[] = [];
  for (const [what, name, file] of [
    ['load', 'load', (p: Payments) => p.csv],
    ['check', 'check', (p: Payments) => p.parquet],
    ['table', 'table', (p: Payments) => p.csv],
  ] as const) {
    const uses = sizes.map((): number[] => []);
    for (let round = 0; round < rounds; round++)
      for (const [i, payments] of sizes.entries())
        uses[i]?.push((await job([name, file(payments)])).cpuSeconds);
    const seconds = uses.map(median);
    const worst = Math.max(...seconds.slice(1).map((one, i) => one / (seconds[i] as number)));
    results.push(
      result(
        `${what}: the dearest doubling of rows`,
        worst / AIM,
        'lower',
        `${worst.toFixed(2)}×: ${sizes.map(({ rows }, i) => `${(rows / 1e6).toString()} M ${seconds[i]?.toFixed(2)} s`).join(', ')} of CPU`,
        `the aim of ${AIM}×`,
      ),
    );
  }
  return results;
}
