import { join } from 'node:path';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type Graph, HOME, type Workspace } from '../../graph/index.ts';
import type { Tracking } from '../../store/tracking/index.ts';
import { artifactFolder, removeLeftParts } from './artifact-files.ts';
import { addArtifacts, addDownloads, artifactLists } from './artifact-routes.ts';
import { refuseOtherSites } from './browser-guard.ts';
import { experimentRoutes } from './experiment-routes.ts';
import { bodyFields, Fields } from './fields.ts';
import { logRoutes } from './log-routes.ts';
import { loggedModelRoutes } from './logged-model-routes.ts';
import { withOwnFiles } from './own-files.ts';
import { openRegistry } from './registry.ts';
import { registryRoutes } from './registry-routes.ts';
import { PREFIXES, type WireRoute } from './route.ts';
import { runRoutes } from './run-routes.ts';
import { spareUploads } from './spare-uploads.ts';
import { statuses, WireError, wireErrorOf } from './wire-error.ts';

/** The version of MLflow whose server this wire is held against. */
const VERSION = '3.17.2';
/** Largest JSON body, in bytes: a batch is about 1 MB, the schema of a dataset up to 1 MB. */
const BODY_LIMIT = 4 * 1024 * 1024;

/**
 * MLflow's wire: tracking, logged models, registry and artifacts, as its clients ask for them. What they log is kept in the project's
 * folder; a registered model that has the name of a model of the project is that model.
 */
export async function addMlflow(
  app: FastifyInstance,
  graph: Graph,
  workspace: Workspace,
  onError: (error: unknown) => void,
): Promise<void> {
  const tracking = (): Tracking => workspace.tracking();
  const registry = openRegistry(graph, workspace);
  const home = join(workspace.folder, HOME);
  const parts = join(home, 'artifacts.part');
  await removeLeftParts(parts).catch(onError);
  const files = withOwnFiles(artifactFolder(join(home, 'artifacts'), parts), workspace);
  const routes: readonly WireRoute[] = [
    ...experimentRoutes(tracking),
    ...runRoutes(tracking),
    ...logRoutes(tracking),
    ...loggedModelRoutes(tracking),
    ...registryRoutes(registry, tracking),
    ...artifactLists(tracking, files),
  ];
  const refuse = (error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    const { code, message } = wireErrorOf(error);
    const status = statuses[code];
    if (status === 500) onError(error);
    if (status === 503) reply.header('retry-after', '1');
    // What is left of a body is not read.
    if (request.method === 'PUT') reply.header('connection', 'close');
    return reply.code(status).send({ error_code: code, message });
  };
  await app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    // Only as JSON: any page of the web may send a plain text here, and none may send this.
    scope.addContentTypeParser(
      'application/json',
      { parseAs: 'string', bodyLimit: BODY_LIMIT },
      (_request, body, done) => done(null, body),
    );
    scope.setErrorHandler<FastifyError>((error, request, reply) => refuse(error, request, reply));
    scope.addHook('onRequest', async (request) => refuseOtherSites(request));
    for (const prefix of PREFIXES)
      for (const version of ['2.0', '3.0'])
        for (const { method, path, answer } of routes)
          scope.route({
            method,
            url: `${prefix}/${version}/mlflow${path}`,
            handler: async (request) => answer(askOf(request)),
          });
    for (const prefix of PREFIXES) {
      scope.get(`${prefix}/3.0/mlflow/server-info`, async () => ({
        store_type: 'SqlStore',
        workspaces_enabled: false,
        trace_archival_enabled: false,
        multipart_uploads_enabled: false,
        multipart_downloads_enabled: false,
      }));
      for (const version of ['2.0', '3.0'])
        scope.all(`${prefix}/${version}/mlflow/*`, async ({ method, url }) => {
          throw new WireError('ENDPOINT_NOT_FOUND', `There is nothing at ${method} ${url.slice(0, 200)}.`);
        });
    }
    addDownloads(scope, tracking, files, registry);
    scope.get('/health', async (_request, reply) => reply.type('text/plain; charset=utf-8').send('OK'));
    scope.get('/version', async (_request, reply) => reply.type('text/plain; charset=utf-8').send(VERSION));
  });
  const onUpload = spareUploads(app);
  await app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    // A file is read as it comes, by us.
    scope.addContentTypeParser('*', (_request, payload, done) => done(null, payload));
    scope.setErrorHandler<FastifyError>((error, request, reply) => refuse(error, request, reply));
    scope.addHook('onRequest', async (request) => refuseOtherSites(request));
    for (const prefix of PREFIXES) addArtifacts(scope, `${prefix}/2.0`, files, onUpload);
  });
}

function askOf({ method, query, params, body }: FastifyRequest): {
  fields: Fields;
  params: Record<string, string>;
} {
  const fields =
    method === 'GET' || body === undefined || body === null
      ? new Fields({ ...(query as Record<string, unknown>) })
      : bodyFields(body);
  return { fields, params: params as Record<string, string> };
}
