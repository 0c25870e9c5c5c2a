import { type ChildProcess, fork } from 'node:child_process';
import { MillraceError } from '../../../base/index.ts';
import type { Asking } from '../onnx.ts';
import type { InputRow } from '../scorer.port.ts';

/** What the process of a trial is told. */
export interface Trial {
  readonly bytes: Uint8Array;
  readonly asking: Asking;
  readonly rows: readonly InputRow[];
}

/** Rows that a file is tried on. */
export const TRIED = 256;
/** How long it may take to load and to answer these, in seconds: thousands of times what a large model takes. */
const PATIENCE = 120;

/**
 * Has a file that came from outside answer some rows in a process of its own, before this one asks it. The runtime answers on the thread that asks: a file
 * that loops without end would hold up everything here and could not even be cancelled, and one that brings the runtime down would take the
 * server with it. What the answers are is looked at later.
 * @throws MILL_ONNX_TRIAL when it does not answer in time or ends the process; the signal's reason
 */
export async function tryAside(
  trial: Trial,
  signal: AbortSignal,
  { patience = PATIENCE, model }: { readonly patience?: number; readonly model: string },
): Promise<void> {
  signal.throwIfAborted();
  const file = import.meta.url.endsWith('.ts') ? './trial-process.ts' : './trial-process.js';
  // Neither flags of this process, nor its terminal.
  const child = fork(new URL(file, import.meta.url), {
    ...{ serialization: 'advanced', stdio: ['ignore', 'ignore', 'ignore', 'ipc'] },
    execArgv: process.execArgv.filter((flag) => flag.startsWith('--conditions')),
  });
  const kill = (): void => void child.kill('SIGKILL');
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    kill();
  }, patience * 1000);
  signal.addEventListener('abort', kill, { once: true });
  try {
    const ended = await endOf(child, trial);
    signal.throwIfAborted();
    if (ended === 'answered') return;
    throw new MillraceError({
      code: 'MILL_ONNX_TRIAL',
      message:
        // The system, too, kills so: whoever takes more memory than there is.
        late
          ? `The model has not answered ${trial.rows.length} rows within ${patience} s, and was ended.`
          : `The model brings ONNX Runtime down when it is asked (${ended}).`,
      todo: 'Run the file where it was made; look for loops whose end depends on the input, and for operators that want more memory than there is.',
      owner: 'project',
      asset: model,
    });
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', kill);
    kill();
  }
}

/** How a trial ends: with answers, or errors, which will be told where the file is asked in earnest; otherwise by what ended the process. */
function endOf(child: ChildProcess, trial: Trial): Promise<string> {
  return new Promise((resolve, reject) => {
    child.once('message', () => resolve('answered'));
    child.once('error', reject);
    child.once('exit', (code, signal) => resolve(signal ?? `exit code ${code}`));
    // Of a process that has ended already the exit tells more.
    child.send(trial, () => {});
  });
}
