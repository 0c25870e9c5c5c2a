import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { fingerprint, MINUTE, MillraceError } from '../../../base/index.ts';
import { HOME } from '../../../graph/index.ts';
import { lineFeed } from './lines.ts';
import { runProgram } from './process.ts';
import { surroundings } from './surroundings.ts';

/** What an environment is made of. */
export interface Wanted {
  /** The text of a requirements file; undefined for the interpreter as it is. */
  readonly requirements?: string | undefined;
  readonly python?: string | undefined;
}

export interface Making {
  /** The project's folder. */
  readonly folder: string;
  readonly signal: AbortSignal;
  readonly say: (line: string) => void;
}

/** Installing may take so long: PyTorch is 200 MB and its libraries may be 2 GB. */
const TIME = 60 * MINUTE;
const READY = 'millrace-ready.json';

/**
 * The interpreter of an environment, which is made when it is not there: once, whichever processes want it at the same time, and
 * anew when the one that made it has died over it.
 * @throws MILL_PYTHON_ENVIRONMENT
 */
export async function pythonOf(
  { requirements, python = 'python3' }: Wanted,
  making: Making,
): Promise<string> {
  const version = await versionOf(python);
  if (requirements === undefined) return python;
  refuseLocal(requirements);
  const key = fingerprint({
    requirements: linesOf(requirements),
    version,
    platform: process.platform,
    arch: process.arch,
  });
  const all = join(making.folder, HOME, 'python', 'environments');
  const path = join(all, key.slice(0, 16));
  const interpreter = join(path, process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python');
  mkdirSync(all, { recursive: true });
  for (let told = false; !existsSync(join(path, READY)); ) {
    making.signal.throwIfAborted();
    const lock = take(`${path}.lock`);
    if (lock !== undefined) {
      try {
        // Between the look and the lock another one may have finished.
        if (!existsSync(join(path, READY))) await make(path, interpreter, python, requirements, making);
      } finally {
        lock.close();
      }
    } else {
      if (!told) making.say('another process makes the virtual environment; waiting for it');
      told = true;
      await sleep(250, undefined, { signal: making.signal }).catch(() => {});
    }
  }
  return interpreter;
}

/** Which Python it is: version and implementation, in one line. @throws MILL_PYTHON_ENVIRONMENT */
async function versionOf(python: string): Promise<string> {
  const ask =
    'import platform, sys; print(platform.python_implementation(), platform.python_version(), sys.abiflags)';
  try {
    const { stdout } = await promisify(execFile)(python, ['-c', ask], {
      env: surroundings(),
      timeout: 60_000,
    });
    return stdout.trim();
  } catch (error) {
    const { code, stderr = '' } = error as NodeJS.ErrnoException & { stderr?: string };
    throw new MillraceError(
      {
        code: 'MILL_PYTHON_ENVIRONMENT',
        message:
          code === 'ENOENT'
            ? `There is no program '${python}'.`
            : `'${python}' does not say its version: ${stderr.trim().split('\n').at(-1) ?? ''}`,
        todo: 'Install Python 3.8 or newer, or name one with `env: { python }`.',
        owner: 'project',
      },
      { cause: error },
    );
  }
}

/** Packages beyond this do not fit a record. */
const MOST_PACKAGES = 2_000;

/** What is installed in an environment, `name==version` each, by name; none where it does not say. */
export async function packagesOf(python: string): Promise<string[]> {
  const ask =
    'import importlib.metadata as m\nprint(*sorted({f"{d.metadata[\'Name\']}=={d.version}" for d in m.distributions()}), sep="\\n")';
  try {
    const { stdout } = await promisify(execFile)(python, ['-c', ask], {
      env: surroundings(),
      timeout: 60_000,
    });
    return stdout
      .split('\n')
      .filter((line) => line !== '')
      .slice(0, MOST_PACKAGES);
  } catch {
    return [];
  }
}

/** The lines that say something. */
const linesOf = (requirements: string): string[] =>
  requirements
    .split('\n')
    .map((line) => line.replace(/(^|\s)#.*$/, '').trim())
    .filter((line) => line !== '');

/** What lies elsewhere in the project may be edited without the requirements. @throws MILL_PYTHON_ENVIRONMENT */
function refuseLocal(requirements: string): void {
  const local = linesOf(requirements).find((line) =>
    /^(-r|-c|-e|--requirement|--constraint|--editable)\b|^[./~]|\bfile:/.test(line),
  );
  if (local === undefined) return;
  throw new MillraceError({
    code: 'MILL_PYTHON_ENVIRONMENT',
    message: `The requirements name something of this machine: '${local}'.`,
    todo: 'List packages only: an edit of what lies elsewhere would not be seen. Modules of your own go beside the script.',
    owner: 'project',
  });
}

/** A lock that is gone with the process that holds it, however it ends: the one of an SQLite database. Undefined when another one has it. */
function take(path: string): { close(): void } | undefined {
  const database = new DatabaseSync(path, { timeout: 0 });
  try {
    database.exec('begin exclusive');
    return database;
  } catch (error) {
    database.close();
    // SQLITE_BUSY
    if ((error as { errcode?: number }).errcode === 5) return undefined;
    throw error;
  }
}

async function make(
  path: string,
  interpreter: string,
  python: string,
  requirements: string,
  { signal, say }: Making,
): Promise<void> {
  // What a killed process has left is not gone on with.
  rmSync(path, { recursive: true, force: true });
  say('making a virtual environment');
  const withUv = await promisify(execFile)('uv', ['--version']).then(
    () => true,
    () => false,
  );
  const step = async (command: string, args: readonly string[]): Promise<void> => {
    const feed = lineFeed(say);
    const streams = { out: feed.stream(), err: feed.stream() };
    const ended = await runProgram({
      ...{ command, args, cwd: join(path, '..'), time: TIME, signal },
      env: surroundings({}, true),
      onOutput: (stream, bytes) => streams[stream].write(bytes),
    });
    for (const stream of Object.values(streams)) stream.end();
    feed.end();
    if (ended.how === 'exit' && ended.code === 0) return;
    throw cannotInstall(feed.last(), ended.how === 'time');
  };
  try {
    await step(
      withUv ? 'uv' : python,
      withUv ? ['venv', '--quiet', '--python', python, path] : ['-m', 'venv', path],
    );
    const list = join(path, 'requirements.txt');
    writeFileSync(list, requirements);
    const flags = withUv ? ['--python', interpreter] : ['--no-input', '--disable-pip-version-check'];
    const install = ['pip', 'install', '--quiet', ...flags, '-r', list];
    if (withUv) await step('uv', install);
    else await step(interpreter, ['-m', ...install]);
    writeFileSync(join(path, READY), JSON.stringify({ millrace: 1, requirements: linesOf(requirements) }));
  } catch (error) {
    rmSync(path, { recursive: true, force: true });
    throw error;
  }
}

/** Of what an installer says in an error. */
const MOST_CHARS = 500;

function cannotInstall(last: readonly string[], late: boolean): MillraceError {
  // The installer's own word for what is wrong, and why, where it has one; uv draws a tree of reasons below it.
  const at = last.findLastIndex((line) => /error|no matching|could not/i.test(line));
  const error = last
    .slice(at)
    .join(' ')
    .replaceAll(/[\s╰─▶│×]+/g, ' ')
    .trim()
    .slice(0, MOST_CHARS);
  return new MillraceError({
    code: 'MILL_PYTHON_ENVIRONMENT',
    message: late
      ? 'Installing the requirements took longer than an hour.'
      : `The virtual environment cannot be made: ${error.replace(/\.$/, '')}.`,
    todo: 'Correct the requirements; the log of the step has all that the installer said.',
    owner: 'project',
    // A registry that is down, or no network.
    ...(/timed out|connection|resolve host|temporar/i.test(last.join('\n')) ? { retry: true } : {}),
  });
}

/** The text of the requirements that a project names. */
export function requirementsAt(folder: string, path: string | undefined): string | undefined {
  return path === undefined ? undefined : readFileSync(join(folder, path), 'utf8');
}
