import type { Graph } from '../graph/index.ts';
import { answerSchema, askSchema } from './ask-schema.ts';
import type { ServedEndpoint } from './endpoints.ts';

/** The OpenAPI 3.1 document of a project: each endpoint with its own schema. */
export function openApi(graph: Graph, endpoints: readonly ServedEndpoint[]): Record<string, unknown> {
  const problem = {
    description: 'A problem, in words.',
    content: { 'application/json': { schema: problemSchema } },
  };
  const paths = Object.fromEntries(
    endpoints.map(({ name, description, plan, binary }) => [
      `/v1/predict/${name}`,
      {
        post: {
          operationId: `predict_${name}`,
          summary: description ?? `Ask ${name}`,
          requestBody: { required: true, content: { 'application/json': { schema: askSchema(plan) } } },
          responses: {
            200: {
              description: 'The prediction.',
              content: { 'application/json': { schema: answerSchema(binary) } },
            },
            400: problem,
            503: problem,
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
      '/healthz': { get: { summary: 'Is the process alive', responses: { 200: { description: 'It is.' } } } },
      '/readyz': {
        get: {
          summary: 'Are all endpoints ready to answer',
          responses: { 200: { description: 'They are.' }, 503: problem },
        },
      },
    },
  };
}

const problemSchema = {
  type: 'object',
  required: ['code', 'message'],
  properties: {
    code: { type: 'string' },
    message: { type: 'string' },
    todo: { type: 'string' },
    path: { type: 'string', description: 'The field at fault, as a JSON pointer.' },
  },
};
