import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { featuresOverHttp } from './features-http.ts';
import { featuresOffline } from './features-offline.ts';
import { featuresInProcess } from './features-online.ts';
import { featuresState } from './features-state.ts';
import { featuresStreaming } from './features-streaming.ts';
import { load, machine } from './machine.ts';
import type { Pace } from './paced.ts';
import { type Result, report, write } from './results.ts';

// `npm run bench -- features`: features over history and online, in about an hour on a quiet machine; 5 GB of disk.
//   --write       adds the results to bench/RESULTS.md
//   --events N    payments of the offline bench; default 10,000,000
//   --asks N      asks of the offline bench; default 1,000,000
//   --rounds N    of everything offline; default 3
//   --seconds N   of every rate online; default 15, and four times as many at 1/s
//   --only WORD   offline, process, http, streaming or state
//   --case WORDS  of offline this case alone, once for each: '10,000 entities', 'doubling'; default: all

const { values } = parseArgs({
  options: {
    write: { type: 'boolean' },
    events: { type: 'string', default: '10000000' },
    asks: { type: 'string', default: '1000000' },
    rounds: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '15' },
    only: { type: 'string' },
    case: { type: 'string', multiple: true },
  },
});
const wants = (word: string): boolean => values.only === undefined || values.only === word;
const seconds = Number(values.seconds);
const paces: Pace[] = [
  { perSecond: 1, seconds: 4 * seconds },
  { perSecond: 1000, seconds },
  { perSecond: 'saturation', seconds },
];
/** 200 payments a card: what online look-ups are made of. */
const online = { events: 2_000_000, asks: 10, entities: 10_000 };
const small = { events: 200_000, asks: 10, entities: 1000 };

const began = new Date();
const results: Result[] = [];
const notes: string[] = [];
const tell = (found: readonly Result[], more: readonly string[] = []): void => {
  results.push(...found);
  notes.push(...more);
  for (const { what, ratio, ours, beside } of found)
    console.log(`${ratio.toPrecision(3).padStart(8)}  ${what}: ${ours} | ${beside}`);
};
console.log(`${machine()}; load ${load()}`);
const folder = mkdtempSync(join(tmpdir(), 'millrace-bench-'));
const within = (name: string): string => join(folder, name);
try {
  if (wants('offline')) {
    const sizes = { events: Number(values.events), asks: Number(values.asks) };
    const { results, notes } = await featuresOffline(
      within('offline'),
      sizes,
      Number(values.rounds),
      values.case,
    );
    tell(results, notes);
  }
  if (wants('process')) {
    const { results, notes } = await featuresInProcess(
      within('process'),
      seconds < 5 ? small : online,
      paces,
    );
    tell(results, notes);
  }
  if (wants('http')) {
    const { results, notes } = await featuresOverHttp(within('http'), small, paces);
    tell(results, notes);
  }
  if (wants('streaming')) tell(await featuresStreaming(within('streaming'), 200 * seconds));
  if (wants('state')) tell(await featuresState(within('state'), small));
} finally {
  rmSync(folder, { recursive: true, force: true });
}
if (wants('process') || wants('http'))
  notes.push(`At 1/s there are ${4 * seconds} look-ups: their p99 is about the slowest of them.`);
if (Number(load()) > 3) notes.push('Others kept the machine busy: CPU ratios say more than those of time.');
for (const note of notes) console.log(note);
if (values.write) write(fileURLToPath(new URL('RESULTS.md', import.meta.url)), report(results, notes, began));
