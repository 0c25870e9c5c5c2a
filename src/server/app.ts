import type { FastifyInstance } from 'fastify';
import { flushPredictions, leftBehind, onLeftBehind, openHeads, openLookUpSample } from '../assets/index.ts';
import { MillraceError } from '../base/index.ts';
import type { Graph, Workspace } from '../graph/index.ts';
import { again } from './again.ts';
import { openAudits } from './audits.ts';
import { endpointsOf } from './endpoints.ts';
import { featuresOf } from './feature-answers.ts';
import { addFeatures } from './features.ts';
import { openHttp } from './http.ts';
import { addIngest, type IngestOptions, streamsOf } from './ingest.ts';
import { followEndpoint, type LiveEndpoint } from './live.ts';
import { addMetrics, openMeters } from './metrics.ts';
import { addMlflow } from './mlflow/index.ts';
import { addNothingHere } from './nothing-here.ts';
import { openApi } from './openapi.ts';
import { renderPage } from './page.ts';
import { PAGE_POLICY } from './page-style.ts';
import { addPredict } from './predict.ts';
import { addProbes } from './probes.ts';
import { addReports } from './reports.ts';
import { TIDY_EVERY, tidy } from './tidy.ts';

/** How often a server looks whether a newer version is live, in milliseconds. */
const LOOK_EVERY = 500;
/** How often logged predictions are brought to the lake, in milliseconds. */
const FLUSH_EVERY = 30_000;
/** Audits in a minute, at most. */
const AUDITS = 30;

export interface ServerOptions {
  /** Told of what no caller is told: bugs, a version that cannot be loaded, a failed flush. Default: nobody. */
  readonly onError?: (error: unknown) => void;
  /** Names by which it is asked, besides `localhost`, addresses of numbers and names without a dot. Default: none. */
  readonly names?: readonly string[];
  /** Milliseconds between two flushes of predictions to the lake. Default 30,000. */
  readonly flushEvery?: number;
  /** Audits of predictions and look-ups in a minute, at most. Default 30. */
  readonly auditsPerMinute?: number;
  /** When posted rows are brought to the lake, and how many may wait. */
  readonly ingest?: IngestOptions;
}

/**
 * The HTTP face of a project: predictions, look-ups, rows that are posted, MLflow's wire, OpenAPI, health, and a plain page. A prediction is
 * durable in the log before it is answered; the log is brought to the lake every half a minute and on closing.
 */
export async function createServer(
  graph: Graph,
  workspace: Workspace,
  options: ServerOptions = {},
): Promise<FastifyInstance> {
  const { onError = () => {}, names = [], flushEvery = FLUSH_EVERY, ingest = {} } = options;
  const endpoints = endpointsOf(graph);
  const streams = streamsOf(graph);
  const heads = await openHeads(graph, workspace, onError);
  const live = new Map(
    endpoints.map((endpoint) => [endpoint.name, followEndpoint(graph, workspace, endpoint, heads)]),
  );
  const app = openHttp(onError, names);
  addNothingHere(app, endpoints, streams);
  addProbes(app, live);
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
  await addMlflow(app, graph, workspace, onError);
  const posted = await addIngest(app, graph, workspace, heads, onError, ingest);
  const meters = openMeters(graph, workspace, posted.behind);
  addMetrics(app, meters);
  const auditor = openAudits(graph, workspace, {
    perMinute: options.auditsPerMinute ?? AUDITS,
    meters,
    onError,
  });
  const sample = openLookUpSample(graph, workspace, { take: auditor.take, onError });
  addFeatures(app, graph, workspace, heads, sample);
  for (const endpoint of endpoints)
    addPredict(app, workspace, endpoint, live.get(endpoint.name) as LiveEndpoint, (prediction) => {
      meters.predicted(prediction);
      auditor.offer(prediction, endpoint.auditEvery);
    });

  const notLoaded = once(onError);
  const flush = (): Promise<unknown> =>
    Promise.all(endpoints.map(({ name }) => flushPredictions(workspace, name)));
  const repeated = [
    ...[...live.values()].map((endpoint) => again(LOOK_EVERY, endpoint.look, notLoaded)),
    // A failed flush loses nothing: the log keeps what the lake has not taken, and the next one tries again.
    again(flushEvery, flush, onError),
    again(TIDY_EVERY, () => tidy(graph, workspace), onError),
  ];
  const endTelling = onLeftBehind((asset, message) => onError(leftBehind(asset, message)));
  app.addHook('onClose', async () => {
    endTelling();
    for (const work of repeated) await work.close();
    sample.close();
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

/** Tells of each failure to load a version once: it is tried again and again. That nothing is live before the first run is none. */
function once(onError: (error: unknown) => void): (error: unknown) => void {
  const told = new Set<string>();
  return (error) => {
    if (error instanceof MillraceError && error.code === 'MILL_ENDPOINT_NOT_LIVE') return;
    if (told.has(String(error))) return;
    told.add(String(error));
    onError(error);
  };
}
