import { join } from 'node:path';
import { kinds, streamedSources, trimPosted } from '../assets/index.ts';
import { DAY, HOUR, systemClock } from '../base/index.ts';
import { type Graph, HOME, type Retention, retire, settleAll, type Workspace } from '../graph/index.ts';
import { openDatabase } from '../store/index.ts';
import { expireSnapshots, removeScheduled } from '../store/lake/index.ts';

/** How often a server lets go of what nothing needs, in milliseconds. */
export const TIDY_EVERY = HOUR / 1000;

/** What a server keeps of the past; `millrace doctor` has the same defaults. */
const KEPT: Omit<Retention, 'now'> = { young: DAY, recent: 100, hourly: 30 * DAY };

/**
 * Brings feature state in line with what is live and lets go of states that say nothing any more, trims logs of posted rows that have been in the lake for long, retires versions that nothing needs, lets their snapshots expire, and deletes files of snapshots that expired a day ago. A stream makes
 * a version every ten seconds: without this, what is kept of them would only ever grow. Safe beside runs and other servers.
 */
export async function tidy(
  graph: Graph,
  workspace: Workspace,
  kept: Omit<Retention, 'now'> = KEPT,
): Promise<void> {
  const now = workspace.clock.now();
  // Before versions are retired: one of them says how far the log may be trimmed.
  for (const source of streamedSources(workspace.state))
    await trimPosted(workspace, source, now - kept.hourly);
  await settleAll(graph, kinds, workspace);
  await evictExpired(workspace);
  await retire(kinds, workspace, { ...kept, now });
  const database = openDatabase(join(workspace.folder, HOME, 'state.db'));
  try {
    const needed = (): number[] =>
      database.all<{ id: number }>('select distinct snapshot as id from mill_version').map(({ id }) => id);
    expireSnapshots(database, systemClock, {
      ...{ olderThan: now - kept.hourly, thinBefore: now - kept.young, keep: kept.recent, needed },
    });
    // Files bear the system's time, even where the project's clock stands still.
    removeScheduled(workspace.lake, database, systemClock.now() - kept.young);
  } finally {
    database.close();
  }
}

/** States taken away in one transaction. */
const PAGE = 10_000;

async function evictExpired({ online, clock }: Workspace): Promise<void> {
  const now = clock.now();
  for (const space of await online.spaces()) while ((await online.evict(space, now, PAGE)) === PAGE);
}
