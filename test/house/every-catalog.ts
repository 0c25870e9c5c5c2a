import fs, { existsSync, readdirSync, realpathSync, statSync } from 'node:fs';
import promises from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { join, resolve } from 'node:path';
import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import type { Database } from '../../src/store/database.ts';
import { checkCatalog } from '../../src/store/lake/check-catalog.ts';

// The catalog checker looks at every catalog that a test makes: when its database is closed in the test's process, and when the test removes
// the folder, for those that other processes have made. scripts/test-process.mjs loads this into every test file's process.

const spoilt = new Set<string>();
const found: string[] = [];
let checked = 0;

/** Says that a test breaks the catalog in this file on purpose. */
export function spoil(path: string): void {
  spoilt.add(real(path));
}

/** How many catalogs were looked at in this process, and takes what was found amiss in them so far. */
export function takeDeviations(): { readonly checked: number; readonly found: readonly string[] } {
  return { checked, found: found.splice(0) };
}

const real = (path: string): string => (existsSync(path) ? realpathSync(path) : resolve(path));

function look(sqlite: DatabaseSync, path: string): void {
  if (spoilt.has(real(path))) return;
  try {
    if (!sqlite.prepare("select 1 from sqlite_schema where name = 'ducklake_snapshot'").get()) return;
    checked++;
    const deviations = checkCatalog(plainly(sqlite));
    if (deviations.length > 0) found.push(`${path}: ${deviations.join('; ')}`);
  } catch (error) {
    // A file that is no database (26) has no catalog.
    if ((error as { errcode?: number }).errcode !== 26) found.push(`${path}: ${String(error)}`);
  }
}

/** No more of the port than a checker needs. */
function plainly(sqlite: DatabaseSync): Database {
  const all = (sql: string, params: readonly unknown[] = []) =>
    sqlite.prepare(sql).all(...(params as SQLInputValue[])) as never[];
  return {
    all,
    get: (sql, params) => all(sql, params)[0],
    run: (sql) => {
      sqlite.exec(sql);
      return 0;
    },
  } satisfies Pick<Database, 'all' | 'get' | 'run'> as unknown as Database;
}

function onClosing(): void {
  const close = DatabaseSync.prototype.close;
  DatabaseSync.prototype.close = function (this: DatabaseSync): void {
    const path = this.location();
    // What is half done is taken back by closing.
    if (this.isOpen && path !== null && !this.isTransaction) look(this, path);
    close.call(this);
  };
}

/** Removing a folder is the last that happens to what is in it. */
function onRemoval(): void {
  const { rmSync } = fs;
  const { rm } = promises;
  fs.rmSync = (path, options) => {
    if (options?.recursive) lookBelow(String(path), 3);
    rmSync(path, options);
  };
  promises.rm = async (path, options) => {
    if (options?.recursive) lookBelow(String(path), 3);
    await rm(path, options);
  };
  syncBuiltinESMExports();
}

function lookBelow(folder: string, depth: number): void {
  if (depth === 0 || !statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) lookBelow(path, depth - 1);
    else if (/^state\.(db|sqlite)$/.test(entry.name)) lookAt(path);
  }
}

function lookAt(path: string): void {
  let sqlite: DatabaseSync | undefined;
  try {
    sqlite = new DatabaseSync(path);
    sqlite.prepare('select 1 from sqlite_schema').get();
  } catch {
    // No database, on purpose; or still in the hands of a process that is being killed.
    if (sqlite?.isOpen) sqlite.close();
    return;
  }
  // Closing looks.
  sqlite.close();
}

export function watchCatalogs(): void {
  onClosing();
  onRemoval();
  process.once('exit', () => {
    if (found.length === 0) return;
    process.stderr.write(`Catalogs that depart from DuckLake 1.0:\n${found.join('\n')}\n`);
    process.exitCode = 1;
  });
}
