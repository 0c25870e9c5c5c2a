import { parentPort, workerData } from 'node:worker_threads';
import { MillraceError, type Problem } from '../../../base/index.ts';
import type { FeaturesBody } from '../spec.ts';
import { type Answers, buffersOf, LineSweep, type Stretch } from './line-sweep.ts';

// What a thread of the crew runs: it takes stretches in the order in which they come, and answers each.

/** What a thread says of a stretch. A problem is told in full: an error would lose its class on the way. */
export type Said =
  | { readonly answers: Answers }
  | { readonly problems: readonly Problem[] }
  | { readonly error: unknown };

const sweep = new LineSweep(workerData as FeaturesBody);

parentPort?.on('message', (stretch: Stretch) => {
  const said = answered(stretch);
  parentPort?.postMessage(said, 'answers' in said ? buffersOf(said.answers.columns) : []);
});

function answered(stretch: Stretch): Said {
  try {
    return { answers: sweep.take(stretch) };
  } catch (error) {
    return error instanceof MillraceError ? { problems: error.problems } : { error };
  }
}
