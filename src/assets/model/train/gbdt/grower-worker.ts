import { parentPort, workerData } from 'node:worker_threads';
import { type Ground, TreeGrower } from './grow.ts';
import type { WorkerStart } from './grower.ts';
import { Team } from './team.ts';

// One of the threads that grow a tree together. All get the same message; the first gives the tree.

const { field, rank, size, control } = workerData as WorkerStart;
const grower = new TreeGrower(field, new Team(rank, size, control));
parentPort?.on('message', (ground: Ground) => {
  const grown = grower.grow(ground);
  parentPort?.postMessage(rank === 0 ? grown : null);
});
