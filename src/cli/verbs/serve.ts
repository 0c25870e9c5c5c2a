import { once } from 'node:events';
import { MillraceError, messageOf } from '../../base/index.ts';
import type { Graph, Workspace } from '../../graph/index.ts';
import { createServer } from '../../server/index.ts';
import { DONE } from '../exit.ts';
import { openProject } from '../load-project.ts';
import type { VerbContext } from '../program.ts';
import type { Terminal } from '../terminal.ts';

export interface ListenOptions {
  readonly port: string;
  readonly host: string;
}

/** `millrace serve` */
export async function serveVerb(
  { projectFile, terminal }: VerbContext,
  options: ListenOptions,
): Promise<number> {
  const { graph, workspace } = await openProject(projectFile);
  try {
    await serveUntilStopped(graph, workspace, options, terminal);
    return DONE;
  } finally {
    await workspace.close();
  }
}

/** Serves until SIGINT or SIGTERM; then answers what is under way, brings predictions to the lake and stops. */
export async function serveUntilStopped(
  graph: Graph,
  workspace: Workspace,
  { port, host }: ListenOptions,
  terminal: Terminal,
): Promise<void> {
  const app = await createServer(graph, workspace);
  const stop = new AbortController();
  const stopped = Promise.race(
    (['SIGINT', 'SIGTERM'] as const).map((signal) => once(process, signal, { signal: stop.signal })),
  );
  stopped.catch(() => {});
  try {
    const address = await listen(app, port, host);
    terminal.line(`Serving ${graph.name} at ${address} (Ctrl-C stops)`);
    await stopped;
    terminal.line('Stopping …');
  } finally {
    stop.abort();
    await app.close();
  }
}

/** @throws MILL_HTTP_PORT */
async function listen(
  app: Awaited<ReturnType<typeof createServer>>,
  port: string,
  host: string,
): Promise<string> {
  try {
    return await app.listen({ port: Number(port), host });
  } catch (error) {
    throw new MillraceError(
      {
        code: 'MILL_HTTP_PORT',
        message: `Cannot listen on ${host}:${port}: ${messageOf(error)}.`,
        todo: 'Stop what listens there, or choose another with --port.',
        owner: 'service',
      },
      { cause: error },
    );
  }
}
