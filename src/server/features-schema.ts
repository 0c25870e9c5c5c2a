import type { FeatureSpec, FeaturesBody } from '../assets/index.ts';
import type { Node } from '../graph/index.ts';
import type { Schema } from './ask-schema.ts';

const jsonTypes = {
  string: { type: 'string' },
  double: { type: 'number' },
  integer: { type: 'integer' },
  boolean: { type: 'boolean' },
  timestamp: { type: 'string', format: 'date-time' },
} as const;

function valueSchema({ type, list, nullable, description, unit }: FeatureSpec): Schema {
  const item = jsonTypes[type];
  const own: Schema = list
    ? { type: 'array', items: item }
    : nullable
      ? { ...item, type: [item.type, 'null'] }
      : item;
  const words = [description, unit === undefined ? undefined : `in ${unit}`].filter(
    (word) => word !== undefined,
  );
  return words.length === 0 ? own : { ...own, description: words.join(', ') };
}

const answer = (values: Schema): Schema => ({
  type: 'object',
  required: ['features', 'asOf', 'version', 'dataset', 'snapshot', 'newest', 'age', 'fresh', 'values'],
  properties: {
    features: { type: 'string' },
    asOf: { type: 'string', format: 'date-time' },
    version: { type: 'string', description: 'Of the features.' },
    dataset: { type: 'string', description: 'The version whose rows the state holds.' },
    snapshot: { type: 'integer', description: 'Of the lake.' },
    newest: { type: ['string', 'null'], format: 'date-time', description: 'The newest event that is known.' },
    age: { type: ['number', 'null'], description: 'Seconds from then to asOf.' },
    fresh: { type: ['boolean', 'null'], description: 'Whether that is as fresh as declared.' },
    values,
  },
});

/** The paths of one features asset in OpenAPI. */
export function featuresPath(
  { name, description, body: { entity, features } }: Node<FeaturesBody>,
  problem: (description: string) => object,
): object {
  const keys = Object.fromEntries(
    entity.keys.map((key) => [key, { type: ['string', 'integer', 'boolean'] }]),
  );
  const values: Schema = {
    type: 'object',
    properties: Object.fromEntries(features.map((spec) => [spec.name, valueSchema(spec)])),
  };
  const refusals = {
    400: problem('A key or a name is not what is asked for.'),
    503: problem('No state can answer now, or it is staler than required.'),
  };
  const content = (schema: Schema): object => ({ 'application/json': { schema } });
  return {
    post: {
      operationId: `features_${name}`,
      summary: description ?? `Features ${name} of several entities`,
      requestBody: {
        required: true,
        content: content({
          type: 'object',
          required: ['entities'],
          properties: {
            entities: {
              type: 'array',
              minItems: 1,
              maxItems: 1_000,
              items: { type: 'object', required: entity.keys, properties: keys, additionalProperties: false },
            },
            features: { type: 'array', items: { enum: features.map((spec) => spec.name) } },
            require: { const: 'fresh' },
          },
          additionalProperties: false,
        }),
      },
      responses: {
        200: { description: 'Their values.', content: content(answer({ type: 'array', items: values })) },
        ...refusals,
      },
    },
    get: {
      operationId: `features_${name}_of_one`,
      summary: `Features ${name} of one entity`,
      parameters: entity.keys.map((key) => ({
        name: key,
        in: 'query',
        required: true,
        schema: { type: 'string' },
      })),
      responses: { 200: { description: 'Its values.', content: content(answer(values)) }, ...refusals },
    },
  };
}
