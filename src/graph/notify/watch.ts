import { setTimeout as sleep } from 'node:timers/promises';
import { MINUTE, messageOf } from '../../base/index.ts';
import type { Kinds } from '../kind.ts';
import type { Graph } from '../project.ts';
import type { Workspace } from '../workspace.ts';
import { look, type Watching } from './notifier.ts';
import { send } from './send.ts';

/** How the one that looks while nothing runs spends its time. */
export interface Looking extends Partial<Pick<Watching, 'environment' | 'retry'>> {
  readonly stopping: AbortSignal;
  readonly onEvent: Watching['onEvent'];
  /** Waits that long, in microseconds, or until it is stopped. A test's clock moves instead. */
  readonly wait?: (micros: number, stopping: AbortSignal) => Promise<void>;
}

const EVERY = MINUTE;
/** A receiver that was not reached is left alone for so many looks. */
const PATIENCE = 15;

/**
 * Looks once a minute whether what is live is still as fresh as was promised, and tells owners, also when nothing runs: that nothing
 * arrives starts no run. Until it is stopped.
 */
export async function watchTroubles(
  graph: Graph,
  kinds: Kinds,
  workspace: Workspace,
  { stopping, onEvent, wait = waited, environment = process.env, retry }: Looking,
): Promise<void> {
  const base = { graph, kinds, workspace, run: null, console: true, environment, stopping, retry, onEvent };
  let down = new Set<string>();
  for (let looks = 1; !stopping.aborted; looks++) {
    await wait(EVERY, stopping);
    if (stopping.aborted) return;
    if (looks % PATIENCE === 0) down = new Set();
    try {
      await look(base, graph.nodes.keys(), () => false, false);
      await send({ ...base, down, published: new Set() });
    } catch (error) {
      onEvent({ event: 'notices-failed', message: messageOf(error) });
    }
  }
}

async function waited(micros: number, signal: AbortSignal): Promise<void> {
  try {
    await sleep(micros / 1000, undefined, { signal });
  } catch {
    // Stopped; the loop looks.
  }
}
