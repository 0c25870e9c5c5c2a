import Fastify, { type FastifyError, type FastifyInstance, type FastifyReply } from 'fastify';
import { type Ask, flushPredictions, type Prediction, predictionLog } from '../assets/index.ts';
import { formatInstant, type JsonObject, MillraceError, messageOf, type Problem } from '../base/index.ts';
import type { Graph, Workspace } from '../graph/index.ts';
import { answerSchema, askSchema } from './ask-schema.ts';
import { endpointsOf, type ServedEndpoint } from './endpoints.ts';
import { followEndpoint, type LiveEndpoint } from './live.ts';
import { openApi } from './openapi.ts';
import { renderPage } from './page.ts';

/** Largest request body accepted, in bytes. */
const BODY_LIMIT = 256 * 1024;
/** How often logged predictions are brought to the lake, in milliseconds. */
const FLUSH_EVERY = 30_000;

/**
 * The HTTP face of a project: predictions, OpenAPI, health, and a plain page. A prediction is durable in the log before it is
 * answered; the log is brought to the lake every half a minute and on closing.
 */
export async function createServer(graph: Graph, workspace: Workspace): Promise<FastifyInstance> {
  const endpoints = endpointsOf(graph);
  const live = new Map(endpoints.map(({ name }) => [name, followEndpoint(graph, workspace, name)]));
  const app = Fastify({
    bodyLimit: BODY_LIMIT,
    routerOptions: { maxParamLength: 200 },
    ajv: {
      customOptions: { removeAdditional: false, coerceTypes: false, useDefaults: false, allErrors: false },
    },
  });
  app.setErrorHandler((error: FastifyError, _request, reply) => answerError(error, reply));
  app.setNotFoundHandler((request, reply) =>
    reply.code(404).send({
      code: 'MILL_HTTP_NOT_FOUND',
      message: `There is nothing at ${request.method} ${request.url.slice(0, 200)}.`,
      todo: 'GET / lists what there is.',
    }),
  );
  app.get('/healthz', () => ({ status: 'alive' }));
  app.get('/readyz', async (_request, reply) => {
    const waiting = await notReady(live);
    if (waiting.length === 0) return { status: 'ready' };
    return reply.code(503).send({ code: 'MILL_ENDPOINT_NOT_LIVE', message: waiting.join(' ') });
  });
  app.get('/openapi.json', () => openApi(graph, endpoints));
  app.get('/', async (_request, reply) =>
    reply.type('text/html; charset=utf-8').send(renderPage(graph, workspace, endpoints)),
  );
  for (const endpoint of endpoints)
    addPredict(app, workspace, endpoint, live.get(endpoint.name) as LiveEndpoint);
  const flush = (): Promise<unknown> =>
    Promise.all(endpoints.map(({ name }) => flushPredictions(workspace, name)));
  let flushing: Promise<unknown> = Promise.resolve();
  const timer = setInterval(() => {
    // A failed flush loses nothing: the log keeps what the lake has not taken, and the next one tries again.
    flushing = flush().catch((error: unknown) => app.log.error(error));
  }, FLUSH_EVERY);
  timer.unref();
  app.addHook('onClose', async () => {
    clearInterval(timer);
    await flushing;
    await flush();
    for (const follower of live.values()) await follower.close();
  });
  return app;
}

function addPredict(
  app: FastifyInstance,
  workspace: Workspace,
  endpoint: ServedEndpoint,
  live: LiveEndpoint,
): void {
  app.post<{ Body: Ask }>(
    `/v1/predict/${endpoint.name}`,
    { schema: { body: askSchema(endpoint.plan), response: { 200: answerSchema(endpoint.binary) } } },
    async ({ body }) => {
      const serving = await live.serving();
      const prediction = await serving.answer(body, workspace.clock.now());
      const log = await workspace.log(predictionLog(endpoint.name));
      await log.append(prediction as unknown as JsonObject);
      return answerOf(prediction);
    },
  );
}

/** What the asker is told. */
export function answerOf(prediction: Prediction): JsonObject {
  const { id, version, model, asOf, output, decision } = prediction;
  const own: JsonObject = decision === null ? { value: output } : { probability: output, decision };
  return { id, version, model, asOf: formatInstant(asOf), ...own };
}

async function notReady(live: ReadonlyMap<string, LiveEndpoint>): Promise<string[]> {
  const waiting: string[] = [];
  for (const [, endpoint] of live)
    await endpoint.serving().catch((error: unknown) => waiting.push(messageOf(error)));
  return waiting;
}

/** Problems in our own form. Only what a caller can use is told; a bug's details go to the server's own log. */
function answerError(error: FastifyError | MillraceError, reply: FastifyReply): FastifyReply {
  if (error instanceof MillraceError) {
    const problem = error.problems[0] as Problem;
    if (problem.owner === 'millrace') reply.log.error(error);
    return reply
      .code(problem.owner === 'millrace' ? 500 : 503)
      .send({ code: problem.code, message: problem.message, todo: problem.todo });
  }
  if (error.validation) {
    const [first] = error.validation;
    const { missingProperty, additionalProperty } = (first?.params ?? {}) as Record<string, string>;
    const name = missingProperty ?? additionalProperty;
    const path = `${first?.instancePath ?? ''}${name === undefined ? '' : `/${name}`}`;
    const what =
      missingProperty !== undefined
        ? `'${missingProperty}' is missing`
        : additionalProperty !== undefined
          ? `'${additionalProperty}' is not a field of this endpoint`
          : `'${path.slice(1)}' ${first?.message ?? 'is not as it should be'}`;
    return reply
      .code(400)
      .send({
        code: 'MILL_HTTP_BAD_REQUEST',
        message: `${what}.`,
        todo: 'GET /openapi.json has the schema.',
        path,
      });
  }
  const status = error.statusCode ?? 500;
  if (status >= 500) reply.log.error(error);
  const message = status >= 500 ? 'The server failed to answer.' : error.message;
  return reply.code(status).send({ code: status >= 500 ? 'MILL_BUG' : 'MILL_HTTP_BAD_REQUEST', message });
}
