import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type Engine, openDuckDb, type Session } from '../../../engine/index.ts';
import { type Database, openDatabase } from '../../../store/database.ts';
import { checkCatalog, type Lake, openLake } from '../../../store/lake/index.ts';
import type { ColumnSpec, ContractSpec } from '../../contract/index.ts';
import { discover } from '../files/discover.ts';
import type { FilesSpec } from '../files/spec.ts';
import { lakeChanges } from '../source-tables.ts';
import { type LoadResult, loadFiles } from './load.ts';
import type { LoadOptions } from './options.ts';

/** A real lake and engine in a folder of their own, with a source to load. */
export interface SourceBench {
  readonly folder: string;
  readonly session: Session;
  readonly lake: Lake;
  put(path: string, content: string | Uint8Array): void;
  /** Loads what the glob finds under load ids from `firstLoad`, and commits it. */
  load(
    contract: ContractSpec,
    spec: Partial<FilesSpec> & { glob: string },
    more?: Partial<LoadOptions> & { firstLoad?: number },
  ): Promise<LoadResult>;
  rows(order?: string): Promise<Record<string, unknown>[]>;
  aside(): Promise<{ load: number; file: string; line: number; rules: string[]; row: unknown }[]>;
  close(): Promise<void>;
}

export async function openBench(): Promise<SourceBench> {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-'));
  const engine: Engine = await openDuckDb({});
  const session = await engine.session();
  const database: Database = openDatabase(join(folder, 'catalog.sqlite'));
  const lake = openLake(database, join(folder, 'lake'));
  const select = async (table: string, rest: string) => {
    const state = lake.table(table);
    return state === undefined
      ? []
      : await session.rows<Record<string, unknown>>(`select * from ${session.scan(state)} ${rest}`);
  };
  return {
    folder,
    session,
    lake,
    put(path, content) {
      const absolute = join(folder, path);
      mkdirSync(dirname(absolute), { recursive: true });
      writeFileSync(absolute, content);
    },
    async load(contract, spec, more = {}) {
      const { firstLoad = 1, ...options } = more;
      const full: FilesSpec = { nulls: [''], ...spec };
      const base = lake.head();
      const table = lake.table('t');
      const quarantine = lake.table('t_quarantine');
      const result = await loadFiles({
        session,
        contract,
        spec: full,
        files: discover(full, folder).map((found, i) => ({ found, load: firstLoad + i })),
        leaving: [],
        table: { state: table, folder: lake.folderOf('t') },
        quarantine: { state: quarantine, folder: lake.folderOf('t_quarantine') },
        now: 0,
        ...options,
      });
      lake.commit(base, [
        ...lakeChanges('t', table, result.table),
        ...lakeChanges('t_quarantine', quarantine, result.quarantine),
      ]);
      return result;
    },
    rows: (order = 'order by all') => select('t', order),
    async aside() {
      const rows = await select('t_quarantine', 'order by _load, _line');
      return rows.map((row) => ({
        load: Number(row['_load']),
        file: String(row['_file']),
        line: Number(row['_line']),
        rules: JSON.parse(String(row['_rules'])) as string[],
        row: JSON.parse(String(row['_row'])) as unknown,
      }));
    },
    async close() {
      const faults = checkCatalog(database);
      await engine.close();
      database.close();
      rmSync(folder, { recursive: true, force: true });
      if (faults.length > 0) throw new Error(faults.join('\n'));
    },
  };
}

export function col(name: string, type: ColumnSpec['type'], more: Partial<ColumnSpec> = {}): ColumnSpec {
  return { name, type, nullable: false, rules: [], ...more };
}

export function contractOf(columns: readonly ColumnSpec[], more: Partial<ContractSpec> = {}): ContractSpec {
  return { columns, key: [], availableAfter: 0, tableRules: [], onBreach: 'quarantine', ...more };
}
