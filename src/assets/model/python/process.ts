import { type ChildProcess, spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Micros, MillraceError } from '../../../base/index.ts';

/** A program to be run to its end. */
export interface Program {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** The longest it may take. */
  readonly time: Micros;
  readonly signal: AbortSignal;
  /** Bytes that it writes, by stream. */
  readonly onOutput: (stream: 'out' | 'err', bytes: Uint8Array) => void;
}

/** How it ended. */
export type Ended =
  | { readonly how: 'exit'; readonly code: number }
  | { readonly how: 'signal'; readonly signal: NodeJS.Signals }
  | { readonly how: 'time' };

/** How long a program may take to end when it is asked to, in milliseconds. */
const GRACE = 2_000;
/** A longer wait would overflow the timer: 2^31 − 1 ms. */
const LONGEST_TIMER = 2 ** 31 - 1;

/**
 * Runs a program in a group of its own, and ends the whole group with it: when it ends, when its time is over, or when nobody waits for it any
 * more (then the signal's reason is thrown). Its standard input ends when this process does.
 * @throws MILL_PYTHON_ENVIRONMENT when it cannot be started
 */
export async function runProgram(program: Program): Promise<Ended> {
  const { command, args, cwd, env, time, signal, onOutput } = program;
  signal.throwIfAborted();
  const child = spawn(command, args, { cwd, env, detached: true, stdio: ['pipe', 'pipe', 'pipe'] });
  child.stdin.on('error', () => {});
  child.stdout.on('data', (bytes: Uint8Array) => onOutput('out', bytes));
  child.stderr.on('data', (bytes: Uint8Array) => onOutput('err', bytes));
  const closed = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once('error', (error: NodeJS.ErrnoException) => reject(cannotStart(command, error)));
    child.once('exit', (code, by) =>
      resolve(code === null ? { how: 'signal', signal: by ?? 'SIGKILL' } : { how: 'exit', code }),
    );
  });
  let over = false;
  const timer = setTimeout(
    () => {
      over = true;
      void endGroup(child);
    },
    Math.min(LONGEST_TIMER, time / 1000),
  );
  const abort = (): void => void endGroup(child);
  signal.addEventListener('abort', abort);
  try {
    const how = await ended;
    // Whatever it has started goes with it; what it wrote last is still in the pipe.
    killGroup(child, 'SIGKILL');
    await Promise.race([closed, sleep(GRACE, undefined, { ref: false })]);
    signal.throwIfAborted();
    return over ? { how: 'time' } : how;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', abort);
    child.stdout.destroy();
    child.stderr.destroy();
  }
}

/** Asks a group of processes to end, and ends it when it does not. */
async function endGroup(child: ChildProcess): Promise<void> {
  killGroup(child, 'SIGTERM');
  await sleep(GRACE, undefined, { ref: false });
  if (child.exitCode === null && child.signalCode === null) killGroup(child, 'SIGKILL');
}

/** Sends a signal to a process that leads a group, and to the group. */
export function killGroup({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch {
    // It has ended already.
  }
}

function cannotStart(command: string, error: NodeJS.ErrnoException): MillraceError {
  return new MillraceError(
    {
      code: 'MILL_PYTHON_ENVIRONMENT',
      message:
        error.code === 'ENOENT'
          ? `There is no program '${command}'.`
          : `'${command}' cannot be started: ${error.message}.`,
      todo: 'Install Python 3.8 or newer, or name one with `env: { python }`.',
      owner: 'project',
    },
    { cause: error },
  );
}
