import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { load, machine, median } from './machine.ts';
import { benchPython } from './python.ts';
import { type Result, report, result, write } from './results.ts';

// `npm run bench -- mlflow`: MLflow's wire, ours beside its own server over SQLite, in about two minutes. One caller, one question after the
// other, over one connection: what a training script sees.
//   --write      adds the results to bench/RESULTS.md
//   --rounds N   of each question; default 30

const { values } = parseArgs({
  options: { write: { type: 'boolean' }, rounds: { type: 'string', default: '30' } },
});
const rounds = Number(values.rounds);

/** Either server: how long it took to come up, and how it is asked. */
interface Subject {
  readonly coldStart: number;
  ask(method: 'GET' | 'POST', path: string, body?: object): Promise<Record<string, unknown>>;
  close(): Promise<void>;
}

async function subject(start: (port: number) => ChildProcess): Promise<Subject> {
  const port = await freePort();
  const began = performance.now();
  const child = start(port);
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const send = (method: string, path: string, body?: object): Promise<string> =>
    new Promise((resolve, reject) => {
      const headers = { 'content-type': 'application/json' };
      request({ agent, host: '127.0.0.1', port, method, path, headers }, (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (part: string) => {
          text += part;
        });
        response.on('end', () =>
          response.statusCode === 200 ? resolve(text) : reject(new Error(`${path}: ${text.slice(0, 300)}`)),
        );
      })
        .on('error', reject)
        .end(body === undefined ? undefined : JSON.stringify(body));
    });
  const ask: Subject['ask'] = async (method, path, body) =>
    JSON.parse(await send(method, `/api/2.0/mlflow/${path}`, body)) as Record<string, unknown>;
  for (;;) {
    if (child.exitCode !== null) throw new Error('the server ended before it answered');
    const up = await ask('GET', 'experiments/get?experiment_id=0').catch(() => undefined);
    if (up !== undefined) break;
    await sleep(10);
  }
  return {
    coldStart: performance.now() - began,
    ask,
    async close() {
      agent.destroy();
      const over = once(child, 'exit');
      process.kill(-(child.pid as number), 'SIGTERM');
      await over;
    },
  };
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}

/** Milliseconds of each, in the middle. */
async function timed(count: number, work: (i: number) => Promise<unknown>): Promise<number> {
  const times: number[] = [];
  for (let i = 0; i < count; i++) {
    const began = performance.now();
    await work(i);
    times.push(performance.now() - began);
  }
  return median(times);
}

const batchOf = (from: number, key: (i: number) => string): object[] =>
  Array.from({ length: 1_000 }, (_, i) => ({
    key: key(i),
    value: (from + i) / 7,
    timestamp: from + i,
    step: from + i,
  }));

/** What each question takes, in milliseconds. */
async function measure({ ask, coldStart }: Subject): Promise<Record<string, number>> {
  const newRun = async (i: number): Promise<string> => {
    const { run } = await ask('POST', 'runs/create', {
      experiment_id: '0',
      start_time: i,
      run_name: `r${i}`,
    });
    return (run as { info: { run_id: string } }).info.run_id;
  };
  const run = await newRun(0);
  const metric = (i: number) =>
    ask('POST', 'runs/log-metric', { run_id: run, key: 'loss', value: 1 / i, timestamp: i, step: i });
  await metric(1);
  const logMetric = await timed(rounds * 5, (i) => metric(i + 2));
  const batch = (i: number) =>
    ask('POST', 'runs/log-batch', { run_id: run, metrics: batchOf(i * 1_000, (j) => `m${j % 10}`) });
  await batch(0);
  const logBatch = await timed(rounds, (i) => batch(i + 1));
  const history = await newRun(1);
  for (let i = 0; i < 50; i++)
    await ask('POST', 'runs/log-batch', { run_id: history, metrics: batchOf(i * 1_000, () => 'long') });
  const pathOf = `metrics/get-history?run_id=${history}&metric_key=long`;
  const longHistory = await timed(Math.ceil(rounds / 3), async () => {
    const { metrics } = await ask('GET', pathOf);
    if ((metrics as unknown[]).length !== 50_000) throw new Error('a history is not whole');
  });
  for (let i = 0; i < 1_000; i++) {
    const id = await newRun(i + 2);
    await ask('POST', 'runs/log-batch', {
      run_id: id,
      metrics: ['loss', 'auc', 'f1'].map((key) => ({ key, value: i / 1_000, timestamp: 1, step: 0 })),
      params: ['lr', 'depth', 'seed', 'rounds'].map((key) => ({ key, value: String(i % 17) })),
      tags: [{ key: 'team', value: i % 2 === 0 ? 'risk' : 'shop' }],
    });
  }
  const search = await timed(Math.ceil(rounds / 3), async () => {
    const { runs } = await ask('POST', 'runs/search', { experiment_ids: ['0'], max_results: 1_000 });
    if ((runs as unknown[]).length !== 1_000) throw new Error('a page is not full');
  });
  const filtered = await timed(Math.ceil(rounds / 3), () =>
    ask('POST', 'runs/search', {
      experiment_ids: ['0'],
      filter: "metrics.auc > 0.5 and params.depth = '7' and tags.team = 'risk'",
      order_by: ['metrics.loss DESC'],
      max_results: 100,
    }),
  );
  return {
    'log-metric': logMetric,
    'log-batch of 1,000 metrics': logBatch,
    'history of 50,000 points': longHistory,
    'search: a page of 1,000 runs': search,
    'search: 1,000 runs filtered and sorted': filtered,
    'cold start to the first answer': coldStart,
  };
}

const began = new Date();
console.log(`${machine()}; load ${load()}`);
const python = benchPython('bench-mlflow');
if ('reason' in python) throw new Error(`There is nothing to compare with: ${python.reason}.`);
const folder = mkdtempSync(join(tmpdir(), 'millrace-bench-'));
const results: Result[] = [];
const group: SpawnOptions = { stdio: 'ignore', detached: true };
try {
  const script = fileURLToPath(new URL('mlflow-server.ts', import.meta.url));
  const ours = await subject((port) =>
    spawn(process.execPath, ['--conditions=source', script, String(port)], group),
  );
  const here = await measure(ours).finally(() => ours.close());
  const args = ['-m', 'mlflow', 'server', '--host', '127.0.0.1', '--workers', '1'];
  const stores = ['--backend-store-uri', `sqlite:///${folder}/mlflow.db`, '--artifacts-destination', folder];
  const theirs = await subject((port) =>
    spawn(python.python, [...args, '--port', String(port), ...stores], group),
  );
  const there = await measure(theirs).finally(() => theirs.close());
  for (const [what, millis] of Object.entries(here)) {
    const beside = there[what] as number;
    const shown = (value: number): string => `${value.toPrecision(3)} ms`;
    results.push(
      result(`MLflow wire, ${what}`, beside / millis, 'higher', shown(millis), `MLflow ${shown(beside)}`),
    );
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
for (const { what, ratio, ours, beside } of results)
  console.log(`${ratio.toPrecision(3).padStart(8)}  ${what}: ${ours} | ${beside}`);
const notes = [
  'One caller, one question after the other, the middle of all. Ours flushes each write to disk (SQLite, WAL, synchronous = full), MLflow 3.17.2 runs with one worker over SQLite as it comes.',
];
for (const note of notes) console.log(note);
if (values.write) write(fileURLToPath(new URL('RESULTS.md', import.meta.url)), report(results, notes, began));
