import { randomUUID } from 'node:crypto';
import {
  closeSync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { MillraceError, messageOf, quoteName, quoteText, systemFailure } from '../../../base/index.ts';
import type { Workspace } from '../../../graph/index.ts';
import type { TableState } from '../../../store/lake/index.ts';
import type { Version } from '../../../store/state/index.ts';
import { arrowPackage, writeArrow } from './arrow.ts';
import { trainingSetVersionOf } from './manifest.ts';

export const EXPORT_FORMATS = ['parquet', 'arrow'] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

const MANIFEST = 'manifest.json';
const PROFILE = 'profile.json';
/** All that an export can consist of: a folder with anything else is not touched. */
const FILES: ReadonlySet<string> = new Set([
  MANIFEST,
  PROFILE,
  ...EXPORT_FORMATS.map((one) => `rows.${one}`),
]);

/**
 * Writes a version of a training set to a folder: its rows as Parquet and Arrow files, what they follow from (`manifest.json`) and what the columns look like
 * (`profile.json`). The folder appears when all is written, or an earlier export in it is exchanged.
 * @returns the names of the files
 * @throws MILL_EXPORT_FOLDER, MILL_EXPORT_PACKAGE_MISSING
 */
export async function exportTrainingSet(
  { engine, lake }: Workspace,
  version: Version,
  to: string,
  formats: readonly ExportFormat[] = EXPORT_FORMATS,
): Promise<string[]> {
  const folder = resolve(to);
  const before = whatIsThere(folder);
  if (formats.includes('arrow')) await arrowPackage();
  const { manifest, profile, parts } = trainingSetVersionOf(version);
  const table = lake.table(version.asset, version.snapshot) as TableState;
  const beside = roomBeside(folder);
  const session = await engine.session();
  try {
    const scan = session.scan(table, { rowId: true });
    const json = (name: string, value: unknown): void =>
      writeFileSync(join(beside, name), `${JSON.stringify(value, null, 2)}\n`);
    json(MANIFEST, { ...manifest, version: version.id, parts });
    json(PROFILE, profile);
    if (formats.includes('arrow')) await writeArrow(session, join(beside, 'rows.arrow'), table.columns, scan);
    if (formats.includes('parquet')) {
      // Instants say that they are in UTC, so that readers elsewhere need not guess.
      const columns = table.columns.map(({ name, type }) =>
        type === 'timestamp'
          ? `${quoteName(name)} at time zone 'UTC' as ${quoteName(name)}`
          : quoteName(name),
      );
      await session.run(
        `copy (select ${columns.join(', ')} from ${scan} order by _row_id) to ${quoteText(join(beside, 'rows.parquet'))} (format parquet, compression zstd)`,
      );
    }
    const files = readdirSync(beside).sort();
    for (const path of [...files.map((file) => join(beside, file)), beside]) sync(path);
    takePlace(beside, folder, before);
    return files;
  } finally {
    session.close();
    rmSync(beside, { recursive: true, force: true });
  }
}

/** A new folder beside the one that is meant. @throws MILL_EXPORT_FOLDER where there can be none: below a file, or under a name too long */
function roomBeside(folder: string): string {
  const beside = join(dirname(folder), `.${basename(folder)}-${randomUUID()}`);
  try {
    mkdirSync(dirname(folder), { recursive: true });
    mkdirSync(beside);
  } catch (error) {
    // A full disk, or one that may not be written to, is told as such.
    if (systemFailure(error) !== undefined) throw error;
    throw new MillraceError(
      {
        code: 'MILL_EXPORT_FOLDER',
        message: `'${folder}' cannot be made: ${messageOf(error)}.`,
        todo: 'Name a folder that can be there.',
        owner: 'project',
      },
      { cause: error },
    );
  }
  return beside;
}

/** @throws MILL_EXPORT_FOLDER */
function whatIsThere(folder: string): 'nothing' | 'an export' {
  let found: ReturnType<typeof lstatSync> | undefined;
  try {
    found = lstatSync(folder);
  } catch {
    // What keeps it from being looked at is told when it is made.
    return 'nothing';
  }
  const names = found.isDirectory() ? readdirSync(folder) : undefined;
  if (names?.length === 0) return 'an export';
  const other = names?.find((name) => !FILES.has(name));
  if (names !== undefined && other === undefined && isExport(join(folder, MANIFEST))) return 'an export';
  throw new MillraceError({
    code: 'MILL_EXPORT_FOLDER',
    message: `'${folder}' is ${names === undefined ? 'not a folder' : `a folder with ${other === undefined ? 'other things' : `'${other}'`} in it, and no earlier export`}.`,
    todo: 'Name a folder that is empty, or not there yet, or that an export was written to before.',
    owner: 'project',
  });
}

function isExport(manifest: string): boolean {
  try {
    const { millrace, trainingSet } = JSON.parse(readFileSync(manifest, 'utf8')) as Record<string, unknown>;
    return millrace === 1 && typeof trainingSet === 'string';
  } catch {
    return false;
  }
}

/** Gives what was written its name. An earlier export makes room, and is deleted when the new one is in place. */
function takePlace(beside: string, folder: string, before: 'nothing' | 'an export'): void {
  if (before === 'nothing') renameSync(beside, folder);
  else {
    const old = `${beside}-old`;
    renameSync(folder, old);
    try {
      renameSync(beside, folder);
    } catch (error) {
      renameSync(old, folder);
      throw error;
    }
    rmSync(old, { recursive: true, force: true });
  }
  sync(dirname(folder));
}

function sync(path: string): void {
  const handle = openSync(path, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
