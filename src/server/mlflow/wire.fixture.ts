import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import type { Graph, Workspace } from '../../graph/index.ts';
import type { Version } from '../../store/state/index.ts';
import { createServer } from '../app.ts';
import { makeShop, openShop } from '../shop.fixture.ts';

type Answer = {
  readonly status: number;
  readonly body: Record<string, unknown> & { error_code?: string; message?: string };
};

/** A project with a model `fraud`, nothing built, and its server. */
export interface Wire {
  readonly app: FastifyInstance;
  readonly graph: Graph;
  readonly workspace: Workspace;
  readonly folder: string;
  /** What the server failed at without telling its caller. */
  readonly failures: unknown[];
  /** `get('runs/get', { run_id })` below /api/2.0/mlflow. */
  get(path: string, query?: Record<string, string | readonly string[]>): Promise<Answer>;
  post(path: string, body?: object): Promise<Answer>;
  ask(method: 'PATCH' | 'DELETE' | 'POST' | 'GET', path: string, body?: object): Promise<Answer>;
  close(): Promise<void>;
}

export async function openWire(): Promise<Wire> {
  const shop = makeShop(1);
  const { graph, workspace } = await openShop(shop);
  const failures: unknown[] = [];
  const app = await createServer(graph, workspace, { onError: (error) => failures.push(error) });
  const ask: Wire['ask'] = async (method, path, body) => {
    const response = await app.inject({
      method,
      url: `/api/2.0/mlflow/${path}`,
      ...(body === undefined
        ? {}
        : { payload: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    });
    return { status: response.statusCode, body: response.json() };
  };
  return {
    app,
    graph,
    workspace,
    folder: shop.folder,
    failures,
    ask,
    get(path, query = {}) {
      const said = new URLSearchParams();
      for (const [name, values] of Object.entries(query))
        for (const value of [values].flat()) said.append(name, value as string);
      return ask('GET', `${path}?${said}`);
    },
    post: (path, body = {}) => ask('POST', path, body),
    async close() {
      await app.close();
      await workspace.close();
      if (existsSync(join(shop.folder, '.millrace'))) rmSync(shop.folder, { recursive: true, force: true });
    },
  };
}

/** What a client leaves that logs a model: a run, and a logged model of it that is ready. */
export async function logModel(wire: Wire): Promise<Record<'run_id' | 'model_id' | 'artifact_uri', string>> {
  const { info } = (await wire.post('runs/create', {})).body['run'] as { info: { run_id: string } };
  const { run_id } = info;
  const made = await wire.post('logged-models', { experiment_id: '0', name: 'm', source_run_id: run_id });
  const model = (made.body['model'] as { info: Record<'model_id' | 'artifact_uri', string> }).info;
  const { model_id, artifact_uri } = model;
  await wire.ask('PATCH', `logged-models/${model_id}`, { model_id, status: 'LOGGED_MODEL_READY' });
  return { run_id, model_id, artifact_uri };
}

/** A version of the project's model as a build would leave it. */
export function addBuilt(
  { workspace }: Wire,
  status: Version['status'],
  rocAuc: number,
  files: object = {},
): Version {
  const { state, lake, clock } = workspace;
  return state.addVersion(
    {
      asset: 'fraud',
      kind: 'model',
      fingerprint: `f${rocAuc}`,
      definition: 'd',
      inputs: {},
      snapshot: lake.head(),
      rows: null,
      detail: {
        evaluation: { task: 'binary', rows: 10, figures: { rocAuc, prAuc: null } },
        file: { format: 'onnx', blob: 'gone' },
        report: 'gone',
        ...files,
      } as never,
      status,
      createdAt: clock.now(),
      run: 'r',
    },
    [],
  );
}
