import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, fdatasyncSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { col, kinds, source, stream } from '../src/assets/index.ts';
import { checked, openWorkspace, type Project } from '../src/graph/index.ts';
import { createServer } from '../src/server/index.ts';
import { code, load, machine, median } from './machine.ts';

// Durable rows per second through POST /v1/ingest/SOURCE in batches of 100, the server on one core and its client on another, beside a
// plain append and fdatasync of the same bytes, a batch at a time and 8 batches at a time. Run by hand:
//   node --conditions=source bench/ingest.ts

const BATCH = 100;
const BATCHES = 3_000;
const CLIENTS = 8;
const ROUNDS = 3;

if (process.argv[2] === 'serve') await serve(process.argv[3] as string);
else await measure();

async function serve(folder: string): Promise<void> {
  const columns = {
    id: col.string().length(1, 20),
    card: col.string(),
    amount: col.double().between(0, 50_000),
    country: col.string().oneOf('US', 'DE', 'IN', 'FR'),
    items: col.integer().nullable(),
    at: col.timestamp(),
  };
  const plain = source('plain', { from: stream(), columns, eventTime: 'at' });
  const patterned = source('patterned', {
    from: stream(),
    columns: { ...columns, id: col.string().matches(/^p\d+$/) },
  });
  const project = {
    name: 'ingest',
    assets: { plain, patterned },
    place: { file: 'x', line: 1, column: 1 },
  } as unknown as Project;
  const workspace = await openWorkspace(folder, { MILLRACE_MEMORY: '1GB' });
  const graph = await checked(project, kinds, workspace.engine);
  // The lake's part is measured by the load; here it waits.
  const ingest = { every: 3_600_000, rows: 1e9, mostBehind: 1e9 };
  const app = await createServer(graph, workspace, { ingest, onError: (error) => console.error(error) });
  console.log(await app.listen({ port: 0, host: '127.0.0.1' }));
}

function rowOf(n: number): string {
  const at = new Date(1_700_000_000_000 + n * 1000).toISOString();
  return `{"id":"p${n}","card":"card${n % 5000}","amount":${(n % 50_000) / 100},"country":"${['US', 'DE', 'IN', 'FR'][n % 4]}","items":${n % 97},"at":"${at}"}`;
}

async function measure(): Promise<void> {
  console.log(`${machine()}; load ${load()}; ${code()}`);
  const bodies = Array.from({ length: BATCHES }, (_, b) =>
    Buffer.from(Array.from({ length: BATCH }, (_, i) => rowOf(b * BATCH + i)).join('\n')),
  );
  const folder = mkdtempSync(join(tmpdir(), 'millrace-'));
  const script = fileURLToPath(import.meta.url);
  const server = spawn(process.execPath, ['--conditions=source', script, 'serve', folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    const [address] = (await once(createInterface({ input: server.stdout }), 'line')) as [string];
    const oneCore = process.platform === 'linux' && toCore(server, 0) && toCore(process, 1);
    const rates = new Map<string, number[]>();
    for (let round = 0; round < ROUNDS; round++)
      for (const [what, work] of [
        ['append + fdatasync of each batch', async () => append(folder, bodies, 1)],
        [`append + fdatasync of ${CLIENTS} batches at a time`, async () => append(folder, bodies, CLIENTS)],
        ['POST /v1/ingest, no pattern', () => post(new URL('/v1/ingest/plain', address), bodies)],
        ['POST /v1/ingest, one pattern', () => post(new URL('/v1/ingest/patterned', address), bodies)],
      ] as const) {
        const from = performance.now();
        await work();
        const rate = (BATCH * BATCHES * 1000) / (performance.now() - from);
        rates.set(what, [...(rates.get(what) ?? []), rate]);
      }
    console.log(
      `${oneCore ? 'The server on one core.' : 'Not held to one core.'} Median of ${ROUNDS}, lowest and highest:`,
    );
    for (const [what, found] of rates)
      console.log(
        `${[median(found), Math.min(...found), Math.max(...found)].map((rate) => Math.round(rate).toLocaleString('en').padStart(10)).join(' ')} rows/s  ${what}`,
      );
  } finally {
    server.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  }
}

function toCore({ pid }: Pick<ChildProcess, 'pid'>, core: number): boolean {
  return spawnSync('taskset', ['-acp', String(core), String(pid)]).status === 0;
}

function append(folder: string, bodies: readonly Buffer[], at: number): void {
  const file = openSync(join(folder, 'plain.bytes'), 'w');
  for (let i = 0; i < bodies.length; i += at) {
    writeSync(file, Buffer.concat(bodies.slice(i, i + at)));
    fdatasyncSync(file);
  }
  closeSync(file);
}

async function post(url: URL, bodies: readonly Buffer[]): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: CLIENTS });
  let next = 0;
  const client = async (): Promise<void> => {
    for (let body = bodies[next++]; body !== undefined; body = bodies[next++])
      await new Promise<void>((resolve, reject) => {
        const headers = { 'content-type': 'application/x-ndjson', 'content-length': body.length };
        const asked = request(url, { method: 'POST', agent, headers }, (response) => {
          response.resume();
          if (response.statusCode !== 200) reject(new Error(`answered ${response.statusCode}`));
          response.on('end', resolve);
        });
        asked.on('error', reject);
        asked.end(body);
      });
  };
  await Promise.all(Array.from({ length: CLIENTS }, client));
  agent.destroy();
}
