import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { median } from './machine.ts';
import { type Result, result } from './results.ts';

/** What one piece of work took, in a process of its own: without its start, but with its peak of memory as a whole. */
export interface JobUse {
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly peakBytes: number;
  /** What it gave, to be compared. */
  readonly gave: unknown;
}

export interface JobOptions {
  /** Another file of jobs beside bench/jobs.ts. */
  readonly script?: string;
  /** Seconds after which it is ended. */
  readonly patience?: number;
}

/** Runs one of bench/jobs.ts, or another command that ends with a line of JSON like it. */
export async function job(
  args: readonly string[],
  command?: string,
  { script = 'jobs.ts', patience }: JobOptions = {},
): Promise<JobUse> {
  const path = fileURLToPath(new URL(script, import.meta.url));
  const own = ['--conditions=source', '--disable-warning=ExperimentalWarning', path];
  const child = spawn(command ?? process.execPath, command === undefined ? [...own, ...args] : [...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
    ...(patience === undefined ? {} : { timeout: patience * 1000, killSignal: 'SIGKILL' }),
  });
  let stdout = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
  if (patience !== undefined && signal === 'SIGKILL')
    throw new Error(`${args.join(' ')} was ended after ${patience} s, or for want of memory`);
  if (code !== 0) throw new Error(`${args.join(' ')} ended with ${code}:\n${stdout}`);
  return JSON.parse(stdout.trim().split('\n').at(-1) as string) as JobUse;
}

/** Two pieces of work by turns, so that a busy moment hits both; ratios are of pairs, and the middle one counts. */
export async function beside(
  rounds: number,
  ours: () => Promise<JobUse>,
  theirs: () => Promise<JobUse>,
): Promise<[ours: JobUse, theirs: JobUse][]> {
  const pairs: [JobUse, JobUse][] = [];
  for (let round = 0; round < rounds; round++) pairs.push([await ours(), await theirs()]);
  return pairs;
}

const said = (uses: readonly JobUse[]): string =>
  `${median(uses.map((use) => use.seconds)).toFixed(2)} s, ${median(uses.map((use) => use.cpuSeconds)).toFixed(2)} s of CPU, ${(Math.max(...uses.map((use) => use.peakBytes)) / 1e6).toFixed(0)} MB`;

/** Pairs as two lines, of time and of CPU seconds: the second says more where others keep the machine busy. */
export function compared(
  what: string,
  pairs: readonly (readonly [JobUse, JobUse])[],
  theirs: string,
): Result[] {
  const ours = said(pairs.map(([one]) => one));
  const other = `${said(pairs.map(([, two]) => two))}, ${theirs}`;
  const ratio = (of: 'seconds' | 'cpuSeconds'): number => median(pairs.map(([a, b]) => a[of] / b[of]));
  return [
    result(`${what}: time`, ratio('seconds'), 'lower', ours, other),
    result(`${what}: CPU`, ratio('cpuSeconds'), 'lower', ours, other),
  ];
}
