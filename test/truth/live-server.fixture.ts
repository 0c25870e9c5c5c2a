import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { openTill } from '../../src/server/features.fixture.ts';

// This file is also what the other process runs: `node <this file> FOLDER`.

/** A server of the till in a process of its own, which brings posted rows to the lake all the time. */
export interface LiveServer {
  readonly address: string;
  /** SIGKILL, and waits until it is gone. */
  kill(): Promise<void>;
}

export async function startServer(
  folder: string,
  env: Readonly<Record<string, string>>,
): Promise<LiveServer> {
  const child: ChildProcess = spawn(
    process.execPath,
    ['--conditions=source', fileURLToPath(import.meta.url), folder],
    { stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, ...env, NODE_TEST_CONTEXT: undefined } },
  );
  const [address] = (await once(createInterface({ input: child.stdout as never }), 'line')) as [string];
  return {
    address,
    async kill() {
      const gone = once(child, 'exit');
      child.kill('SIGKILL');
      await gone;
    },
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const online = process.env['MILLRACE_ONLINE'];
  const { app } = await openTill(
    process.argv[2] as string,
    { ingest: { every: 400 } },
    online === undefined ? {} : { MILLRACE_ONLINE: online },
  );
  process.stdout.write(`${await app.listen({ port: 0, host: '127.0.0.1' })}\n`);
}
