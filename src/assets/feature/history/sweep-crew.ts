import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { bug, MillraceError } from '../../../base/index.ts';
import type { FeaturesBody } from '../spec.ts';
import { type Answers, buffersOf, LineSweep, type Stretch } from './line-sweep.ts';
import type { Said } from './sweep-thread.ts';

export interface CrewSize {
  /** Threads beside this one, at most. Default: one for each core, none where there is but one, and no more than 4. */
  readonly threads?: number;
  /** Rows and asks that this thread sweeps by itself before any other is begun. */
  readonly alone?: number;
}

/** To read the line and hand it over takes about a fifth of what it takes to sweep it: more threads would wait. */
const MOST_THREADS = 4;
/** A quarter of a second's work; to begin a thread takes a tenth of a second. */
const ALONE = 250_000;
/** Stretches that wait for a thread, the one under way included: so that it need not wait, and memory stays small. */
const WAITING = 2;

/** Who sweeps a line: this thread as long as it is short, then others, each with entities of its own. The answers are the same. */
export class SweepCrew {
  readonly #body: FeaturesBody;
  readonly #threads: number;
  readonly #alone: number;
  readonly #own: LineSweep;
  readonly #others: SweepThread[] = [];
  #last: SweepThread | undefined;
  #rows = 0;
  #stretches: Promise<Answers>[] = [];
  #hasFailed = false;

  constructor(body: FeaturesBody, { threads = threadsHere(), alone = ALONE }: CrewSize = {}) {
    this.#body = body;
    this.#threads = threads;
    this.#alone = alone;
    this.#own = new LineSweep(body);
  }

  /**
   * Takes a stretch, whose numbers are gone afterwards, and waits until there is room for the next one. With `continues` it begins with the entity at
   * the end of the last one.
   * @throws MILL_FEATURE_SUM_RANGE, of this one or an earlier one
   */
  async take(stretch: Stretch, continues: boolean, done: (asks: number) => void): Promise<void> {
    if (this.#hasFailed) await this.finish();
    const thread = continues ? this.#last : this.#next();
    this.#last = thread;
    this.#rows += stretch.length;
    if (thread === undefined) {
      const answers = this.#own.take(stretch);
      this.#stretches.push(Promise.resolve(answers));
      done(answers.asks);
      return;
    }
    const answers = thread.take(stretch).then((found) => {
      done(found.asks);
      return found;
    });
    this.#stretches.push(answers);
    // Whoever waits for all of them hears of it; until then it is nobody's unhandled rejection.
    answers.catch(() => {
      this.#hasFailed = true;
    });
    if (continues) await thread.room(WAITING);
    else await Promise.race(this.#others.map((one) => one.room(WAITING)));
  }

  /** The answers of all stretches since the last time, in their order. @throws the error of the first that has one */
  async finish(): Promise<readonly Answers[]> {
    const stretches = this.#stretches;
    this.#stretches = [];
    const answers: Answers[] = [];
    for (const stretch of stretches) answers.push(await stretch);
    return answers;
  }

  /** Ends all threads, whatever they are at. */
  async close(): Promise<void> {
    await Promise.all(this.#others.map((thread) => thread.close()));
  }

  /** Who takes the next entities: undefined for this thread. */
  #next(): SweepThread | undefined {
    if (this.#threads === 0 || this.#rows < this.#alone) return undefined;
    while (this.#others.length < this.#threads) this.#others.push(new SweepThread(this.#body));
    return this.#others.reduce((a, b) => (b.waiting < a.waiting ? b : a));
  }
}

function threadsHere(): number {
  const cores = availableParallelism();
  return cores === 1 ? 0 : Math.min(cores, MOST_THREADS);
}

interface Waiting {
  readonly resolve: (answers: Answers) => void;
  readonly reject: (error: unknown) => void;
}

/** One thread, and what it has been given to do. */
class SweepThread {
  readonly #worker: Worker;
  readonly #waiting: Waiting[] = [];
  #rooms: (() => void)[] = [];
  /** Why it is no longer there. */
  #ended: Error | undefined;

  constructor(body: FeaturesBody) {
    // From source, or as it is built.
    const file = import.meta.url.endsWith('.ts') ? './sweep-thread.ts' : './sweep-thread.js';
    this.#worker = new Worker(new URL(file, import.meta.url), { workerData: body, execArgv: [] });
    this.#worker.on('message', (said: Said) => {
      const waiting = this.#waiting.shift();
      if ('answers' in said) waiting?.resolve(said.answers);
      else waiting?.reject('problems' in said ? new MillraceError(said.problems) : said.error);
      this.#tellRoom();
    });
    this.#worker.on('error', (error) => this.#end(error as Error));
    this.#worker.on('exit', () => this.#end(bug('A thread that sweeps history has ended.')));
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  take(stretch: Stretch): Promise<Answers> {
    const { promise, resolve, reject } = Promise.withResolvers<Answers>();
    if (this.#ended) reject(this.#ended);
    else {
      this.#waiting.push({ resolve, reject });
      this.#worker.postMessage(stretch, buffersOf(stretch.columns));
    }
    return promise;
  }

  /** Waits until fewer than so many stretches wait. */
  async room(most: number): Promise<void> {
    while (this.#waiting.length >= most)
      await new Promise<void>((resolve) => {
        this.#rooms.push(resolve);
      });
  }

  async close(): Promise<void> {
    await this.#worker.terminate();
  }

  #end(error: Error): void {
    this.#ended ??= error;
    for (const { reject } of this.#waiting.splice(0)) reject(this.#ended);
    this.#tellRoom();
  }

  #tellRoom(): void {
    const rooms = this.#rooms;
    this.#rooms = [];
    for (const tell of rooms) tell();
  }
}
