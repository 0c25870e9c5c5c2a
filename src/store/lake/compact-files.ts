import { bug } from '../../base/index.ts';
import type { Draft } from './draft.ts';
import { adoptFiles, endFile } from './file-rows.ts';
import type { StagedFile } from './lake.port.ts';
import type { TableRow } from './table-row.ts';
import { nextRowId, refreshStats } from './table-stats.ts';
import { visibleFiles } from './visible.ts';

/**
 * Puts files with the same rows and row ids in place of others. DuckLake has two ways: `merge_adjacent` takes the old files out of history
 * and lets each row say which snapshot brought it; `rewrite_delete` ends them. We end them: ids of old files stay good for roll-backs,
 * and every older snapshot is read from the files it has always had.
 */
export function compactFiles(
  draft: Draft,
  table: TableRow,
  from: readonly number[],
  files: readonly StagedFile[],
): void {
  const present = new Map(
    visibleFiles(draft.database, draft.dataPath, table, draft.snapshot).map((file) => [file.id, file]),
  );
  const old = [...new Set(from)].map((id) => {
    const file = present.get(id);
    if (!file || file.inlined || file.since === draft.snapshot)
      throw bug(`Data file ${id}, which was to be compacted, is none that table '${table.name}' had.`);
    return file;
  });
  const count = (all: readonly { rows: number }[]): number => all.reduce((sum, file) => sum + file.rows, 0);
  if (files.some((file) => !file.hasRowIds) || count(files) !== count(old) || old.length === 0)
    throw bug(
      `Compaction of table '${table.name}' would turn ${count(old)} rows into ${count(files)}, or lose their ids.`,
    );
  for (const file of old) endFile(draft, file);
  if (files.length > 0) {
    adoptFiles(draft, table, files, 'rewrite_delete');
    return;
  }
  refreshStats(draft, table, nextRowId(draft.database, table), []);
  draft.changes.push({ kind: 'rewrite_delete', value: String(table.id) });
}
