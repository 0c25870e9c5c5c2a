import { randomUUID } from 'node:crypto';
import { constants, createWriteStream } from 'node:fs';
import { lstat, mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { invalid, WireError } from './wire-error.ts';

export interface FileEntry {
  /** Below the folder that was asked for. */
  readonly name: string;
  readonly isFolder: boolean;
  readonly bytes: number;
}

/** A file on its way out. */
export interface OpenFile {
  readonly bytes: number;
  readonly stream: Readable;
}

/** Files of tracked runs and logged models, by the names on the way to them. */
export interface ArtifactFiles {
  /** Takes a file of any length as it comes. It is there when all of it is on disk, and not before. */
  put(names: readonly string[], body: Readable): Promise<void>;
  get(names: readonly string[]): Promise<OpenFile>;
  /** What lies in a folder, by name; nothing when there is none. */
  list(names: readonly string[]): Promise<FileEntry[]>;
  /** A file, or a folder with all in it; nothing happens when there is none. */
  delete(names: readonly string[]): Promise<void>;
}

/** After this long a part is of an upload whose process has died, in milliseconds: one at work grows all the time. */
const LEFT = 86_400_000;

/** Removes what uploads left that were under way when their process died. */
export async function removeLeftParts(writing: string): Promise<void> {
  for (const name of await readdir(writing).catch(() => [])) {
    const part = join(writing, name);
    const stat = await lstat(part).catch(none);
    if (stat?.isFile() && stat.mtimeMs < Date.now() - LEFT) await rm(part, { force: true });
  }
}

/**
 * Artifacts in a folder. A link is never followed: whoever may write there by other ways could make one that leads out of it.
 * @param folder where they lie
 * @param writing where files lie while they come; on the same disk
 */
export function artifactFolder(folder: string, writing: string): ArtifactFiles {
  const pathOf = (names: readonly string[]): string => join(folder, ...names);
  /** What a path is, if every name on the way is a folder and no link; undefined when there is nothing. */
  const look = async (names: readonly string[]) => {
    for (let i = 0; i <= names.length; i++) {
      const stat = await lstat(pathOf(names.slice(0, i))).catch(none);
      if (stat === undefined) return undefined;
      if (stat.isSymbolicLink() && i > 0) throw invalid('Invalid path');
      if (i === names.length) return stat;
      if (!stat.isDirectory()) return undefined;
    }
    return undefined;
  };
  const missing = (names: readonly string[]) =>
    new WireError('RESOURCE_DOES_NOT_EXIST', `No such artifact: '${names.join('/')}'`);
  const isFolder = (names: readonly string[]) => invalid(`'${names.join('/')}' is a folder.`);
  const changed = (names: readonly string[]) =>
    new WireError('RESOURCE_CONFLICT', `'${names.join('/')}' was changed by somebody else meanwhile.`);
  /** Gives a file that has come its name. Others may put and delete there at the same time. */
  const place = async (part: string, names: readonly string[]): Promise<void> => {
    const into = names.slice(0, -1);
    const below = () => invalid(`'${into.join('/')}' is a file, so nothing can lie below it.`);
    const [folderThere, goneAgain] = [() => isFolder(names), () => changed(into)];
    await mkdir(pathOf(into), { recursive: true }).catch(
      saying({ ENOTDIR: below, EEXIST: below, ENOENT: goneAgain }),
    );
    await look(names);
    await rename(part, pathOf(names)).catch(
      saying({
        ...{ EISDIR: folderThere, EEXIST: folderThere, ENOTEMPTY: folderThere },
        ...{ ENOTDIR: below, ENOENT: goneAgain },
      }),
    );
  };
  return {
    async put(names, body) {
      if (names.length === 0) throw invalid('Invalid path');
      const there = await look(names);
      if (there?.isDirectory()) throw isFolder(names);
      await mkdir(writing, { recursive: true });
      const part = join(writing, randomUUID());
      try {
        await pipeline(body, createWriteStream(part, { flags: 'wx', flush: true })).catch(
          saying({ ECONNRESET: brokenOff, ERR_STREAM_PREMATURE_CLOSE: brokenOff }),
        );
        await place(part, names);
      } finally {
        await rm(part, { force: true });
      }
    },
    async get(names) {
      const stat = names.length === 0 ? undefined : await look(names);
      if (stat === undefined) throw missing(names);
      if (!stat.isFile())
        throw invalid(`Artifact path refers to a directory, not a file: '${names.join('/')}'`);
      const gone = () => missing(names);
      const flags = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0);
      const file = await open(pathOf(names), flags).catch(saying({ ENOENT: gone, ENOTDIR: gone }));
      const { size } = await file.stat();
      // A file is never written to again, only replaced: as many bytes as are said.
      return { bytes: size, stream: file.createReadStream({ highWaterMark: 256 * 1024 }) };
    },
    async list(names) {
      const stat = await look(names);
      if (stat === undefined || !stat.isDirectory()) return [];
      const entries = (await readdir(pathOf(names), { withFileTypes: true }).catch(none)) ?? [];
      const found: FileEntry[] = [];
      for (const entry of entries) {
        if (entry.isDirectory()) found.push({ name: entry.name, isFolder: true, bytes: 0 });
        if (!entry.isFile()) continue;
        const file = await lstat(pathOf([...names, entry.name])).catch(none);
        if (file !== undefined) found.push({ name: entry.name, isFolder: false, bytes: file.size });
      }
      return found.sort((a, b) => (a.name < b.name ? -1 : 1));
    },
    async delete(names) {
      if (names.length === 0) throw invalid('Invalid path');
      if ((await look(names)) === undefined) return;
      // Something may be put into a folder while it is emptied.
      await rm(pathOf(names), { recursive: true, force: true, maxRetries: 3 }).catch(
        saying({ ENOTEMPTY: () => changed(names) }),
      );
    },
  };
}

function none(error: NodeJS.ErrnoException): undefined {
  if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined;
  throw error;
}

/** Who sent has gone, or has stood still too long. */
const brokenOff = () => new WireError('BAD_REQUEST', 'The upload broke off.');

/** Throws what is said for an error's code, or the error. */
function saying(said: Readonly<Record<string, () => WireError>>): (error: NodeJS.ErrnoException) => never {
  return (error) => {
    throw said[error.code ?? '']?.() ?? error;
  };
}
