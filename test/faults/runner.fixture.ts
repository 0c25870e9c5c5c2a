import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { line, openBench, told } from '../truth/line.fixture.ts';

// This file is also what the other processes run: `node <this file>`.

/** What another process says when its run is over. */
export interface Report {
  readonly ok: boolean;
  readonly told: readonly string[];
  /** Messages of steps that another run was ahead of. */
  readonly beaten: readonly string[];
  readonly problems: readonly string[];
}

/** Another process, loaded and waiting to run the line in a folder. */
export interface Runner {
  /** Begins; everything before has been loaded. */
  go(folder: string): void;
  /** What it says at the end; undefined when it was killed before. */
  readonly report: Promise<Report | undefined>;
  /** SIGKILL, and waits until it is gone. */
  kill(): Promise<void>;
}

export async function startRunner(): Promise<Runner> {
  const child: ChildProcessWithoutNullStreams = spawn(
    process.execPath,
    ['--conditions=source', fileURLToPath(import.meta.url)],
    { env: { ...process.env, NODE_TEST_CONTEXT: undefined } },
  );
  let errors = '';
  child.stderr.on('data', (text) => {
    errors += text;
  });
  // What is written to a process that has been killed already is lost, as it should be.
  child.stdin.on('error', () => {});
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const exit = once(child, 'exit');
  const ready = await lines.next();
  if (ready.value !== 'ready') throw new Error(`the runner did not start: ${errors}`);
  const report = (async (): Promise<Report | undefined> => {
    const last = await lines.next();
    const [code, signal] = (await exit) as [number | null, string | null];
    if (signal === 'SIGKILL') return undefined;
    if (last.done || code !== 0) throw new Error(`the runner ended with ${code ?? signal}: ${errors}`);
    return JSON.parse(last.value) as Report;
  })();
  // Awaited by whoever wants it; a killed runner's report interests nobody.
  report.catch(() => {});
  return {
    go: (folder) => {
      child.stdin.write(`${folder}\n`);
    },
    report,
    async kill() {
      child.kill('SIGKILL');
      await exit;
    },
  };
}

async function main(): Promise<void> {
  process.stdout.write('ready\n');
  const [folder] = (await once(createInterface({ input: process.stdin }), 'line')) as [string];
  const bench = await openBench(folder);
  const beaten: string[] = [];
  const result = await bench.run(line(), {
    onEvent: (event) => {
      if (event.event === 'beaten') beaten.push(event.message);
    },
  });
  await bench.close();
  const problems = result.steps.flatMap((step) => step.problems.map((problem) => problem.message));
  process.stdout.write(`${JSON.stringify({ ok: result.ok, told: told(result), beaten, problems })}\n`);
  process.stdin.destroy();
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main();
