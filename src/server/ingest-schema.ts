import { pointerTo, refusesNull, type SourceBody, stepsOf } from '../assets/index.ts';
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
  const root: Place = { within: new Map(), required: false };
  for (const column of contract.columns) {
    const wanted = refusesNull(contract, column);
    let here = root;
    for (const step of stepsOf(pointerTo(column))) {
      const inner = here.within.get(step) ?? { within: new Map(), required: false };
      here.within.set(step, inner);
      here = inner;
      if (wanted) here.required = true;
    }
    const { type, ...more } = typeOf[column.type];
    const description = column.description === undefined ? {} : { description: column.description };
    here.own = { type: wanted ? type : [type, 'null'], ...more, ...description };
  }
  return schemaOf(root);
}

/** A member of a row: a column of its own, or what columns lie in, or both. */
interface Place {
  readonly within: Map<string, Place>;
  required: boolean;
  own?: object;
}

function schemaOf({ within, own }: Place): object {
  // What is a text of JSON to one column may come as the object that others lie in.
  if (own !== undefined) return within.size === 0 ? own : {};
  // By number it may be a list or an object.
  if ([...within.keys()].some((step) => /^\d+$/.test(step))) return { type: ['array', 'object'] };
  const members = [...within];
  const required = members.filter(([, inner]) => inner.required).map(([name]) => name);
  return {
    type: 'object',
    ...(required.length === 0 ? {} : { required }),
    properties: Object.fromEntries(members.map(([name, inner]) => [name, schemaOf(inner)])),
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
