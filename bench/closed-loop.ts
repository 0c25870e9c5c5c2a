import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import type { Timetable } from './open-loop.ts';

// A client process that asks as fast as it is answered: where a server is saturated. Latencies at a rate are bench/open-loop.ts's to
// tell: this client waits with a server that stalls.

/** What the client is told, as JSON, in its one argument. */
export interface Saturation extends Omit<Timetable, 'perSecond'> {
  /** Requests under way at a time. */
  readonly atOnce: number;
}

/** What it prints. Latencies are in milliseconds, from sending to the last byte of the answer. */
export interface Saturated {
  readonly perSecond: number;
  readonly failed: number;
  readonly p50: number;
  readonly p99: number;
}

async function saturate(told: Saturation): Promise<Saturated> {
  const bodies = (JSON.parse(readFileSync(told.bodies, 'utf8')) as unknown[]).map((body) =>
    Buffer.from(JSON.stringify(body)),
  );
  const agent = new Agent({ keepAlive: true, maxSockets: told.atOnce });
  const latencies: number[] = [];
  let failed = 0;
  let next = 0;
  const ask = (body: Buffer): Promise<boolean> =>
    new Promise((resolve, reject) => {
      const headers = { 'content-type': 'application/json', 'content-length': body.length };
      const options = { host: '127.0.0.1', port: told.port, path: told.path, method: 'POST', agent, headers };
      const asked = request(options, (response) => {
        response.resume();
        response.on('end', () => resolve(response.statusCode === 200));
      });
      asked.on('error', reject);
      asked.end(body);
    });
  const from = performance.now() + told.warmUpSeconds * 1000;
  const until = from + told.seconds * 1000;
  const client = async (): Promise<void> => {
    for (let began = performance.now(); began < until; began = performance.now()) {
      const good = await ask(bodies[next++ % bodies.length] as Buffer);
      const ended = performance.now();
      if (ended < from || ended > until) continue;
      latencies.push(ended - began);
      if (!good) failed++;
    }
  };
  await Promise.all(Array.from({ length: told.atOnce }, client));
  agent.destroy();
  latencies.sort((a, b) => a - b);
  const at = (share: number): number =>
    latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * share))] as number;
  return { perSecond: latencies.length / told.seconds, failed, p50: at(0.5), p99: at(0.99) };
}

if (import.meta.main) {
  const measured = await saturate(JSON.parse(process.argv[2] as string) as Saturation);
  process.stdout.write(`${JSON.stringify(measured)}\n`, () => process.exit(0));
}
