import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { contractCheck } from './contract-check.ts';
import { growth } from './growth.ts';
import { ingest } from './ingest.ts';
import { loadBesideCopy } from './load-copy.ts';
import { load, machine } from './machine.ts';
import { writePayments } from './payments.ts';
import { planThousand } from './plan-1000.ts';
import { planIntervals } from './plan-intervals.ts';
import { type Result, report, write } from './results.ts';

// `npm run bench -- data`: contracts, loads, ingest and plans, in about a quarter of an hour on a quiet machine; 5 GB of disk.
//   --write       adds the results to bench/RESULTS.md
//   --rows N      of the largest file; default 10,000,000
//   --rounds N    of everything that stands beside something; default 3
//   --only WORD   check, load, growth, ingest or plan

const { values } = parseArgs({
  options: {
    write: { type: 'boolean' },
    rows: { type: 'string', default: '10000000' },
    rounds: { type: 'string', default: '3' },
    only: { type: 'string' },
  },
});
const rows = Number(values.rows);
const rounds = Number(values.rounds);
const wants = (word: string): boolean => values.only === undefined || values.only === word;

const began = new Date();
const results: Result[] = [];
const notes: string[] = [];
const tell = (found: readonly Result[]): void => {
  results.push(...found);
  for (const { what, ratio, ours, beside } of found)
    console.log(`${ratio.toPrecision(3).padStart(8)}  ${what}: ${ours} | ${beside}`);
};
console.log(`${machine()}; load ${load()}`);
const folder = mkdtempSync(join(tmpdir(), 'millrace-bench-'));
try {
  if (wants('plan')) {
    tell(await planThousand());
    tell(await planIntervals());
  }
  if (wants('ingest')) tell(await ingest());
  const many = wants('check') || wants('load') ? await writePayments(folder, rows) : undefined;
  const sizes = wants('check') || wants('growth') ? [0.1, 0.2, 0.4].map((share) => share * rows) : [];
  const smaller = [];
  for (const size of sizes) smaller.push(await writePayments(folder, size));
  const [fewer] = smaller;
  if (wants('check') && many && fewer) {
    const checked = await contractCheck(many, fewer, rounds);
    tell(checked.results);
    notes.push(...checked.notes);
  }
  if (wants('load') && many) tell(await loadBesideCopy(many, rounds));
  if (wants('growth')) tell(await growth(smaller, rounds));
} finally {
  rmSync(folder, { recursive: true, force: true });
}
if (Number(load()) > 3) notes.push('Others kept the machine busy: CPU ratios say more than those of time.');
for (const note of notes) console.log(note);
if (values.write) write(fileURLToPath(new URL('RESULTS.md', import.meta.url)), report(results, notes, began));
