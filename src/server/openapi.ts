import type { FeaturesBody, SourceBody } from '../assets/index.ts';
import type { Graph, Node } from '../graph/index.ts';
import { answerSchema, askSchema, exampleAsk } from './ask-schema.ts';
import type { ServedEndpoint } from './endpoints.ts';
import { featuresPaths } from './features-schema.ts';
import { ingestPath } from './ingest-schema.ts';

/** The OpenAPI 3.1 document of a project: each endpoint with its own schema, the very one its questions are held to. */
export function openApi(
  graph: Graph,
  endpoints: readonly ServedEndpoint[],
  streams: readonly Node<SourceBody>[],
  features: readonly Node<FeaturesBody>[],
): Record<string, unknown> {
  const paths = Object.fromEntries(
    endpoints.map(({ name, description, plan, task, item }) => [
      `/v1/predict/${name}`,
      {
        post: {
          operationId: `predict_${name}`,
          summary: description ?? `Ask ${name}`,
          requestBody: {
            required: true,
            content: { 'application/json': { schema: askSchema(plan), example: exampleAsk(plan) } },
          },
          responses: {
            200: {
              description: 'The prediction.',
              content: { 'application/json': { schema: answerSchema({ task, item }) } },
            },
            400: problem('The question does not keep the schema.'),
            413: problem('The body is too large.'),
            415: problem('The body is not declared as JSON.'),
            500: problem('The server or a function of the project failed.'),
            503: problem('No version can answer now.'),
          },
        },
      },
    ]),
  );
  return {
    openapi: '3.1.0',
    info: { title: graph.name, version: '1' },
    paths: {
      ...paths,
      ...featuresPaths(features, problem),
      ...Object.fromEntries(streams.map((node) => [`/v1/ingest/${node.name}`, ingestPath(node, problem)])),
      '/healthz': {
        get: {
          operationId: 'alive',
          summary: 'Is the process alive',
          responses: { 200: { description: 'It is.' } },
        },
      },
      '/readyz': {
        get: {
          operationId: 'ready',
          summary: 'Are all endpoints ready to answer',
          responses: { 200: { description: 'They are.' }, 503: problem('One is not.') },
        },
      },
    },
    components: { schemas: { Problem: problemSchema } },
  };
}

const problem = (description: string): object => ({
  description,
  content: { 'application/json': { schema: { $ref: '#/components/schemas/Problem' } } },
});

const problemSchema = {
  type: 'object',
  required: ['code', 'message'],
  properties: {
    code: { type: 'string', description: 'Stable; docs/reference/errors.md has a section for each.' },
    message: { type: 'string', description: 'What is so.' },
    todo: { type: 'string', description: 'One thing to do.' },
    path: { type: 'string', description: 'The field at fault, as a JSON pointer.' },
  },
};
