import { lstatSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { MillraceError, messageOf, nearest, type Problem } from '../../../base/index.ts';
import { importedNames } from './imported.ts';
import type { PythonSettings } from './options.ts';

/** The files that a script stands on, by their paths from the project's folder: itself, modules of its folder that it imports, and those that are named. */
export type StandsOn = ReadonlyMap<string, Uint8Array>;

/** A folder of more is not what a script imports. */
const MOST_FILES = 2_000;
const MOST_BYTES = 256 * 2 ** 20;

/** Reads all that a script stands on. @throws MILL_PYTHON_FILES */
export function readStandsOn(folder: string, { script, env, files }: PythonSettings): StandsOn {
  const found = new Map<string, Uint8Array>();
  const problems: Problem[] = [];
  let bytes = 0;
  const add = (path: string): void => {
    if (found.has(path)) return;
    const content = readFileSync(join(folder, path));
    bytes += content.length;
    if (bytes > MOST_BYTES || found.size >= MOST_FILES)
      throw new MillraceError(
        fault(
          `${script} stands on more than ${MOST_FILES.toLocaleString('en')} files or ${MOST_BYTES / 2 ** 20} MB.`,
          'Put it into a folder of its own, and name fewer `files`.',
        ),
      );
    found.set(path, content);
  };
  for (const path of [script, ...(env.requirements === undefined ? [] : [env.requirements]), ...files])
    try {
      for (const one of filesAt(folder, path, path === script ? undefined : () => true)) add(one);
    } catch (error) {
      if (error instanceof MillraceError && error.code !== 'MILL_PYTHON_FILES') throw error;
      problems.push(...problemsOf(error, path));
    }
  if (problems.length > 0) throw new MillraceError(problems);
  const beside = dirname(script);
  // What an imported module imports lies beside the script too, or in its own package, which is taken whole.
  const names = new Set<string>();
  const visit = (path: string): void => {
    for (const name of importedNames(new TextDecoder().decode(found.get(path)))) {
      if (names.has(name)) continue;
      names.add(name);
      for (const at of [join(beside, `${name}.py`), join(beside, name)]) {
        if (statSync(join(folder, at), { throwIfNoEntry: false }) === undefined) continue;
        for (const one of filesAt(folder, at, isModule)) {
          add(one);
          visit(one);
        }
      }
    }
  };
  visit(script);
  return found;
}

const isModule = (name: string): boolean => name.endsWith('.py');

/** A file, or where `takes` says so the files within a folder. What is hidden, and what interpreters and packagers make, stays out. */
function filesAt(folder: string, path: string, takes?: (name: string) => boolean): string[] {
  const stat = statSync(join(folder, path), { throwIfNoEntry: false });
  if (stat?.isFile()) return [path];
  if (!stat?.isDirectory() || takes === undefined) throw new MillraceError(missing(folder, path));
  return readdirSync(join(folder, path))
    .sort()
    .filter((name) => !name.startsWith('.') && name !== '__pycache__' && name !== 'node_modules')
    .flatMap((name) => {
      const at = join(path, name);
      const found = lstatSync(join(folder, at));
      if (found.isDirectory()) return filesAt(folder, at, takes);
      return found.isFile() && takes(name) ? [at] : [];
    });
}

function missing(folder: string, path: string): Problem {
  let beside: string[] = [];
  try {
    beside = readdirSync(dirname(join(folder, path)));
  } catch {
    // Then nothing is near.
  }
  const near = nearest(relative(dirname(path), path), beside);
  return fault(
    `There is no file '${path}' in ${folder}.`,
    near === undefined ? 'Correct the path, or write the file.' : `Is '${join(dirname(path), near)}' meant?`,
  );
}

const fault = (message: string, todo: string): Problem => ({
  code: 'MILL_PYTHON_FILES',
  message,
  todo,
  owner: 'project',
});

const problemsOf = (error: unknown, path: string): readonly Problem[] =>
  error instanceof MillraceError
    ? error.problems
    : [fault(`${path} cannot be read: ${messageOf(error)}.`, 'Make it readable.')];
