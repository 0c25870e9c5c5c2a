import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { clockFrom, systemFailure } from '../base/index.ts';
import { openDuckDb } from '../engine/index.ts';
import { openBlobs } from '../store/blob/index.ts';
import { openDatabase } from '../store/index.ts';
import { openLake } from '../store/lake/index.ts';
import { type Log, openLog } from '../store/log/index.ts';
import { openOnlineStore } from '../store/online/index.ts';
import { openState } from '../store/state/index.ts';
import { openTracking, type Tracking } from '../store/tracking/index.ts';
import { fileOutlet, httpOutlet, type OpenLineage, settingsOf } from './openlineage/index.ts';
import type { LineageOut, Workspace } from './workspace.ts';

/** The folder below a project's own in which everything is kept. Without it all is built again from the files that are there; versions, roll-backs and predictions are gone. */
export const HOME = '.millrace';

/**
 * Opens the embedded stores of the project in a folder, and makes them on first use. MILLRACE_MEMORY bounds the engine's
 * memory (DuckDB's form: `1GB`), MILLRACE_CLOCK stops the clock, MILLRACE_BLOBS says where models and reports are kept,
 * MILLRACE_ONLINE where feature state is, MILLRACE_OPENLINEAGE where lineage events go.
 * @throws MILL_CLOCK_INVALID, MILL_OPENLINEAGE_INVALID, MILL_BLOB_ADDRESS, MILL_ONLINE_ADDRESS
 */
export async function openWorkspace(
  folder: string,
  env: Readonly<Record<string, string | undefined>> = process.env,
): Promise<Workspace> {
  const root = resolve(folder);
  const home = join(root, HOME);
  const clock = clockFrom(env);
  // A wrong address is said before anything is opened.
  settingsOf(undefined, env, root);
  mkdirSync(home, { recursive: true });
  const blobs = openBlobs(join(home, 'blobs'), env);
  const memory = env['MILLRACE_MEMORY'];
  const engine = await openDuckDb({
    tempFolder: join(home, 'temp'),
    ...(memory === undefined ? {} : { memoryLimit: memory }),
  });
  const opened: { close(): unknown }[] = [engine];
  try {
    const database = openDatabase(join(home, 'state.db'));
    opened.unshift(database);
    const online = await openOnlineStore(join(home, 'online'), env);
    opened.unshift(online);
    opened.unshift(blobs);
    const logs = new Map<string, Promise<Log>>();
    let out: LineageOut | undefined;
    let tracking: Tracking | undefined;
    return {
      folder: root,
      clock,
      engine,
      lake: openLake(database, join(home, 'lake')),
      state: openState(database),
      online,
      blobs,
      log(name) {
        const open = logs.get(name) ?? openLog(join(home, 'log', name));
        logs.set(name, open);
        // One that could not be opened is tried again by whoever asks next.
        open.catch(() => logs.delete(name));
        return open;
      },
      tracking() {
        tracking ??= openTracking(join(home, 'tracking.db'), clock);
        return tracking;
      },
      openLineage(declared) {
        out ??= openOutlet(declared, env, root);
        return out;
      },
      async close() {
        const open = await Promise.allSettled(logs.values());
        await closeAll([
          // First, while what is lost can still be noted.
          ...(out === undefined ? [] : [out.outlet]),
          ...(tracking === undefined ? [] : [tracking]),
          ...open.flatMap((log) => (log.status === 'fulfilled' ? [log.value] : [])),
          ...opened,
        ]);
      },
    };
  } catch (error) {
    await closeAll(opened).catch(() => {});
    throw systemFailure(error) ?? error;
  }
}

/** Closes each, also where one before it fails; then that failure is thrown. */
async function closeAll(all: readonly { close(): unknown }[]): Promise<void> {
  const failures: unknown[] = [];
  for (const one of all) {
    try {
      await one.close();
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) throw failures[0];
}

function openOutlet(
  declared: OpenLineage | undefined,
  environment: Readonly<Record<string, string | undefined>>,
  folder: string,
): LineageOut | undefined {
  const { address, ...names } = settingsOf(declared, environment, folder);
  if (address === undefined) return undefined;
  const outlet = address.to === 'file' ? fileOutlet(address.path) : httpOutlet(address.url, address.key);
  return { outlet, environment, ...names };
}
