import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { MillraceError } from '../../base/index.ts';
import { openDatabase } from '../../store/index.ts';
import type { Finding } from './finding.ts';
import type { Subject } from './subject.ts';

/** Damage of the database with tracked runs; nothing where nothing was ever tracked. */
export function trackingFindings({ home }: Pick<Subject, 'home'>): Finding[] {
  const path = join(home, 'tracking.db');
  if (!existsSync(path)) return [];
  return damageOf(path).map((what) => ({
    level: 'broken',
    room: 'tracking',
    what: `${path}: ${what}`,
    todo: 'Restore tracking.db from a copy. No version of an asset depends on it.',
  }));
}

function damageOf(path: string): string[] {
  try {
    const database = openDatabase(path);
    try {
      return database
        .all<Record<string, string>>('pragma integrity_check(20)')
        .flatMap((row) => Object.values(row))
        .filter((text) => text !== 'ok');
    } finally {
      database.close();
    }
  } catch (error) {
    if (!(error instanceof MillraceError)) throw error;
    return [error.problems[0]?.message ?? error.message];
  }
}
