import { readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { formatDuration, MillraceError, type Problem } from '../../../base/index.ts';
import type { PythonSettings } from './options.ts';
import type { Ended } from './process.ts';

/** What a program of ours in Python tells of an error. */
export interface PythonFault {
  /** Kind and message. */
  readonly text: string;
  /** The kind and those it is one of. */
  readonly kinds: readonly string[];
  /** The way to it, the innermost last. */
  readonly frames: readonly {
    readonly file: string;
    readonly line: number;
    readonly in: string;
    readonly text: string;
  }[];
}

/** What the launcher has told, if it came to that. */
export function faultAt(path: string): PythonFault | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as PythonFault;
  } catch {
    return undefined;
  }
}

/** How libraries say that there is no memory: Python and NumPy by the kind, C++ and PyTorch in words. */
const NO_MEMORY = /bad_alloc|can't allocate memory|cannot allocate memory|unable to allocate/i;

export function isOutOfMemory({ text, kinds }: PythonFault): boolean {
  return kinds.includes('MemoryError') || NO_MEMORY.test(text);
}

/** Most frames in a message: the way into a library is long, and the script's own lines say what was meant. */
const FRAMES = 4;

/** An error in Python in one sentence: what, and the last lines of the script's own on the way to it. `folder` is that of its files. */
export function describeFault({ text, frames }: PythonFault, folder: string): string {
  const own = frames.filter(({ file }) => file.startsWith(folder));
  const shown = (own.length > 0 ? own : frames).slice(-FRAMES).reverse();
  const places = shown.map(({ file, line, in: name, text: code }) => {
    const where = `${own.length > 0 ? relative(folder, file) : file}:${line}`;
    return `${where}${name === '' || name === '<module>' ? '' : ` in ${name}`}: ${code}`;
  });
  return `${text
    .split('\n')
    .map((line) => line.trim())
    .join(' ')}${places.length > 0 ? ` (${places.join(' ← ')})` : ''}`;
}

/** Why there is no model, where a script has not ended as it should. */
export function scriptFailure(
  { script, time, memory }: PythonSettings,
  ended: Ended,
  fault: PythonFault | undefined,
  last: readonly string[],
  code: string,
): MillraceError {
  const megabytes = `${Math.round(memory / 2 ** 20).toLocaleString('en')} MB`;
  const problem = (code: Problem['code'], message: string, todo: string): MillraceError =>
    new MillraceError({ code, message, todo, owner: 'project' });
  if (ended.how === 'time')
    return problem(
      'MILL_PYTHON_TIME',
      `${script} took longer than ${formatDuration(time)} and was ended.${lastWords(last)}`,
      'Look in the log of the step what it was at; give it more with `time`, or less to do.',
    );
  const needsMemory = `Give it more with \`memory\`, or fewer rows and columns at once; a process may fill ${megabytes}.`;
  if (fault !== undefined) {
    const said = describeFault(fault, code);
    if (isOutOfMemory(fault))
      return problem('MILL_PYTHON_MEMORY', `${script} ran out of memory: ${said}.`, needsMemory);
    return problem(
      'MILL_PYTHON_FAILED',
      `${script} failed: ${said}.`,
      'Correct the script; the log of the step has what it said.',
    );
  }
  const outOfMemory =
    ended.how === 'signal' && (ended.signal === 'SIGKILL' || last.some((line) => NO_MEMORY.test(line)));
  if (outOfMemory)
    return problem(
      'MILL_PYTHON_MEMORY',
      `${script} was killed (${ended.signal}), by the system when memory is short.${lastWords(last)}`,
      needsMemory,
    );
  const how = ended.how === 'exit' ? `ended with exit code ${ended.code}` : `was ended by ${ended.signal}`;
  return problem(
    'MILL_PYTHON_FAILED',
    `${script} ${how}.${lastWords(last)}`,
    'Correct the script; the log of the step has what it said.',
  );
}

const lastWords = (last: readonly string[]): string => {
  const line = last.findLast((text) => text.trim() !== '');
  return line === undefined ? ' It said nothing.' : ` Its last words: ${line.trim()}`;
};
