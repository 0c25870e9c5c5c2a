import { type Clock, systemClock } from '../../base/index.ts';
import { openDatabase } from '../database.ts';
import { openExperiments } from './experiments.ts';
import { openLoggedModels } from './logged-models.ts';
import { openRegisteredModels } from './registered-models.ts';
import { openRemarks } from './remarks.ts';
import { openRuns } from './runs.ts';
import { trackingMigrations } from './schema.ts';
import type { Tracking } from './tracking.port.ts';

/**
 * Opens the memory of tracked runs in a SQLite file of its own, or makes it: many metrics a second must not keep a publication waiting.
 * @throws MILL_STATE_UNREADABLE, MILL_STATE_NEWER
 */
export function openTracking(path: string, clock: Clock = systemClock): Tracking {
  const database = openDatabase(path);
  try {
    database.migrate('tracking', trackingMigrations);
    const now = (): number => Math.floor(clock.now() / 1000);
    const at = now();
    if (database.get('select 1 from mill_experiment where id = 0') === undefined)
      database.run(
        `insert or ignore into mill_experiment (id, name, location, lifecycle, created_at, updated_at)
         values (0, 'Default', 'mlflow-artifacts:/0', 'active', ?, ?)`,
        [at, at],
      );
    const experiments = openExperiments(database, now);
    return Object.freeze({
      experiments,
      runs: openRuns(database, experiments, now),
      loggedModels: openLoggedModels(database, experiments, now),
      registry: openRegisteredModels(database, now),
      remarks: openRemarks(database),
      transaction: <T>(work: () => T): T => database.transaction(work),
      close: () => database.close(),
    });
  } catch (error) {
    database.close();
    throw error;
  }
}
