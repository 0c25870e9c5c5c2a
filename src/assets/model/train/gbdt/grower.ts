import { Worker } from 'node:worker_threads';
import { MillraceError } from '../../../../base/index.ts';
import type { Binning } from './bins.ts';
import { groupColumns } from './column-groups.ts';
import { type Field, type Ground, type Grown, histogramLength, TreeGrower } from './grow.ts';
import { BIN_STRIDE } from './histogram.ts';
import { histogramSpace } from './histogram-pool.ts';
import { directionsOf } from './monotone.ts';
import type { GbdtParameters } from './options.ts';
import { rowSpace } from './row-order.ts';
import type { SharedSpace } from './shared-space.ts';
import { findings } from './split.ts';
import { CONTROL_WORDS, sharedInts, Team } from './team.ts';
import type { Tree } from './tree.ts';

/** Grows one tree after another on the same columns. */
export interface Grower {
  /** Gain by column, over all trees. */
  readonly gains: Float64Array;
  /**
   * One tree on some rows, in order. Adds its values to the scores of these rows.
   * @throws MILL_TRAIN_WORKER, and the signal's reason when it is aborted
   */
  grow(on: TreeGround): Promise<Tree>;
  /** Ends its threads. */
  close(): Promise<void>;
}

/** What one tree is grown on. By row of the training set, in shared memory: derivatives of its loss, and its score. */
export interface TreeGround {
  readonly rows: Int32Array;
  readonly columns: Int32Array;
  readonly first: Float64Array<SharedArrayBuffer>;
  readonly second: Float64Array<SharedArrayBuffer>;
  readonly scores: Float64Array<SharedArrayBuffer>;
}

export interface GrowerOptions {
  readonly binnings: readonly Binning[];
  /** Where the arrays of all grounds come from, and the grower's own. */
  readonly space: SharedSpace;
  /** By column and row, in shared memory. */
  readonly codes: readonly Uint8Array<SharedArrayBuffer>[];
  readonly usable: readonly number[];
  readonly rows: number;
  readonly parameters: GbdtParameters;
  readonly minGain: number;
  readonly seed: number;
  readonly signal?: AbortSignal | undefined;
  /** Whether trees grow in threads of their own. Default: where there are cells enough. */
  readonly threaded?: boolean;
  /** Most bytes that histograms may take. Default 1 GiB. */
  readonly histogramBytes?: number;
}

/** What a worker is started with. */
export interface WorkerStart {
  readonly field: Field;
  readonly rank: number;
  readonly size: number;
  readonly control: Int32Array;
}

/**
 * Cells (rows × columns) from which trees grow in threads of their own. Below it a tree takes some milliseconds, and threads would take longer to start and to
 * wait for each other than they save.
 */
const THREADED_CELLS = 1_000_000;

export function openGrower(options: GrowerOptions): Grower {
  const { usable, rows, parameters } = options;
  const { threaded = rows * usable.length >= THREADED_CELLS } = options;
  if (usable.length === 0 || !threaded) return inProcess(options);
  return inThreads(options, Math.min(parameters.threads, usable.length));
}

function fieldOf(options: GrowerOptions, size: number): Field {
  const { binnings, codes, usable, rows, parameters, minGain, space } = options;
  const offsets = new Int32Array(binnings.length);
  let length = 0;
  for (const column of usable) {
    offsets[column] = length;
    length += BIN_STRIDE * (binnings[column]!.bins + 1);
  }
  const { depth, leaves, rate, minLeafRows, l2, grow, columnSampleByNode } = parameters;
  const most = Math.min(leaves, Math.ceil(rows / minLeafRows));
  const directions = directionsOf(parameters.monotone, binnings);
  const field = {
    shapes: binnings.map(({ type, bins }) => ({ type, bins })),
    codes,
    groups: groupColumns(codes, usable, rows, size, space),
    offsets,
    length,
    order: rowSpace(rows, size, space),
    histograms: histogramSpace(histogramLength(length, size), most, space, options.histogramBytes),
    found: findings(2 * binnings.length),
    parameters: { depth, leaves, rate, minLeafRows, l2, grow, columnSampleByNode },
    minGain,
    ...(directions === undefined ? {} : { directions }),
  };
  // Asked when all arrays are there.
  const { memory } = space;
  if (memory !== undefined) stayWithin(space, codes);
  return memory === undefined ? field : { ...field, memory };
}

/** The kernel finds arrays by where they lie in the memory: in another one there would be something else. */
function stayWithin(space: SharedSpace, arrays: readonly ArrayBufferView[]): void {
  if (!arrays.every(space.gave)) throw new Error('an array lies in another space than the grower');
}

/** By column: its place among all, by name. */
function ranksOf(binnings: readonly Binning[]): Int32Array {
  const ranks = new Int32Array(binnings.length);
  const order = [...binnings.keys()].sort((a, b) => (binnings[a]!.name < binnings[b]!.name ? -1 : 1));
  order.forEach((column, rank) => {
    ranks[column] = rank;
  });
  return ranks;
}

/** Puts a tree's rows in place and says what the threads of a team need to know of it. */
function groundOf(
  field: Field,
  ranks: Int32Array,
  on: TreeGround,
  tree: number,
  { space, seed }: GrowerOptions,
): Ground {
  const { rows, first, second, scores } = on;
  // Of splits that gain the same the first column's is taken: by name, so that the order in which columns are given does not matter.
  const columns = on.columns.toSorted((a, b) => ranks[a]! - ranks[b]!);
  if (field.memory !== undefined) stayWithin(space, [first, second, scores]);
  field.order.rows.set(rows);
  const whole = rows.length === field.order.rows.length;
  return {
    ...{ rows: rows.length, whole, columns, first, second, scores },
    seed: seed + Math.imul(tree, 0x85ebca6b),
  };
}

function addTo(sums: Float64Array, { gains }: Grown): void {
  for (let i = 0; i < sums.length; i++) sums[i]! += gains[i]!;
}

function inProcess(options: GrowerOptions): Grower {
  const field = fieldOf(options, 1);
  const grower = new TreeGrower(field, new Team(0, 1, sharedInts(CONTROL_WORDS)));
  const gains = new Float64Array(options.binnings.length);
  const ranks = ranksOf(options.binnings);
  let trees = 0;
  return {
    gains,
    async grow(on) {
      options.signal?.throwIfAborted();
      const grown = grower.grow(groundOf(field, ranks, on, trees++, options));
      addTo(gains, grown);
      return grown.tree;
    },
    async close() {},
  };
}

/** The extension of this very file: the package's files are JavaScript, the project's own are TypeScript. */
const script = new URL(`./grower-worker${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url);

function inThreads(options: GrowerOptions, size: number): Grower {
  const { signal, binnings } = options;
  const field = fieldOf(options, size);
  const control = sharedInts(CONTROL_WORDS);
  const gains = new Float64Array(binnings.length);
  const ranks = ranksOf(binnings);
  const workers = Array.from({ length: size }, (_, rank) => {
    const workerData: WorkerStart = { field, rank, size, control };
    // Not the flags of this process: hooks of a test or a watch have no business there.
    return new Worker(script, { workerData, execArgv: [], name: `millrace trees ${rank}` });
  });
  let failed: unknown;
  let tell: { resolve: (grown: Grown) => void; reject: (why: unknown) => void } | undefined;
  let done = 0;
  let first: Grown | undefined;
  let trees = 0;
  const fail = (why: unknown): void => {
    failed ??= why;
    tell?.reject(failed);
    tell = undefined;
  };
  workers.forEach((worker, rank) => {
    worker.on('message', (grown: Grown | null) => {
      if (rank === 0) first = grown as Grown;
      if (++done < size) return;
      tell?.resolve(first as Grown);
      tell = undefined;
    });
    worker.on('error', (error) => fail(ended(error.message, error)));
    worker.on('exit', (code) => fail(ended(`it ended with exit code ${code}`)));
  });
  const abort = (): void => fail(signal?.reason);
  if (signal?.aborted) abort();
  signal?.addEventListener('abort', abort, { once: true });
  return {
    gains,
    async grow(on) {
      if (failed !== undefined) throw failed;
      const ground = groundOf(field, ranks, on, trees++, options);
      const grown = await new Promise<Grown>((resolve, reject) => {
        tell = { resolve, reject };
        done = 0;
        for (const worker of workers) worker.postMessage(ground);
      });
      addTo(gains, grown);
      return grown.tree;
    },
    async close() {
      signal?.removeEventListener('abort', abort);
      failed ??= new Error('the grower is closed');
      await Promise.all(workers.map((worker) => worker.terminate()));
    },
  };
}

function ended(how: string, cause?: unknown): MillraceError {
  return new MillraceError(
    {
      code: 'MILL_TRAIN_WORKER',
      message: `A thread that grows trees has failed: ${how}.`,
      todo: 'Train again; if it was for want of memory, on fewer rows, or with fewer threads or leaves.',
      owner: 'service',
      retry: true,
    },
    { cause },
  );
}
