import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach } from 'node:test';
import { type ColumnDef, MillraceError } from '../base/index.ts';
import { type Database, openDatabase } from '../store/database.ts';
import { type Lake, type LakeChange, openLake, type TableState } from '../store/lake/index.ts';
import { type Engine, openDuckDb, type Session } from './index.ts';

// A new lake for every test of the file that imports this, with one table 't' to be made, and an engine for all of them.

export const columns: readonly ColumnDef[] = [
  { name: 'id', type: 'integer', nullable: false },
  { name: 'v', type: 'integer', nullable: true },
];
export const code =
  (wanted: string, said = /./) =>
  (error: unknown) =>
    error instanceof MillraceError && error.code === wanted && said.test(error.message);

export let engine: Engine;
export let session: Session;
export let folder: string;
export let database: Database;
export let lake: Lake;

before(async () => {
  engine = await openDuckDb({ threads: 1 });
  session = await engine.session();
});
after(() => engine.close());

beforeEach((context) => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-'));
  database = openDatabase(join(folder, 'state.db'));
  lake = openLake(database, join(folder, 'lake'));
  (context as unknown as { after(work: () => void): void }).after(() => {
    database.close();
    rmSync(folder, { recursive: true });
  });
});

export const at = (snapshot?: number): TableState => lake.table('t', snapshot) as TableState;
export const commit = (...changes: LakeChange[]): number => lake.commit(lake.head(), changes);
export const rows = (table: TableState, order = '_row_id') =>
  session.rows<Record<string, unknown>>(
    `select * from ${session.scan(table, { rowId: true })} order by ${order}`,
  );
export const write = (sql: string, rowId = false) =>
  session.write(lake.folderOf('t'), at()?.columns ?? columns.map((c, i) => ({ id: i + 1, ...c })), sql, {
    rowId,
  });
export const create = async (sql: string): Promise<number> =>
  commit({ kind: 'create', table: 't', columns, files: await write(sql) });
export const append = async (sql: string): Promise<number> =>
  commit({ kind: 'append', table: 't', files: await write(sql) });
