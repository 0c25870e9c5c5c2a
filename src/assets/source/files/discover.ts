import { type BigIntStats, globSync, statSync } from 'node:fs';
import { isAbsolute, relative, resolve, sep } from 'node:path';
import { type Instant, MillraceError } from '../../../base/index.ts';
import { unreadableBecause } from '../load/unreadable.ts';
import type { FileForm, FilesSpec } from './spec.ts';

export type FileFormat = 'csv' | 'jsonl' | 'parquet';

/** A file that a source's glob finds. */
export interface FoundFile {
  /** Relative to the project's folder, with forward slashes. */
  readonly path: string;
  readonly absolute: string;
  readonly bytes: number;
  readonly mtime: Instant;
  /** To tell one state of a file from another. */
  readonly mtimeNs: bigint;
  readonly inode: bigint;
}

const formats: Readonly<Record<string, FileFormat>> = {
  csv: 'csv',
  tsv: 'csv',
  jsonl: 'jsonl',
  ndjson: 'jsonl',
  json: 'jsonl',
  parquet: 'parquet',
};

/** What half-written and housekeeping files are called by browsers, editors, rsync, Hadoop and Spark. */
export const PASSING =
  /(^|\/)(_temporary\/.*|[._][^/]*|[^/]*(~|\.(tmp|temp|part|partial|crdownload|swp|inprogress)))$/i;

/**
 * The files of a source now, sorted by path. Folders, hidden and passing files (`.x`, `_SUCCESS`, `x.tmp`, `x~`) are left out, unless
 * the glob names them so itself.
 * @throws MILL_SOURCE_NO_FILES when `atLeastOne` is asked and there is none.
 */
export function discover(
  spec: FilesSpec,
  projectFolder: string,
  options: { atLeastOne?: boolean } = {},
): FoundFile[] {
  const found: FoundFile[] = [];
  const named = spec.glob.split(/[\\/]/).at(-1) ?? '';
  for (const name of new Set(globSync(spec.glob, { cwd: projectFolder }))) {
    const absolute = isAbsolute(name) ? name : resolve(projectFolder, name);
    const path = relative(projectFolder, absolute).split(sep).join('/');
    if (PASSING.test(path) && !PASSING.test(named)) continue;
    const stat = statOf(absolute, path);
    if (stat === undefined || !stat.isFile()) continue;
    found.push(
      Object.freeze({
        path,
        absolute,
        bytes: Number(stat.size),
        mtime: Number(stat.mtimeNs / 1000n),
        mtimeNs: stat.mtimeNs,
        inode: stat.ino,
      }),
    );
  }
  if (found.length === 0 && options.atLeastOne)
    throw new MillraceError({
      code: 'MILL_SOURCE_NO_FILES',
      message: `No file matches '${spec.glob}' in ${projectFolder}.`,
      todo: 'Put the files there, or correct the glob; it is relative to the project’s folder.',
      owner: 'data',
    });
  return found.sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
}

/** Nothing where there is no file: one may go between the listing and this look, and links may lead nowhere or in a circle. */
function statOf(absolute: string, path: string): BigIntStats | undefined {
  try {
    return statSync(absolute, { bigint: true, throwIfNoEntry: false });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ELOOP') return undefined;
    throw unreadableBecause(path, error);
  }
}

/** Whether a file is packed by gzip, by its name. */
export function isGzip(path: string): boolean {
  return /\.gz$/i.test(path);
}

/**
 * The declared format, or the one that the ending tells: .csv .tsv .jsonl .ndjson .json .parquet, each perhaps with .gz.
 * @throws MILL_SOURCE_FORMAT_UNKNOWN
 */
export function formatOf(spec: FileForm, path: string): FileFormat {
  if (spec.format !== undefined) return spec.format;
  const ending = /\.([a-z]+)(\.gz)?$/i.exec(path)?.[1]?.toLowerCase();
  const format = ending === undefined ? undefined : formats[ending];
  if (format !== undefined) return format;
  throw new MillraceError({
    code: 'MILL_SOURCE_FORMAT_UNKNOWN',
    message: `The ending of '${path}' does not tell its format.`,
    todo: `Declare it: files('…', { format: 'csv' }), or 'jsonl', or 'parquet'.`,
    owner: 'project',
  });
}
