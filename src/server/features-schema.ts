import type { Described, FeaturesBody } from '../assets/index.ts';
import type { Node } from '../graph/index.ts';
import type { Schema } from './ask-schema.ts';
import { MOST_ENTITIES } from './feature-answers.ts';

type ProblemOf = (description: string) => object;

const types: Readonly<Record<Described['type'], Schema>> = {
  string: { type: 'string' },
  double: { type: 'number' },
  integer: { type: 'integer' },
  boolean: { type: 'boolean' },
  timestamp: { type: 'string', format: 'date-time' },
};

/** The JSON schema of a feature's value. */
function valueSchema({ type, list, nullable, unit, description }: Described): Schema {
  const one = types[type];
  const own: Schema = list ? { type: 'array', items: one } : one;
  const words = [description, unit === undefined ? undefined : `in ${unit}`].filter(
    (word) => word !== undefined,
  );
  return {
    ...own,
    ...(nullable ? { type: [own['type'] as string, 'null'] } : {}),
    ...(words.length === 0 ? {} : { description: words.join(', ') }),
  };
}

/** The JSON schema of what names an entity. */
function keySchema({ entity }: FeaturesBody): Schema {
  const properties = Object.fromEntries(
    entity.keys.map((key) => [key, { type: ['string', 'integer', 'boolean'] }]),
  );
  return { type: 'object', required: entity.keys, properties, additionalProperties: false };
}

/** The JSON schema of what an asset answers. */
export function featuresAnswerSchema(body: FeaturesBody): Schema {
  const values = Object.fromEntries(body.features.map((feature) => [feature.name, valueSchema(feature)]));
  return {
    type: 'object',
    required: ['entities', 'asOf', 'dataset', 'snapshot', 'freshness', 'headRows'],
    properties: {
      entities: {
        type: 'array',
        description: 'In the order of the question.',
        items: {
          type: 'object',
          required: ['key', 'values'],
          properties: { key: keySchema(body), values: { type: 'object', properties: values } },
        },
      },
      asOf: {
        type: 'string',
        format: 'date-time',
        description: 'Rows that were known before this instant are seen.',
      },
      dataset: { type: 'string', description: 'The version of the dataset whose rows the state holds.' },
      snapshot: { type: ['integer', 'null'], description: 'Of the lake.' },
      freshness: {
        type: 'object',
        required: ['newest', 'age', 'atMost', 'stale'],
        properties: {
          newest: {
            type: ['string', 'null'],
            format: 'date-time',
            description: 'The newest event time known.',
          },
          age: { type: ['number', 'null'], description: 'Seconds from there to `asOf`.' },
          atMost: { type: ['number', 'null'], description: 'Seconds it may be, as declared.' },
          stale: { type: 'boolean', description: 'Older than that.' },
        },
      },
      headRows: { type: 'integer', description: 'Rows that were posted since and were seen too.' },
    },
  };
}

const requireParameter = {
  name: 'require',
  in: 'query',
  schema: { enum: ['fresh'] },
  description: 'Refuse rather than answer from rows that are older than declared.',
};

const answers = (schema: Schema, problem: ProblemOf): object => ({
  200: { description: 'The values.', content: { 'application/json': { schema } } },
  400: problem('The question is not as it should be.'),
  404: problem('There are no such features.'),
  503: problem('The online store is down, nothing is live yet, or rows are older than wanted.'),
});

/** The OpenAPI paths of features. */
export function featuresPaths(
  all: readonly Node<FeaturesBody>[],
  problem: ProblemOf,
): Record<string, object> {
  if (all.length === 0) return {};
  const entities = (body: FeaturesBody): Schema => ({
    type: 'array',
    maxItems: MOST_ENTITIES,
    items: keySchema(body),
  });
  const several: Schema = {
    type: 'object',
    properties: Object.fromEntries(all.map(({ name, body }) => [name, entities(body)])),
    additionalProperties: false,
  };
  const paths = all.map(({ name, description, body }) => {
    const schema = featuresAnswerSchema(body);
    const names = body.features.map((feature) => feature.name);
    const summary = description ?? `The features ${name} of ${body.entity.name}`;
    const keys = body.entity.keys.map((key) => ({
      ...{ name: key, in: 'query', required: true, schema: { type: 'string' } },
    }));
    const ask: Schema = {
      type: 'object',
      required: ['entities'],
      properties: { entities: entities(body), features: { type: 'array', items: { enum: names } } },
      additionalProperties: false,
    };
    const path = {
      get: {
        ...{ operationId: `feature_of_${name}`, summary: `${summary}, for one` },
        parameters: [...keys, requireParameter],
        responses: answers(schema, problem),
      },
      post: {
        ...{ operationId: `features_${name}`, summary, parameters: [requireParameter] },
        requestBody: { required: true, content: { 'application/json': { schema: ask } } },
        responses: answers(schema, problem),
      },
    };
    return [`/v1/features/${name}`, path] as const;
  });
  const answer: Schema = {
    type: 'object',
    properties: Object.fromEntries(all.map(({ name, body }) => [name, featuresAnswerSchema(body)])),
  };
  return {
    '/v1/features': {
      post: {
        ...{ operationId: 'features', summary: 'Several features at once', parameters: [requireParameter] },
        requestBody: { required: true, content: { 'application/json': { schema: several } } },
        responses: answers(answer, problem),
      },
    },
    ...Object.fromEntries(paths),
  };
}
