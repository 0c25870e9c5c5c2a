import Fastify, { type FastifyInstance } from 'fastify';
import {
  type Ask,
  flushPredictions,
  openAuditor,
  openHeads,
  type Prediction,
  type PredictionAudit,
  predictionLog,
} from '../assets/index.ts';
import { formatInstant, type JsonObject, MillraceError, nearest, type Problem } from '../base/index.ts';
import type { Graph, Workspace } from '../graph/index.ts';
import { askPatterns } from './ask-patterns.ts';
import { answerSchema, askSchema, isInstantText } from './ask-schema.ts';
import { atNow } from './at-now.ts';
import { endpointsOf, type ServedEndpoint } from './endpoints.ts';
import { featuresOf } from './feature-answers.ts';
import { addFeatures, wantsFresh } from './features.ts';
import { addIngest, type IngestOptions, streamsOf } from './ingest.ts';
import { followEndpoint, type LiveEndpoint } from './live.ts';
import { addMetrics, openMeters } from './metrics.ts';
import { openApi } from './openapi.ts';
import { renderPage } from './page.ts';
import { PAGE_POLICY } from './page-style.ts';
import { badQuestion, refusalOf, stoppingRefusal } from './refusal.ts';
import { addReports } from './reports.ts';
import { TIDY_EVERY, tidy } from './tidy.ts';

/** Largest request body accepted, in bytes. */
const BODY_LIMIT = 256 * 1024;
/** Longest a request may take to arrive, in milliseconds: a stalled sender must not keep the server from stopping. */
const REQUEST_TIMEOUT = 30_000;
/** How long after it is told to stop a server still listens to those who have begun to ask, in milliseconds. */
const LAST_WORDS = 5_000;
/** How often a server looks whether a newer version is live, in milliseconds. */
const LOOK_EVERY = 500;
/** How often logged predictions are brought to the lake, in milliseconds. */
const FLUSH_EVERY = 30_000;

/** Audits of predictions in a minute, at most. */
const AUDITS = 30;

export interface ServerOptions {
  /** Told of what no caller is told: bugs, a version that cannot be loaded, a failed flush. Default: nobody. */
  readonly onError?: (error: unknown) => void;
  /** Milliseconds between two flushes of predictions to the lake. Default 30,000. */
  readonly flushEvery?: number;
  /** Audits of predictions in a minute, at most. Default 30. */
  readonly auditsPerMinute?: number;
  /** When posted rows are brought to the lake, and how many may wait. */
  readonly ingest?: IngestOptions;
}

/**
 * The HTTP face of a project: predictions, rows that are posted, OpenAPI, health, and a plain page. A prediction is durable in the log before it is
 * answered; the log is brought to the lake every half a minute and on closing.
 */
export async function createServer(
  graph: Graph,
  workspace: Workspace,
  { onError = () => {}, flushEvery = FLUSH_EVERY, auditsPerMinute = AUDITS, ingest = {} }: ServerOptions = {},
): Promise<FastifyInstance> {
  const endpoints = endpointsOf(graph);
  const streams = streamsOf(graph);
  const heads = await openHeads(graph, workspace, onError);
  const live = new Map(
    endpoints.map((endpoint) => [endpoint.name, followEndpoint(graph, workspace, endpoint, heads)]),
  );
  const app = Fastify({
    bodyLimit: BODY_LIMIT,
    requestTimeout: REQUEST_TIMEOUT,
    // We say so ourselves, in our own form.
    return503OnClosing: false,
    routerOptions: { maxParamLength: 200 },
    ajv: {
      customOptions: {
        removeAdditional: false,
        coerceTypes: false,
        useDefaults: false,
        allErrors: false,
        // With the value at fault, so that it can be said; and a field named like something of Object's prototype can be missing.
        verbose: true,
        ownProperties: true,
      },
      onCreate: (ajv) => void ajv.addFormat('date-time', { validate: isInstantText }),
    },
  });
  app.removeContentTypeParser('text/plain');
  let stopping = false;
  app.addHook('onSend', async (_request, reply) => {
    reply.header('x-content-type-options', 'nosniff');
    // A connection kept alive would keep the server from stopping until it is given up, 72 s later.
    if (stopping) reply.header('connection', 'close');
  });
  app.addHook('onRequest', async (_request, reply) => {
    if (!stopping) return;
    const { status, body } = stoppingRefusal;
    return reply.code(status).header('retry-after', '1').send(body);
  });
  app.addHook('preClose', async () => {
    stopping = true;
    setTimeout(() => app.server.closeAllConnections(), LAST_WORDS).unref();
  });
  app.setErrorHandler((error, _request, reply) => {
    const { status, body } = refusalOf(error);
    if (status === 500) onError(error);
    if (status === 503) reply.header('retry-after', '1');
    return reply.code(status).send(body);
  });
  app.setNotFoundHandler((request, reply) => {
    const [path = ''] = request.url.split('?');
    const asked = /^\/v1\/predict\/([^/]*)$/.exec(path)?.[1] ?? '';
    const known = live.has(asked) || streams.some(({ name }) => path === `/v1/ingest/${name}`);
    if (known) reply.header('allow', 'POST');
    const near = asked === '' ? undefined : nearest(asked.slice(0, 100), live.keys());
    return reply.code(known ? 405 : 404).send({
      code: 'MILL_HTTP_NOT_FOUND',
      message: known
        ? `${path} is asked with POST, not ${request.method}.`
        : `There is nothing at ${request.method} ${path.slice(0, 200)}${near ? `; there is /v1/predict/${near}` : ''}.`,
      todo: 'GET / lists what there is.',
    });
  });
  app.get('/healthz', () => ({ status: 'alive' }));
  app.get('/readyz', async (_request, reply) => {
    const waiting = await notReady(live);
    if (waiting.length === 0) return { status: 'ready' };
    const [{ code, todo }] = waiting as [Problem];
    return reply.code(503).send({ code, message: waiting.map(({ message }) => message).join(' '), todo });
  });
  app.get('/openapi.json', () => openApi(graph, endpoints, streams, [...featuresOf(graph).values()]));
  app.get('/', async (request, reply) =>
    reply
      .headers({
        'content-security-policy': PAGE_POLICY,
        'referrer-policy': 'no-referrer',
        'cache-control': 'no-store',
      })
      .type('text/html; charset=utf-8')
      .send(renderPage(graph, workspace, endpoints, request.host)),
  );
  addReports(app, workspace);
  addFeatures(app, graph, workspace, heads);
  const posted = await addIngest(app, graph, workspace, heads, onError, ingest);
  const meters = openMeters(graph, workspace, posted.behind);
  addMetrics(app, meters);
  const auditor = openAuditor(graph, workspace, {
    perMinute: auditsPerMinute,
    onAudit: (audit) => {
      meters.audited(audit);
      for (const { explanation, asset, feature } of audit.features)
        if (explanation?.cause === 'bug') onError(skewed(audit, `${asset}.${feature}`, explanation.why));
    },
    onError,
  });
  for (const endpoint of endpoints)
    addPredict(app, workspace, endpoint, live.get(endpoint.name) as LiveEndpoint, (prediction) => {
      meters.predicted(prediction);
      auditor.offer(prediction, endpoint.auditEvery);
    });
  const told = new Set<string>();
  const follow = async (endpoint: LiveEndpoint): Promise<void> => {
    await endpoint.look().catch((error: unknown) => {
      // Before the first run nothing is live, and a version that cannot be loaded is tried again: once is enough to say so.
      if (error instanceof MillraceError && error.code === 'MILL_ENDPOINT_NOT_LIVE') return;
      if (told.has(String(error))) return;
      told.add(String(error));
      onError(error);
    });
  };
  const looks = setInterval(() => {
    for (const endpoint of live.values()) void follow(endpoint);
  }, LOOK_EVERY).unref();
  const flush = (): Promise<unknown> =>
    Promise.all(endpoints.map(({ name }) => flushPredictions(workspace, name)));
  let flushing: Promise<unknown> | undefined;
  const flushes = setInterval(() => {
    // A failed flush loses nothing: the log keeps what the lake has not taken, and the next one tries again.
    flushing ??= flush()
      .catch(onError)
      .finally(() => {
        flushing = undefined;
      });
  }, flushEvery).unref();
  let tidying: Promise<void> | undefined;
  const tidies = setInterval(() => {
    tidying ??= tidy(graph, workspace)
      .catch(onError)
      .finally(() => {
        tidying = undefined;
      });
  }, TIDY_EVERY).unref();
  app.addHook('onClose', async () => {
    clearInterval(looks);
    clearInterval(flushes);
    clearInterval(tidies);
    await flushing;
    await tidying;
    await auditor.close();
    try {
      await flush();
      await posted.close();
    } finally {
      for (const endpoint of live.values()) await endpoint.close();
    }
  });
  return app;
}

function addPredict(
  app: FastifyInstance,
  workspace: Workspace,
  endpoint: ServedEndpoint,
  live: LiveEndpoint,
  onAnswer: (prediction: Prediction) => void,
): void {
  const schema = askSchema(endpoint.plan);
  const patterns = askPatterns(workspace.engine, endpoint.plan);
  app.addHook('onClose', async () => patterns.close());
  app.post<{ Body: Ask; Querystring: { require?: unknown } }>(
    `/v1/predict/${endpoint.name}`,
    {
      schema: { body: schema, response: { 200: answerSchema(endpoint.binary) } },
      schemaErrorFormatter: (errors) => badQuestion(errors, schema),
    },
    async ({ body, query }) => {
      const fresh = wantsFresh(query.require);
      await patterns.hold(body);
      const prediction = await atNow(workspace.clock, (now) => live.answer(body, now, fresh));
      const log = await workspace.log(predictionLog(endpoint.name));
      await log.append(prediction as unknown as JsonObject);
      onAnswer(prediction);
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

/** What nothing explains is said aloud: the same question has two answers. */
function skewed({ prediction, endpoint }: PredictionAudit, feature: string, why: string): MillraceError {
  return new MillraceError({
    code: 'MILL_FEATURE_SKEW',
    message: `${feature} was served otherwise than it is replayed for the prediction '${prediction}': ${why}.`,
    todo: `Report it with what \`millrace audit features ${endpoint} --json\` says under 'reproduce'.`,
    owner: 'millrace',
    asset: endpoint,
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
