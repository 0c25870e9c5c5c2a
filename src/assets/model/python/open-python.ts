import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { fingerprint, type Json, MillraceError } from '../../../base/index.ts';
import type { ColumnData } from '../../../engine/index.ts';
import { HOME, type Workspace } from '../../../graph/index.ts';
import type { PythonFile } from '../detail.ts';
import { rowsOf } from '../labelled.ts';
import { type InputSignature, inputNumber } from '../matrix.ts';
import type { InputRow, Scorer } from '../scorer.port.ts';
import type { Task } from '../spec.ts';
import type { RowRange } from '../train/index.ts';
import { ours } from './contract.ts';
import { pythonOf } from './environment.ts';
import { describeFault, isOutOfMemory, type PythonFault } from './failure.ts';
import { lineFeed } from './lines.ts';
import { killGroup } from './process.ts';
import { surroundings } from './surroundings.ts';

/** The longest that loading a model, and one call, may take, in milliseconds. */
export interface Times {
  readonly load: number;
  readonly call: number;
}

const TIMES: Times = { load: 120_000, call: 30_000 };
/** Rows of one call. */
const AT_ONCE = 4_096;
/** Calls that may wait for one: more would be answered when nobody waits any longer. */
const MOST_WAITING = 1_000;
/** After the n-th end in a row it is started again no sooner than 2^n times so many milliseconds later, and no later than the most. */
const BACKOFF = 250;
const MOST_BACKOFF = 30_000;
/** Bytes of one reply: 4,096 rows of 1,000 classes are 80 MB. */
const MOST_REPLY = 256 * 2 ** 20;

/** What is asked of it. */
export interface Asked {
  readonly inputs: readonly InputSignature[];
  readonly task: Task;
  readonly classes?: number;
}

type Reply =
  | { readonly ready: string }
  | { readonly answers: readonly (number | null)[] }
  | { readonly error: PythonFault };

/** Answers rows that lie in columns, too: no more of them are objects at once than are asked in one call. */
export interface PythonScorer extends Scorer {
  scoreColumns(columns: readonly ColumnData[]): Promise<Float64Array>;
}

/** A process that answers, from its start to its end. */
interface Worker {
  readonly child: ChildProcess;
  ask(question: Json, time: number): Promise<Reply>;
  end(): void;
}

/**
 * A model that is a folder with `predict.py`, answered by a Python process: started when it is first asked, again when it has ended, later and later where it
 * ends again and again. One call at a time.
 * @throws when asked: MILL_PYTHON_MODEL where it fails or answers something else, MILL_PYTHON_MODEL_DOWN (retry) where it does not answer
 */
export function openPython(
  workspace: Pick<Workspace, 'blobs' | 'folder'>,
  file: PythonFile,
  asked: Asked,
  times: Times = TIMES,
): PythonScorer {
  const { inputs, task, classes = 1 } = asked;
  let worker: Promise<Worker> | undefined;
  let closed = false;
  let [ends, notBefore] = [0, 0];
  let waiting = 0;
  let turn: Promise<unknown> = Promise.resolve();

  const start = async (): Promise<Worker> => {
    const wait = notBefore - Date.now();
    if (wait > 0) throw down(`It ended ${ends} times; it is started again in ${(wait / 1000).toFixed(1)} s.`);
    const folder = await laidDown(workspace, file);
    const requirements =
      file.requirements === undefined
        ? undefined
        : new TextDecoder().decode(await workspace.blobs.get(file.requirements));
    const python = await pythonOf(
      { requirements, python: file.python },
      { folder: workspace.folder, signal: new AbortController().signal, say: () => {} },
    );
    return startWorker(python, folder, file.memory, times.load);
  };

  const call = async (rows: readonly InputRow[]): Promise<Float64Array> => {
    if (closed) throw down('It is closed.');
    worker ??= start();
    let reply: Reply;
    try {
      reply = await (await worker).ask(questionOf(rows, inputs), times.call);
    } catch (error) {
      const ended = await worker.catch(() => undefined);
      ended?.end();
      worker = undefined;
      if (notBefore <= Date.now()) {
        ends++;
        notBefore = Date.now() + Math.min(MOST_BACKOFF, BACKOFF * 2 ** ends);
      }
      throw error;
    }
    ends = 0;
    return answersOf(reply, rows.length, task, classes);
  };

  /** In turn: one process answers one question at a time. */
  const inTurn = async (rows: readonly InputRow[]): Promise<Float64Array> => {
    if (waiting >= MOST_WAITING) throw down(`${waiting} questions are waiting.`);
    waiting++;
    const mine = turn.then(() => call(rows));
    turn = mine.catch(() => {});
    return mine.finally(() => {
      waiting--;
    });
  };

  const scoreParts = async (
    count: number,
    part: (range: RowRange) => readonly InputRow[],
  ): Promise<Float64Array> => {
    const scores = new Float64Array(count * classes);
    for (let from = 0; from < count; from += AT_ONCE) {
      const to = Math.min(count, from + AT_ONCE);
      scores.set(await inTurn(part({ from, to })), from * classes);
    }
    return scores;
  };

  return {
    width: classes,
    score: (rows) => scoreParts(rows.length, ({ from, to }) => rows.slice(from, to)),
    scoreColumns: (columns) => scoreParts(columns[0]?.values.length ?? 0, (range) => rowsOf(columns, range)),
    async close() {
      closed = true;
      (await worker?.catch(() => undefined))?.end();
      await turn;
    },
  };
}

/** The model's files in a folder named by their content, which all processes share; it is made again when it is not there. */
async function laidDown(
  { blobs, folder }: Pick<Workspace, 'blobs' | 'folder'>,
  { files }: PythonFile,
): Promise<string> {
  const all = join(folder, HOME, 'python', 'models');
  const path = join(all, fingerprint(files).slice(0, 16));
  if (existsSync(path)) {
    // What is in use is young: doctor deletes what is old.
    utimesSync(path, new Date(), new Date());
    return path;
  }
  mkdirSync(all, { recursive: true });
  const beside = mkdtempSync(join(all, '.making-'));
  try {
    for (const [name, blob] of Object.entries(files)) {
      mkdirSync(dirname(join(beside, name)), { recursive: true });
      writeFileSync(join(beside, name), await blobs.get(blob));
    }
    renameSync(beside, path);
  } catch (error) {
    rmSync(beside, { recursive: true, force: true });
    // Another process was first.
    if (!existsSync(path)) throw error;
  }
  return path;
}

async function startWorker(python: string, folder: string, memory: number, load: number): Promise<Worker> {
  const child = spawn(python, [ours('serve.py'), String(memory), folder], {
    ...{ cwd: folder, env: surroundings({ PYTHONPATH: '' }), detached: true },
    stdio: ['ignore', 'pipe', 'pipe', 'pipe', 'pipe'],
  });
  const feed = lineFeed(() => {});
  for (const stream of [child.stdout, child.stderr] as Readable[]) {
    const lines = feed.stream();
    stream
      .on('data', lines.write)
      .on('end', lines.end)
      .on('error', () => {});
  }
  const questions = child.stdio[3] as Writable;
  const replies = child.stdio[4] as Readable;
  questions.on('error', () => {});
  replies.on('error', () => {});
  // Nobody has to close a model for the process to end: then its questions end, and so does it.
  child.unref();
  for (const stream of [child.stdout, child.stderr, questions, replies])
    (stream as unknown as { unref(): void }).unref();

  let pending: { resolve(reply: Reply): void; reject(error: Error): void } | undefined;
  let gone: MillraceError | undefined;
  const settle = (how: (waiting: NonNullable<typeof pending>) => void): void => {
    const one = pending;
    pending = undefined;
    if (one) how(one);
  };
  const lost = (message: string): void => {
    gone ??= down(message);
    settle(({ reject }) => reject(gone as Error));
  };
  child.once('error', (error) => lost(`It cannot be started: ${error.message}.`));
  child.once('close', (code, signal) => {
    const last = feed.last().at(-1);
    lost(
      `Its process ended (${signal ?? `exit code ${code}`})${signal === 'SIGKILL' ? ', killed by the system when memory is short' : ''}.${last === undefined ? '' : ` Its last words: ${last}`}`,
    );
  });
  let parts: Buffer[] = [];
  let size = 0;
  replies.on('data', (bytes: Buffer) => {
    const end = bytes.indexOf(10);
    parts.push(bytes);
    size += bytes.length;
    if (size > MOST_REPLY) {
      killGroup(child, 'SIGKILL');
      return;
    }
    if (end === -1) return;
    const line = Buffer.concat(parts).toString('utf8');
    [parts, size] = [[], 0];
    settle(({ resolve, reject }) => {
      try {
        resolve(JSON.parse(line) as Reply);
      } catch {
        reject(down('It replied with something else than JSON.'));
      }
    });
  });
  const reply = (time: number, send: () => void): Promise<Reply> =>
    new Promise<Reply>((resolve, reject) => {
      if (gone !== undefined) return reject(gone);
      const timer = setTimeout(() => {
        killGroup(child, 'SIGKILL');
        lost(`It did not answer within ${time / 1000} s.`);
      }, time);
      // While somebody waits, the process stays.
      pending = {
        resolve: (value) => {
          clearTimeout(timer);
          resolve(value);
        },
        reject: (error) => {
          clearTimeout(timer);
          reject(error);
        },
      };
      send();
    });
  const worker: Worker = {
    child,
    ask: (question, time) => reply(time, () => questions.write(`${JSON.stringify(question)}\n`)),
    end: () => killGroup(child, 'SIGKILL'),
  };
  try {
    const first = await reply(load, () => {});
    if ('error' in first) throw failed('cannot be loaded', first.error, folder);
    return worker;
  } catch (error) {
    worker.end();
    throw error;
  }
}

/** Numbers as 32 bits, as every other model sees them; null is missing. */
function questionOf(rows: readonly InputRow[], inputs: readonly InputSignature[]): Json {
  const numbers: Record<string, (number | null)[]> = {};
  const texts: Record<string, string[]> = {};
  for (const { name, type } of inputs)
    if (type === 'category') texts[name] = rows.map((row) => String(row[name] ?? ''));
    else
      numbers[name] = rows.map((row) => {
        const value = Math.fround(inputNumber(row[name]));
        return Number.isFinite(value) ? value : null;
      });
  return { order: inputs.map(({ name }) => name), numbers, texts };
}

function answersOf(reply: Reply, rows: number, task: Task, classes: number): Float64Array {
  if ('error' in reply) throw failed('failed', reply.error, '');
  const { answers } = reply as { readonly answers: readonly (number | null)[] };
  const width = answers.length / rows;
  const numbers = Float64Array.from(answers, (value) => value ?? Number.NaN);
  if (task === 'binary' && width === 2) return numbers.filter((_, i) => i % 2 === 1);
  if (width === classes) return numbers;
  throw new MillraceError({
    code: 'MILL_PYTHON_MODEL',
    message: `predict.py answers ${answers.length} numbers for ${rows} ${rows === 1 ? 'row' : 'rows'}; wanted ${task === 'binary' ? '1 or 2' : classes} a row.`,
    todo:
      task === 'multiclass'
        ? 'Let predict(model, batch) return the probabilities of all classes, in alphabetical order.'
        : 'Let predict(model, batch) return one answer for each row of the batch.',
    owner: 'project',
  });
}

function failed(what: string, fault: PythonFault, folder: string): MillraceError {
  return new MillraceError({
    code: 'MILL_PYTHON_MODEL',
    message: `predict.py ${what}: ${describeFault(fault, folder)}.`,
    todo: isOutOfMemory(fault)
      ? 'Give it more with `memory`.'
      : 'Correct what the script saves, and train again. A missing number is NaN, a missing text empty.',
    owner: 'project',
  });
}

function down(message: string): MillraceError {
  return new MillraceError({
    code: 'MILL_PYTHON_MODEL_DOWN',
    message: `The Python model does not answer. ${message}`,
    todo: 'It is started again by the next question; if it ends again and again, look at what predict.py does.',
    owner: 'service',
    retry: true,
  });
}
