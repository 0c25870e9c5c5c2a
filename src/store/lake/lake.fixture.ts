import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MillraceError } from '../../base/index.ts';
import { type Database, openDatabase } from '../database.ts';
import { checkCatalog, type Lake, openLake, type StagedFile } from './index.ts';

export function withLake<T>(work: (lake: Lake, database: Database, folder: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-'));
  const database = openDatabase(join(folder, 'state.sqlite'));
  try {
    const lake = openLake(database, join(folder, 'data'));
    const result = work(lake, database, folder);
    assert.deepEqual(checkCatalog(database), []);
    return result;
  } finally {
    database.close();
    rmSync(folder, { recursive: true });
  }
}

export const code = (wanted: string) => (error: unknown) =>
  error instanceof MillraceError && error.code === wanted;

/** The lake never reads Parquet: any bytes do. */
export function staged(lake: Lake, table: string, rows: number, more: Partial<StagedFile> = {}): StagedFile {
  const path = join(lake.folderOf(table), `ducklake-${randomUUID()}.parquet`);
  writeFileSync(path, 'four');
  return { path, rows, bytes: 4, footerBytes: 2, hasRowIds: false, stats: [], ...more };
}

export const columns = [
  { name: 'id', type: 'integer', nullable: false },
  { name: 'note', type: 'string', nullable: true },
] as const;
