import { refusesNull, type SourceBody } from '../assets/index.ts';
import type { Node } from '../graph/index.ts';

const typeOf = {
  string: { type: 'string' },
  double: { type: 'number' },
  integer: { type: 'integer' },
  boolean: { type: 'boolean' },
  timestamp: { type: 'string', format: 'date-time' },
} as const;

/** A row as it is best sent. Texts of numbers, booleans and other forms of time are read too, as in files of JSON lines. */
function rowSchema({ body: { contract } }: Node<SourceBody>): object {
  const properties = contract.columns.map((column) => {
    const { type, ...more } = typeOf[column.type];
    const nullable = !refusesNull(contract, column);
    const description = column.description === undefined ? {} : { description: column.description };
    return [column.name, { type: nullable ? [type, 'null'] : type, ...more, ...description }];
  });
  return {
    type: 'object',
    required: contract.columns.filter((column) => refusesNull(contract, column)).map(({ name }) => name),
    properties: Object.fromEntries(properties),
  };
}

const reports = {
  type: 'array',
  items: {
    type: 'object',
    required: ['row', 'rules'],
    properties: {
      row: { type: 'integer', description: 'Counted from 0.' },
      rules: { type: 'array', items: { type: 'string' } },
    },
  },
};

/** The OpenAPI entry of a source that rows are posted to. */
export function ingestPath(node: Node<SourceBody>, problem: (description: string) => object): object {
  const row = rowSchema(node);
  return {
    post: {
      operationId: `ingest_${node.name}`,
      summary: node.description ?? `Post rows to ${node.name}`,
      parameters: [
        {
          name: 'Idempotency-Key',
          in: 'header',
          description: 'The same rows under the same key count once within an hour.',
          schema: { type: 'string', maxLength: 255 },
        },
      ],
      requestBody: {
        required: true,
        content: {
          'application/json': { schema: { oneOf: [row, { type: 'array', items: row }] } },
          'application/x-ndjson': { schema: { type: 'string', description: 'One row a line.' } },
        },
      },
      responses: {
        200: {
          description: 'All rows are on disk.',
          content: {
            'application/json': {
              schema: {
                type: 'object',
                required: ['source', 'rows', 'accepted', 'setAside', 'warned'],
                properties: {
                  source: { type: 'string' },
                  rows: { type: 'integer' },
                  accepted: { type: 'integer' },
                  setAside: reports,
                  warned: reports,
                },
              },
            },
          },
        },
        400: problem('The body is not JSON, or the Idempotency-Key has no such form.'),
        413: problem('The body or a row is too large.'),
        415: problem('The body is declared as something else.'),
        422: problem('A row blocks the others, or the key came with other rows before.'),
        429: problem('Too many rows wait; Retry-After says when to send it again.'),
        503: problem('The rows could not be made durable, or the server is stopping.'),
      },
    },
  };
}
