import type { FastifyInstance } from 'fastify';
import {
  askFeatures,
  type FeatureAnswer,
  type FeatureAsk,
  type FeaturesBody,
  type LiveHeads,
} from '../assets/index.ts';
import { formatInstant, type JsonObject } from '../base/index.ts';
import type { Graph, Node, Workspace } from '../graph/index.ts';
import { BadQuestion } from './refusal.ts';

/** The features of a project, in its order. */
export const featuresIn = (graph: Graph): Node<FeaturesBody>[] =>
  [...graph.nodes.values()].filter((node): node is Node<FeaturesBody> => node.kind === 'features');

/** What is asked of one asset. */
const oneSchema = {
  type: 'object',
  required: ['entities'],
  properties: {
    entities: { type: 'array', items: { type: 'object' }, minItems: 1 },
    features: { type: 'array', items: { type: 'string' }, minItems: 1 },
    require: { const: 'fresh' },
  },
  additionalProperties: false,
} as const;

const manySchema = { type: 'object', minProperties: 1, additionalProperties: oneSchema } as const;

type One = Omit<FeatureAsk, 'name'>;

/** `POST` and `GET /v1/features/NAME`, and `POST /v1/features` for several at once. */
export function addFeatures(
  app: FastifyInstance,
  graph: Graph,
  workspace: Workspace,
  heads: LiveHeads,
): void {
  const answer = async (asks: readonly FeatureAsk[]): Promise<{ asOf: string; found: FeatureAnswer[] }> => {
    const t = workspace.clock.now();
    return { asOf: formatInstant(t), found: await askFeatures(graph, workspace, heads, asks, t) };
  };
  app.post<{ Params: { name: string }; Body: One }>(
    '/v1/features/:name',
    { schema: { body: oneSchema }, schemaErrorFormatter: wrong },
    async ({ params: { name }, body }) => {
      const { asOf, found } = await answer([{ name, ...body }]);
      return { features: name, asOf, ...found[0] };
    },
  );
  app.get<{ Params: { name: string }; Querystring: JsonObject }>(
    '/v1/features/:name',
    async ({ params: { name }, query }) => {
      const { asOf, found } = await answer([{ name, entities: [query] }]);
      const { values, ...rest } = found[0] as FeatureAnswer;
      return { features: name, asOf, ...rest, values: values[0] };
    },
  );
  app.post<{ Body: Readonly<Record<string, One>> }>(
    '/v1/features',
    { schema: { body: manySchema }, schemaErrorFormatter: wrong },
    async ({ body }) => {
      const names = Object.keys(body);
      const { asOf, found } = await answer(names.map((name) => ({ name, ...(body[name] as One) })));
      return { asOf, features: Object.fromEntries(names.map((name, i) => [name, found[i]])) };
    },
  );
}

function wrong(errors: readonly { instancePath: string; message?: string }[]): BadQuestion {
  const { instancePath, message = 'is not what is asked for' } = errors[0] as (typeof errors)[number];
  const where = instancePath === '' ? 'The body' : `'${instancePath.slice(1)}'`;
  return new BadQuestion(
    `${where} ${message}; wanted { entities: [{ key: … }, …], features?: [name, …] }.`,
    instancePath,
  );
}
