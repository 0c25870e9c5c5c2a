import type { FastifyInstance } from 'fastify';
import { MillraceError, type Problem } from '../base/index.ts';
import type { LiveEndpoint } from './live.ts';

/** `/healthz`: the process answers. `/readyz`: every endpoint has a version that it can answer from, or what keeps it from that. */
export function addProbes(app: FastifyInstance, live: ReadonlyMap<string, LiveEndpoint>): void {
  app.get('/healthz', () => ({ status: 'alive' }));
  app.get('/readyz', async (_request, reply) => {
    const waiting = await notReady(live);
    if (waiting.length === 0) return { status: 'ready' };
    const [{ code, todo }] = waiting as [Problem];
    return reply.code(503).send({ code, message: waiting.map(({ message }) => message).join(' '), todo });
  });
}

async function notReady(live: ReadonlyMap<string, LiveEndpoint>): Promise<Problem[]> {
  const waiting: Problem[] = [];
  for (const endpoint of live.values())
    await endpoint.ready().catch((error: unknown) => {
      if (!(error instanceof MillraceError)) throw error;
      waiting.push(...error.problems);
    });
  return waiting;
}
