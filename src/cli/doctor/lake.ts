import { relative } from 'node:path';
import { counted, quoteText, systemClock } from '../../base/index.ts';
import { literalPath } from '../../engine/index.ts';
import {
  checkCatalog,
  expireSnapshots,
  expiring,
  type LakeFile,
  lakeFiles,
  oldOrphans,
  type Removable,
  removeOrphans,
  removeScheduled,
  scheduledFiles,
} from '../../store/lake/index.ts';
import { bytes } from '../plain-text.ts';
import type { Finding } from './finding.ts';
import { damageOf } from './parquet-file.ts';
import type { Subject } from './subject.ts';

/** Deviations of the catalog from DuckLake 1.0, and damage of the database that holds it. */
export function catalogFindings({ database, home }: Subject): Finding[] {
  const damage = database
    .all<Record<string, string>>('pragma integrity_check(20)')
    .flatMap((row) => Object.values(row))
    .filter((text) => text !== 'ok');
  return [
    ...damage.map((what) => ({ room: 'state', what: `${home}: ${what}` })),
    ...checkCatalog(database).map((what) => ({ room: 'catalog', what })),
  ].map((found) => ({
    level: 'broken',
    ...found,
    todo: 'Restore state.db from a copy, together with the files beside it.',
  }));
}

/** Files that a snapshot names and that are gone, cut off or exchanged. */
export async function fileFindings(subject: Subject): Promise<Finding[]> {
  const { workspace, database } = subject;
  const found: Finding[] = [];
  const whole: LakeFile[] = [];
  for (const file of lakeFiles(workspace.lake, database)) {
    const damage = damageOf(file.path, file.bytes, file.footerBytes);
    if (damage === undefined) whole.push(file);
    else found.push(fileFinding(subject, file, damage));
  }
  for (const [file, rows] of await rowCounts(subject, whole))
    if (rows !== file.rows)
      found.push(
        fileFinding(
          subject,
          file,
          rows === undefined ? 'its footer cannot be read' : `it has ${rows} rows instead of ${file.rows}`,
        ),
      );
  return found;
}

function fileFinding({ workspace, versions }: Subject, file: LakeFile, damage: string): Finding {
  const { since, until } = file;
  const needing = versions
    .filter(({ snapshot }) => snapshot >= since && (until === null || snapshot < until))
    .map((version) => version.id)
    .filter((id) => id.startsWith(`${file.table}@`));
  const seen = until === null ? `since snapshot ${since}` : `of snapshots ${since} to ${until - 1}`;
  return {
    level: 'broken',
    room: 'lake',
    what: `${relative(workspace.lake.dataPath, file.path)}, a file of '${file.table}' ${seen}${needing.length > 0 ? ` (${needing.join(', ')})` : ''}: ${damage}`,
    todo: 'Restore the file from a copy; without one, roll back to a version that does not need it, or delete .millrace/ and build all again.',
  };
}

/** Files whose footers are read in one query. */
const TOGETHER = 200;

async function rowCounts(
  { workspace }: Subject,
  files: readonly LakeFile[],
): Promise<Map<LakeFile, number | undefined>> {
  const counts = new Map<LakeFile, number | undefined>();
  const session = await workspace.engine.session();
  const read = async (some: readonly LakeFile[]): Promise<void> => {
    const list = some.map((file) => quoteText(literalPath(file.path))).join(', ');
    try {
      const rows = await session.rows<{ file: string; rows: number }>(
        `select file_name as file, num_rows as rows from parquet_file_metadata([${list}])`,
      );
      const byPath = new Map(rows.map((row) => [row.file, row.rows]));
      for (const file of some) counts.set(file, byPath.get(file.path));
    } catch {
      // One that cannot be read fails all: then each is asked alone.
      if (some.length === 1) counts.set(some[0] as LakeFile, undefined);
      else for (const file of some) await read([file]);
    }
  };
  try {
    for (let i = 0; i < files.length; i += TOGETHER) await read(files.slice(i, i + TOGETHER));
  } finally {
    session.close();
  }
  return counts;
}

/** Files that nobody names, snapshots that nobody needs, and files that are noted for deletion. */
export function leftInLake(subject: Subject): Finding[] {
  const { workspace, database, settled, expireBefore, thinBefore, keepSnapshots, retirable } = subject;
  const { lake } = workspace;
  const found: Finding[] = [];
  const left = (files: readonly Removable[], what: string, fix: () => Removable[]): void => {
    if (files.length === 0) return;
    found.push({
      level: 'left',
      room: 'lake',
      what: `${counted(files.length, 'file')} of ${size(files)} ${what}`,
      todo: '--fix deletes them.',
      fix: () => {
        const gone = fix();
        return `${counted(gone.length, 'file')} of ${size(gone)} deleted`;
      },
    });
  };
  left(oldOrphans(lake, database, settled), 'that no snapshot names', () =>
    removeOrphans(lake, database, settled),
  );
  left(scheduledFiles(lake, database, settled), 'of expired snapshots', () =>
    removeScheduled(lake, database, settled),
  );
  // Asked anew within the transaction: a version may be published in between.
  const needed = (without: readonly string[]): number[] =>
    database
      .all<{ id: number }>(
        'select distinct snapshot as id from mill_version where id not in (select value from json_each(?))',
        [JSON.stringify(without)],
      )
      .map(({ id }) => id);
  const expiry = {
    ...{ olderThan: expireBefore, thinBefore, keep: keepSnapshots },
    needed: () => needed([]),
  };
  // What is retired before this needs its snapshots no more.
  const old = expiring(database, { ...expiry, needed: () => needed(retirable) });
  if (old.length > 0)
    found.push({
      level: 'left',
      room: 'lake',
      what: `${counted(old.length, 'snapshot')} that no version needs, the newest ${old.at(-1)}`,
      todo: '--fix lets them expire; files that only they have are deleted by a later --fix, when no reader can be at them any more.',
      fix: () => `${counted(expireSnapshots(database, systemClock, expiry).length, 'snapshot')} expired`,
    });
  return found;
}

const size = (files: readonly Removable[]): string => bytes(files.reduce((sum, file) => sum + file.bytes, 0));
