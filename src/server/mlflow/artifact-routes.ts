import type { Readable } from 'node:stream';
import { Readable as Stream } from 'node:stream';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Tracking } from '../../store/tracking/index.ts';
import type { ArtifactFiles, FileEntry } from './artifact-files.ts';
import { artifactPath, ownNames } from './artifact-path.ts';
import { Fields } from './fields.ts';
import { checkModelName, versionNumber } from './names.ts';
import type { Registry } from './registry.ts';
import { get, type WireRoute } from './route.ts';
import { runId } from './run-routes.ts';
import { invalid, WireError } from './wire-error.ts';

/** Lists of what runs and logged models have logged: `artifacts/list`, and the same for a logged model. */
export function artifactLists(tracking: () => Tracking, files: ArtifactFiles): WireRoute[] {
  const list = async (location: string, path: string | undefined): Promise<object> => {
    const below = artifactPath(path ?? '');
    const entries = await files.list([...kept(location), ...below]);
    return {
      root_uri: location,
      files: entries.map((entry) => entryForm(entry, [...below, entry.name].join('/'))),
    };
  };
  return [
    get('/artifacts/list', ({ fields }) =>
      list(tracking().runs.get(runId(fields)).location, fields.text('path')),
    ),
    get('/logged-models/:model/artifacts/directories', ({ fields, params }) =>
      list(
        tracking().loggedModels.get(params['model'] ?? '').location,
        fields.text('artifact_directory_path'),
      ),
    ),
  ];
}

/** The artifact proxy below one prefix: files up and down as streams, never whole in memory. */
export function addArtifacts(
  scope: FastifyInstance,
  prefix: string,
  files: ArtifactFiles,
  onUpload: (request: FastifyRequest) => void,
): void {
  const root = `${prefix}/mlflow-artifacts`;
  const namesOf = ({ params }: FastifyRequest): string[] =>
    artifactPath((params as Record<string, string>)['*'] ?? '');
  scope.get(`${root}/artifacts`, async ({ query }) => {
    const fields = new Fields(query as Record<string, unknown>);
    const entries = await files.list(artifactPath(fields.text('path') ?? ''));
    return { files: entries.map((entry) => entryForm(entry, entry.name)) };
  });
  scope.get(`${root}/artifacts/*`, async (request, reply) => send(reply, files, namesOf(request)));
  scope.put(`${root}/artifacts/*`, async (request) => {
    const names = namesOf(request);
    if (names.length === 0) throw invalid('Invalid path');
    onUpload(request);
    await files.put(names, bodyOf(request));
    return {};
  });
  scope.delete(`${root}/artifacts/*`, async (request) => {
    await files.delete(namesOf(request));
    return {};
  });
  // Whole files only: clients fall back to one stream.
  for (const path of ['mpu/create', 'mpu/complete', 'mpu/abort'])
    scope.post(`${root}/${path}/*`, async () => {
      throw new WireError('NOT_IMPLEMENTED', 'Uploads in parts are not supported; send the file as one.');
    });
  scope.get(`${root}/presigned/*`, async () => {
    throw new WireError('NOT_IMPLEMENTED', 'Presigned addresses are not supported; fetch the file here.');
  });
}

/** What a browser asks for beside the prefixes: one file of a run, of a logged model or of a registered version. */
export function addDownloads(
  scope: FastifyInstance,
  tracking: () => Tracking,
  files: ArtifactFiles,
  registry: Registry,
): void {
  const asked = ({ query }: FastifyRequest): Fields => new Fields(query as Record<string, unknown>);
  /** What is below the place; the path is looked at first. */
  const below = (path: string, place: () => string): string[] => {
    const names = artifactPath(path);
    if (names.length === 0) throw invalid('Invalid path');
    return [...kept(place()), ...names];
  };
  for (const path of ['/get-artifact', '/ajax-api/2.0/mlflow/get-artifact'])
    scope.get(path, async (request, reply) => {
      const fields = asked(request);
      const names = below(fields.wantText('path'), () => tracking().runs.get(runId(fields)).location);
      return send(reply, files, names);
    });
  // MLflow's pages ask with two slashes.
  for (const path of ['/model-versions/get-artifact', '//model-versions/get-artifact'])
    scope.get(path, async (request, reply) => {
      const fields = asked(request);
      const names = below(fields.wantText('path'), () => {
        const name = checkModelName(fields.wantText('name'));
        return registry.of(name).version(name, versionNumber(fields.wantText('version'))).location;
      });
      return send(reply, files, names);
    });
  scope.get('/ajax-api/2.0/mlflow/logged-models/:model/artifacts/files', async (request, reply) => {
    const { model = '' } = request.params as Record<string, string>;
    const names = below(
      asked(request).wantText('artifact_file_path'),
      () => tracking().loggedModels.get(model).location,
    );
    return send(reply, files, names);
  });
}

/** The folder of an address of ours. What lies elsewhere is not fetched: a server that does can be sent anywhere. */
function kept(location: string): string[] {
  const names = ownNames(location);
  if (names === undefined)
    throw invalid(`The files at '${location}' are not kept by this server; ask for them where they are.`);
  return names;
}

/** Always as something to be saved: shown on this address, a file of somebody's would run as ours. */
async function send(
  reply: FastifyReply,
  files: ArtifactFiles,
  names: readonly string[],
): Promise<FastifyReply> {
  const { bytes, stream } = await files.get(names);
  const name = encodeURIComponent(names.at(-1) ?? '').replace(
    /['()*]/g,
    (c) => `%${c.charCodeAt(0).toString(16)}`,
  );
  return reply
    .headers({
      'content-type': 'application/octet-stream',
      'content-length': bytes,
      'content-disposition': `attachment; filename*=UTF-8''${name}`,
      'content-security-policy': "default-src 'none'; sandbox",
      'cache-control': 'no-store',
    })
    .send(stream);
}

function entryForm({ isFolder, bytes }: FileEntry, path: string): object {
  return isFolder ? { path, is_dir: true } : { path, is_dir: false, file_size: bytes };
}

/** An empty file has no body at all. */
function bodyOf({ body }: FastifyRequest): Readable {
  return body instanceof Stream ? body : Stream.from([]);
}
