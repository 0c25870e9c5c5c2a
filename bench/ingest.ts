import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, fdatasyncSync, mkdtempSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { median } from './machine.ts';
import { type Result, result } from './results.ts';

const BATCH = 100;
const BATCHES = 3_000;
const CLIENTS = 8;
const ROUNDS = 3;
/** Rows per second, durable, in batches of 100, on one core. */
const AIM = 50_000;

function rowOf(n: number): string {
  const at = new Date(1_700_000_000_000 + n * 1000).toISOString();
  return `{"id":"p${n}","card":"card${n % 5000}","amount":${(n % 50_000) / 100},"country":"${['US', 'DE', 'IN', 'FR'][n % 4]}","items":${n % 97},"at":"${at}"}`;
}

/**
 * Durable rows per second through POST /v1/ingest/SOURCE, the server on one core and its client on another, beside a plain append and
 * fdatasync of the same bytes, 8 batches at a time as the log has them.
 */
export async function ingest(): Promise<Result[]> {
  const bodies = Array.from({ length: BATCHES }, (_, b) =>
    Buffer.from(Array.from({ length: BATCH }, (_, i) => rowOf(b * BATCH + i)).join('\n')),
  );
  const folder = mkdtempSync(join(tmpdir(), 'millrace-'));
  const script = fileURLToPath(new URL('ingest-server.ts', import.meta.url));
  const server = spawn(process.execPath, ['--conditions=source', script, folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    const [address] = (await once(createInterface({ input: server.stdout }), 'line')) as [string];
    const oneCore = process.platform === 'linux' && toCore(server, 0) && toCore(process, 1);
    const works = {
      append: async () => append(folder, bodies, CLIENTS),
      plain: () => post(new URL('/v1/ingest/plain', address), bodies),
      patterned: () => post(new URL('/v1/ingest/patterned', address), bodies),
    };
    const rates = { append: [] as number[], plain: [] as number[], patterned: [] as number[] };
    const perCpu = { append: [] as number[], plain: [] as number[], patterned: [] as number[] };
    for (let round = 0; round < ROUNDS; round++)
      for (const name of ['append', 'plain', 'patterned'] as const) {
        const [from, cpu] = [performance.now(), cpuSeconds(server)];
        await works[name]();
        rates[name].push((BATCH * BATCHES * 1000) / (performance.now() - from));
        perCpu[name].push((BATCH * BATCHES) / (cpuSeconds(server) - cpu));
      }
    const said = (rate: number): string => `${Math.round(rate).toLocaleString('en')} rows/s`;
    const where = oneCore ? 'one core' : 'not held to one core';
    return (['plain', 'patterned'] as const).flatMap((name) => {
      const what = `ingest in batches of ${BATCH}, ${where}${name === 'plain' ? '' : ', a pattern'}`;
      const rate = median(rates[name]);
      const range = `${said(rate)}, ${said(Math.min(...rates[name]))} to ${said(Math.max(...rates[name]))}`;
      const bare = median(rates.append);
      const own = median(perCpu[name]);
      return [
        result(`${what}: rate`, rate / AIM, 'higher', range, `the aim of ${said(AIM)}`),
        // What it would be with the core to itself.
        ...(Number.isFinite(own)
          ? [result(`${what}: per CPU second`, own / AIM, 'higher', said(own), `the aim of ${said(AIM)}`)]
          : []),
        result(what, rate / bare, 'higher', said(rate), `${said(bare)}, append and fdatasync alone`),
      ];
    });
  } finally {
    server.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Of a process so far, as Linux counts it in hundredths; NaN elsewhere. */
function cpuSeconds({ pid }: Pick<ChildProcess, 'pid'>): number {
  if (process.platform !== 'linux') return Number.NaN;
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) / 100;
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
