import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { simulate } from '../examples/fraud/simulate.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const main = join(root, 'src/cli/main.ts');
const usage = pathToFileURL(join(root, 'bench/report-usage.ts')).href;

/** The day after the simulated ones, at which the clock stands. */
export const UNTIL = '2026-10-01T00:00:00Z';

/** The fraud example in a folder of its own, with 90 days of payments. */
export interface World {
  readonly folder: string;
  readonly project: string;
  /** Rows in the files of payments. */
  readonly payments: number;
  remove(): void;
}

export function fraudWorld(): World {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-bench-'));
  const { payments } = simulate({ folder: join(folder, 'data'), until: new Date(UNTIL) });
  const project = join(folder, 'project.ts');
  const declared = pathToFileURL(join(root, 'examples/fraud/project.ts')).href;
  // The declarations stay in the checkout, where 'millrace' is found; data and state lie beside this file.
  writeFileSync(project, `export { default } from ${JSON.stringify(declared)};\n`);
  return { folder, project, payments, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

export interface Used {
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly peakBytes: number;
  readonly stdout: string;
}

export interface ChildOptions {
  /** Where to put a CPU profile. */
  readonly profile?: string | undefined;
}

/** Starts the command line as a process of its own. */
export function startMillrace(
  world: World,
  args: readonly string[],
  options: ChildOptions = {},
): ChildProcess {
  const flags = ['--conditions=source', '--disable-warning=ExperimentalWarning', `--import=${usage}`];
  if (options.profile) flags.push('--cpu-prof', `--cpu-prof-dir=${options.profile}`);
  return spawn(process.execPath, [...flags, main, '--project', world.project, ...args], {
    env: { ...process.env, MILLRACE_CLOCK: UNTIL, BENCH_USAGE: join(world.folder, 'usage.json') },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

/** Runs the command line to its end. @throws when it does not end well. */
export async function millrace(
  world: World,
  args: readonly string[],
  options: ChildOptions = {},
): Promise<Used> {
  const began = performance.now();
  const child = startMillrace(world, args, options);
  let stdout = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  const [code] = (await once(child, 'close')) as [number | null];
  const seconds = (performance.now() - began) / 1000;
  if (code !== 0) throw new Error(`millrace ${args.join(' ')} ended with ${code}:\n${stdout}`);
  const used = JSON.parse(readFileSync(join(world.folder, 'usage.json'), 'utf8')) as Omit<
    Used,
    'seconds' | 'stdout'
  >;
  return { seconds, ...used, stdout };
}
