import { statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { MillraceError, systemFailure } from '../base/index.ts';

/** Writes a file that the command line names. @throws MILL_CLI_USAGE where it cannot be there, MILL_SYSTEM_FAILED */
export function writeOut(file: string, content: string | Uint8Array): void {
  assertWritable(file);
  try {
    writeFileSync(file, content);
  } catch (error) {
    throw systemFailure(error) ?? noFile(file, (error as Error).message);
  }
}

/** Before long work: whether a file can be where the command line wants it. @throws MILL_CLI_USAGE */
export function assertWritable(file: string): void {
  const folder = dirname(file);
  if (!isFolder(folder, file)) throw noFile(file, `there is no folder '${folder.slice(0, 200)}'`);
  if (isFolder(file, file)) throw noFile(file, 'it is a folder');
}

function isFolder(path: string, file: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
  } catch (error) {
    throw systemFailure(error) ?? noFile(file, (error as Error).message.slice(0, 300));
  }
}

function noFile(file: string, why: string): MillraceError {
  return new MillraceError({
    code: 'MILL_CLI_USAGE',
    message: `'${file.slice(0, 200)}' cannot be written: ${why}.`,
    todo: 'Name a file in a folder that is there.',
    owner: 'project',
  });
}
