import type { FastifyInstance } from 'fastify';
import type { Heads, LookUpSample } from '../assets/index.ts';
import { type Json, type JsonObject, nearest } from '../base/index.ts';
import type { Graph, Workspace } from '../graph/index.ts';
import { answerFeatures, type FeaturesAnswer, type FeaturesAsk, MOST_ENTITIES } from './feature-answers.ts';
import { BadQuestion, pointer, shown } from './refusal.ts';

interface Query {
  readonly require?: unknown;
}

/** `GET` and `POST /v1/features/NAME`, and `POST /v1/features` for several at once. */
export function addFeatures(
  app: FastifyInstance,
  graph: Graph,
  workspace: Workspace,
  heads: Heads,
  sample: LookUpSample,
): void {
  const answer = (asks: readonly FeaturesAsk[], { require }: Query): Promise<FeaturesAnswer[]> =>
    answerFeatures(graph, workspace, heads, asks, { fresh: wantsFresh(require), sample });
  app.get<{ Params: { name: string }; Querystring: Query & Record<string, Json> }>(
    '/v1/features/:name',
    async ({ params: { name }, query: { require, ...key } }) =>
      (await answer([{ name, entities: [{ ...key } as JsonObject] }], { require }))[0],
  );
  app.post<{ Params: { name: string }; Querystring: Query; Body: unknown }>(
    '/v1/features/:name',
    async ({ params: { name }, query, body }) => (await answer([oneAsk(name, body)], query))[0],
  );
  app.post<{ Querystring: Query; Body: unknown }>('/v1/features', async ({ query, body }) => {
    const asks = severalAsks(body);
    const answers = await answer(asks, query);
    return Object.fromEntries(asks.map(({ name }, i) => [name, answers[i]]));
  });
}

function oneAsk(name: string, body: unknown): FeaturesAsk {
  const fields = objectIn(body, '', 'The body');
  for (const field of Object.keys(fields)) {
    if (field === 'entities' || field === 'features') continue;
    const near = nearest(field.slice(0, 100), ['entities', 'features']) ?? 'entities';
    throw new BadQuestion(
      `'${field.slice(0, 100)}' is no field of this question; there is '${near}'.`,
      pointer(field.slice(0, 100)),
    );
  }
  const entities = entitiesIn(fields['entities'], 'entities');
  const { features } = fields;
  if (features === undefined) return { name, entities };
  if (!Array.isArray(features) || features.length > 1000 || features.some((one) => typeof one !== 'string'))
    throw new BadQuestion(
      `'features' is ${shown(features)}, wanted a list of at most 1,000 names.`,
      '/features',
    );
  return { name, entities, features };
}

function severalAsks(body: unknown): FeaturesAsk[] {
  const fields = objectIn(body, '', 'The body');
  const asks = Object.entries(fields).map(([name, entities]) => ({
    name,
    entities: entitiesIn(entities, name.slice(0, 100)),
  }));
  if (asks.length === 0) throw new BadQuestion('The body asks for no features.', '');
  tooMany(
    asks.reduce((sum, { entities }) => sum + entities.length, 0),
    '',
  );
  return asks;
}

function entitiesIn(value: unknown, field: string): JsonObject[] {
  const at = pointer(field);
  if (value === undefined) throw new BadQuestion(`'${field}' is missing.`, at);
  if (!Array.isArray(value))
    throw new BadQuestion(`'${field}' is ${shown(value)}, wanted a list of entities.`, at);
  tooMany(value.length, at);
  return value.map((one, i) => objectIn(one, `${at}/${i}`, `'${field}/${i}'`) as JsonObject);
}

function tooMany(count: number, at: string): void {
  if (count > MOST_ENTITIES)
    throw new BadQuestion(
      `${count.toLocaleString('en')} entities are asked about, wanted at most ${MOST_ENTITIES.toLocaleString('en')}.`,
      at,
    );
}

function objectIn(value: unknown, at: string, what: string): Readonly<Record<string, unknown>> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return value as Readonly<Record<string, unknown>>;
  throw new BadQuestion(`${what} is ${shown(value)}, wanted an object.`, at);
}

/** Whether an asker wants no answer rather than one from old rows: `?require=fresh`. */
export function wantsFresh(require: unknown): boolean {
  if (require === undefined || require === 'fresh') return require === 'fresh';
  throw new BadQuestion(`'require' is ${shown(require)}, wanted 'fresh'.`, '/require');
}
