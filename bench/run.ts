import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { openWorkspace } from '../src/graph/index.ts';
import { fraudFeatures } from './fraud-features.ts';
import { fraudTraining } from './fraud-training.ts';
import { latency, writeQuestions } from './latency.ts';
import { load, machine } from './machine.ts';
import { fraudWorld, UNTIL } from './millrace.ts';
import { type Result, report, write } from './results.ts';
import { wholeLine } from './whole-line.ts';

// `npm run bench`: the fraud example measured side by side, in one run of a few minutes.
//   --write          adds the results to bench/RESULTS.md
//   --profile DIR    CPU profiles of the whole line and of the server go there; look with bench/hot-spots.ts. They slow both down.

const { values } = parseArgs({ options: { write: { type: 'boolean' }, profile: { type: 'string' } } });
const { profile } = values;
if (profile) mkdirSync(profile, { recursive: true });

const began = new Date();
const results: Result[] = [];
const notes: string[] = [];
const tell = (found: readonly Result[]): void => {
  results.push(...found);
  for (const { what, ratio, ours, beside } of found)
    console.log(`${ratio.toPrecision(3).padStart(8)}  ${what}: ${ours} | ${beside}`);
};
console.log(`${machine()}; load ${load()}`);
const world = fraudWorld();
try {
  tell(await wholeLine(world, { profile }));
  const workspace = await openWorkspace(world.folder, { MILLRACE_CLOCK: UNTIL });
  let questions: string;
  try {
    tell(await fraudFeatures(workspace));
    const trained = await fraudTraining(workspace, world);
    tell(trained.results);
    notes.push(...trained.notes);
    questions = await writeQuestions(workspace, world);
  } finally {
    await workspace.close();
  }
  const answered = await latency(world, questions, { profile });
  tell(answered.results);
  notes.push(...answered.notes);
} finally {
  world.remove();
}
if (profile) notes.push('Measured under the profiler.');
for (const note of notes) console.log(note);
if (values.write) write(fileURLToPath(new URL('RESULTS.md', import.meta.url)), report(results, notes, began));
