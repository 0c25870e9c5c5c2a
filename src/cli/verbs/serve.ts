import { once } from 'node:events';
import { createServer as createSocket } from 'node:net';
import { MillraceError, messageOf } from '../../base/index.ts';
import type { Graph, Workspace } from '../../graph/index.ts';
import { createServer } from '../../server/index.ts';
import { DONE, problemsOf } from '../exit.ts';
import { openProject } from '../load-project.ts';
import type { VerbContext } from '../verb.ts';

export interface ListenOptions {
  readonly port: number;
  readonly host: string;
  /** Names by which the server is asked. */
  readonly allowHost?: readonly string[];
}

/** `millrace serve` */
export async function serveVerb(context: VerbContext, options: ListenOptions): Promise<number> {
  const { graph, workspace } = await openProject(context.projectFile);
  try {
    await serveUntilStopped(graph, workspace, options, context, (address) =>
      context.terminal.result({ ok: true, project: graph.name, address }),
    );
    return DONE;
  } finally {
    await workspace.close();
  }
}

/** Serves until SIGINT or SIGTERM; then answers what is under way, brings predictions to the lake and stops. */
export async function serveUntilStopped(
  graph: Graph,
  workspace: Workspace,
  options: ListenOptions,
  { terminal, untilStopped }: VerbContext,
  onListening: (address: string) => void,
): Promise<void> {
  const { port, host, allowHost = [] } = options;
  const app = await createServer(graph, workspace, {
    names: [host, ...allowHost],
    onError: (error) => {
      for (const problem of problemsOf(error)) terminal.problem(problem);
    },
  });
  const stopped = untilStopped();
  try {
    const address = await app
      .listen({ port, host })
      .catch((error: unknown) => Promise.reject(cannotListen(options, error)));
    onListening(address);
    terminal.line(`Serving ${graph.name} at ${address} (Ctrl-C stops)`);
    await stopped;
    terminal.line('Stopping …');
  } finally {
    await app.close();
  }
}

/** Says that a port is taken before minutes are spent on a run. @throws MILL_HTTP_PORT */
export async function tryPort({ port, host }: ListenOptions): Promise<void> {
  const socket = createSocket();
  try {
    socket.listen({ port, host });
    await once(socket, 'listening');
  } catch (error) {
    throw cannotListen({ port, host }, error);
  }
  socket.close();
  await once(socket, 'close');
}

function cannotListen({ host, port }: Pick<ListenOptions, 'host' | 'port'>, error: unknown): MillraceError {
  const { code } = error as NodeJS.ErrnoException;
  const why = code === 'EADDRINUSE' ? 'another process listens there' : messageOf(error);
  return new MillraceError(
    {
      code: 'MILL_HTTP_PORT',
      message: `Cannot listen on ${host}:${port}: ${why}.`,
      todo: 'Stop what listens there, or choose another with --port.',
      owner: 'service',
    },
    { cause: error },
  );
}
