import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Entry, OnlineStore, StateValue } from './online.port.ts';

// Run as a program, this file is another process that works on the same store.

/** How any process opens a store over one place: a function of a module, and what it is given. */
export interface OnlinePlace {
  readonly module: string;
  readonly open: string;
  readonly args: readonly unknown[];
  /** The server behind it, where there is one. */
  readonly server?: { stop(): Promise<void>; start(): Promise<void> };
}

export async function openAt({ module, open, args }: OnlinePlace): Promise<OnlineStore> {
  const found = (await import(module)) as Record<
    string,
    (...args: readonly unknown[]) => Promise<OnlineStore>
  >;
  return await (found[open] as (...args: readonly unknown[]) => Promise<OnlineStore>)(...args);
}

/** What another process may do. */
type Job =
  /** Fills with so many entities, says `half` in between and waits for a word. */
  | { readonly kind: 'fill'; readonly entities: number; readonly coverage: StateValue }
  /** Moves so many times by one, now and then fills instead, and says each number that it stands at. */
  | { readonly kind: 'move'; readonly times: number; readonly fills: boolean }
  /** Moves until it stands at so many, beside others, and says which moves were its own. */
  | { readonly kind: 'race'; readonly until: number; readonly by: string }
  /** Looks until a word comes, and says how often, what was wrong, and how many coverages it saw. */
  | { readonly kind: 'look' };

export const SPACE = 'shared';
/** Whatever stands at n has all these at n. */
export const SHARED = Array.from({ length: 150 }, (_, i) => `entity ${i}`);
export const allAt = (n: number): Entry[] => SHARED.map((entity) => ({ entity, state: { n } }));

export async function* stream<T>(items: Iterable<T>): AsyncGenerator<T> {
  yield* items;
}

/** The number at which a space stands, when all its states do; otherwise what is wrong. */
export async function numberOf(store: OnlineStore): Promise<number | string> {
  const [found] = await store.get([{ space: SPACE, entities: SHARED }]);
  const n = (found?.coverage as { n: number } | undefined)?.n;
  const others = new Set(found?.states.map((state) => (state as { n: number } | undefined)?.n));
  others.delete(n);
  return n === undefined || others.size > 0 ? `stands at ${n} with ${[...others]}` : n;
}

const argsOf = (place: OnlinePlace, job: Job): string[] => [
  // As it was shipped it runs on what was shipped.
  ...(import.meta.url.endsWith('.ts') ? ['--conditions=source'] : []),
  fileURLToPath(import.meta.url),
  JSON.stringify([place, job]),
];

export function another(place: OnlinePlace, job: Job): ChildProcess & { readonly said: () => string } {
  const child = spawn(process.execPath, argsOf(place, job), { stdio: ['pipe', 'pipe', 'inherit'] });
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  return Object.assign(child, { said: () => said });
}

/** The same, while this process stands still. */
export function anotherAtOnce(place: OnlinePlace, job: Job): string {
  const { stdout, status } = spawnSync(process.execPath, argsOf(place, job), {
    stdio: ['ignore', 'pipe', 'inherit'],
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`The other process ended with ${status}.`);
  return stdout;
}

/** Waits until a process has said something. */
export async function heard(child: ReturnType<typeof another>, text: string | RegExp): Promise<void> {
  const there = () => (typeof text === 'string' ? child.said().includes(text) : text.test(child.said()));
  while (!there()) {
    if (child.exitCode !== null || child.signalCode !== null)
      throw new Error(`The other process ended, having said: ${child.said()}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

export async function ended(child: ChildProcess): Promise<number | null> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'close');
  return child.exitCode;
}

async function work(store: OnlineStore, job: Job): Promise<void> {
  const say = (text: string) => process.stdout.write(`${text}\n`);
  if (job.kind === 'fill') {
    const entries = async function* (): AsyncGenerator<Entry> {
      for (let i = 0; i < job.entities; i++) {
        if (i === Math.floor(job.entities / 2)) {
          say('half');
          await new Promise((go) => process.stdin.once('data', go));
        }
        yield { entity: `e${i}`, state: [i], expires: i };
      }
    };
    await store.fill(SPACE, job.coverage, entries());
  } else if (job.kind === 'move') {
    for (let i = 0; i < job.times; i++) {
      const coverage = (await store.coverage(SPACE)) as { n: number };
      const n = coverage.n + 1;
      if (job.fills && i % 10 === 9) await store.fill(SPACE, { n }, stream(allAt(n)));
      else if (!(await store.move(SPACE, coverage, { n }, allAt(n)))) throw new Error(`not from ${n - 1}`);
      say(`at ${n}.`);
    }
  } else if (job.kind === 'race') {
    const mine: number[] = [];
    for (;;) {
      const coverage = (await store.coverage(SPACE)) as { n: number };
      const n = coverage.n + 1;
      if (n > job.until) break;
      const next = { n, by: job.by };
      if (await store.move(SPACE, coverage, next, [{ entity: 'x', state: next }])) mine.push(n);
    }
    say(JSON.stringify(mine));
  } else {
    let over = false;
    process.stdin.once('data', () => {
      over = true;
    });
    say('looking');
    const seen = new Set<number>();
    const wrong: string[] = [];
    let looks = 0;
    while (!over) {
      const found = await numberOf(store);
      if (typeof found === 'string') wrong.push(found);
      else seen.add(found);
      looks++;
      if (looks % 20 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    say(JSON.stringify({ looks, wrong: wrong.slice(0, 3), coverages: seen.size }));
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [place, job] = JSON.parse(process.argv[2] as string) as [OnlinePlace, Job];
  const store = await openAt(place);
  await work(store, job);
  await store.close();
  process.stdin.destroy();
}
