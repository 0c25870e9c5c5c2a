import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** Waits until a server says where it listens; from then on nobody reads what it says. */
export async function listening(server: ChildProcess): Promise<number> {
  if (!server.stdout) throw new Error('the server has no output');
  for await (const line of createInterface({ input: server.stdout })) {
    const port = /http:\/\/127\.0\.0\.1:(\d+)/.exec(line)?.[1];
    if (port) {
      server.stdout.resume();
      return Number(port);
    }
  }
  throw new Error('the server ended before it listened');
}

/** Does something with a server's port, and stops the server. */
export async function served<T>(server: ChildProcess, work: (port: number) => Promise<T>): Promise<T> {
  const ended = once(server, 'exit');
  try {
    return await work(await listening(server));
  } finally {
    server.kill('SIGTERM');
    await ended;
  }
}

/** Runs a client process of this folder to its end, and gives what it printed. */
export async function clientProcess<Said>(script: string, told: object): Promise<Said> {
  const path = fileURLToPath(new URL(script, import.meta.url));
  const client = spawn(process.execPath, [path, JSON.stringify(told)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let said = '';
  client.stdout.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  const [code] = await once(client, 'close');
  if (code !== 0) throw new Error(`the client ${script} ended with ${code}`);
  return JSON.parse(said) as Said;
}

/** A Fastify route of its own process that answers a constant. */
export function constantRoute(...told: [] | [path: string, file: string]): ChildProcess {
  const path = fileURLToPath(new URL('constant-route.ts', import.meta.url));
  return spawn(process.execPath, [path, ...told], { stdio: ['ignore', 'pipe', 'inherit'] });
}
