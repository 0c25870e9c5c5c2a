import type { FastifySchemaValidationError } from 'fastify';
import { MillraceError, nearest, type Problem, systemFailure } from '../base/index.ts';
import type { Schema } from './ask-schema.ts';

/** An answer that is none: what a caller is told, and with which status. */
export interface Refusal {
  readonly status: number;
  readonly body: {
    readonly code: string;
    readonly message: string;
    readonly todo: string;
    /** The field at fault, as a JSON pointer. */
    readonly path?: string;
  };
}

/** To whoever begins to ask when the server has been told to stop. */
export const stoppingRefusal: Refusal = {
  status: 503,
  body: { code: 'MILL_HTTP_STOPPING', message: 'The server is stopping.', todo: 'Ask again.' },
};

/** To what comes to no route: its path cannot be unquoted, or a name in it is too long. */
export function unroutedRefusal({ statusCode: status = 400 }: { statusCode?: number }, url: string): Refusal {
  const why = status === 414 ? 'names something by too long a name' : 'cannot be read';
  const message = `The path ${url.slice(0, 200)} ${why}.`;
  return { status, body: { code: 'MILL_HTTP_BAD_REQUEST', message, todo: SEE_SCHEMA } };
}

/** A question that does not keep its schema. Fastify wants an Error of its own to put marks on. */
export class BadQuestion extends Error {
  readonly path: string;

  constructor(message: string, path: string) {
    super(message);
    this.path = path;
  }
}

const SEE_SCHEMA = 'GET /openapi.json has the schema.';

/** Anything thrown while answering, in our own form. Only what a caller can use is told. */
export function refusalOf(error: unknown): Refusal {
  if (error instanceof BadQuestion)
    return {
      status: 400,
      body: { code: 'MILL_HTTP_BAD_REQUEST', message: error.message, todo: SEE_SCHEMA, path: error.path },
    };
  const ours = error instanceof MillraceError ? error : systemFailure(error);
  if (ours !== undefined) {
    const { code, message, todo } = ours.problems[0] as Problem;
    return { status: statusOf(ours), body: { code, message, todo } };
  }
  const { statusCode = 500, message } = error as { statusCode?: number; message: string };
  if (statusCode >= 500)
    return {
      status: 500,
      body: {
        code: 'MILL_BUG',
        message: 'The server failed to answer.',
        todo: "Look at the server's own output; it has the details.",
      },
    };
  const words: Readonly<Record<number, string>> = {
    413: 'The body is larger than 256 KiB.',
    415: 'The body is not declared as JSON.',
  };
  const todos: Readonly<Record<number, string>> = { 415: "Send it with 'content-type: application/json'." };
  return {
    status: statusCode,
    body: {
      code: 'MILL_HTTP_BAD_REQUEST',
      message: words[statusCode] ?? `${message.replace(/\.$/, '')}.`,
      todo: todos[statusCode] ?? SEE_SCHEMA,
    },
  };
}

const statuses: Readonly<Record<string, number>> = {
  MILL_FEATURES_KEY: 400,
  MILL_FEATURES_UNKNOWN: 404,
  MILL_LOG_RECORD_TOO_LARGE: 413,
  MILL_MODEL_ANSWERS: 500,
  MILL_MODEL_UNEXPLAINED: 422,
  MILL_REQUEST_FEATURES_FAILED: 500,
};

/** The user's own code failing is an error inside; everything else that is not a bug may be over when asked again. */
function statusOf({ problems, code }: MillraceError): number {
  if (problems.some(({ owner }) => owner === 'millrace')) return 500;
  return statuses[code] ?? 503;
}

/** The first breach of a schema in words: what is so, what is wanted, the nearest match. */
export function badQuestion(errors: readonly FastifySchemaValidationError[], schema: Schema): BadQuestion {
  const { instancePath, keyword, params, ...more } = errors[0] as FastifySchemaValidationError;
  const { data } = more as { data?: unknown };
  const fields = Object.keys(schema['properties'] as object);
  const { missingProperty, additionalProperty } = params as Record<string, string | undefined>;
  if (missingProperty !== undefined)
    return new BadQuestion(`'${missingProperty}' is missing.`, pointer(missingProperty));
  if (additionalProperty !== undefined) {
    const shown = additionalProperty.slice(0, 100);
    const near = nearest(shown, fields);
    const there =
      near === undefined ? `; there are ${fields.map((f) => `'${f}'`).join(', ')}` : `; there is '${near}'`;
    return new BadQuestion(`'${shown}' is not a field of this endpoint${there}.`, pointer(shown));
  }
  if (instancePath === '')
    return new BadQuestion(`The body is ${kindOf(data)}, wanted an object.`, instancePath);
  const name = instancePath.slice(1).replaceAll('~1', '/').replaceAll('~0', '~');
  return new BadQuestion(
    `'${name}' is ${shown(data)}, wanted ${wanted(keyword, params, data)}.`,
    instancePath,
  );
}

function wanted(keyword: string, params: Record<string, unknown>, data: unknown): string {
  switch (keyword) {
    case 'type':
      return [params['type']].flat().map(typeName).join(' or ');
    case 'enum': {
      const values = params['allowedValues'] as (string | null)[];
      const near =
        typeof data === 'string' &&
        nearest(
          data.slice(0, 100),
          values.filter((v) => v !== null),
        );
      const first = values
        .slice(0, 12)
        .map((value) => JSON.stringify(value))
        .join(', ');
      const rest = values.length > 12 ? ', …' : '';
      return `one of ${first}${rest}${near ? `; the nearest is ${JSON.stringify(near)}` : ''}`;
    }
    case 'minimum':
      return `at least ${params['limit']}`;
    case 'maximum':
      return `at most ${params['limit']}`;
    case 'minLength':
      return `at least ${params['limit']} character`;
    case 'maxLength':
      return `at most ${params['limit']} characters`;
    default:
      return 'an instant with its zone, such as 2026-01-01T12:00:00Z';
  }
}

const typeNames: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  integer: 'a whole number',
  boolean: 'true or false',
  null: 'null',
  object: 'an object',
};

const typeName = (type: unknown): string => typeNames[String(type)] ?? String(type);

function kindOf(value: unknown): string {
  if (value === undefined) return 'empty';
  if (value === null) return 'null';
  return Array.isArray(value) ? 'a list' : (typeNames[typeof value] ?? typeof value);
}

/** A value of a question, short enough to be said back. */
export function shown(value: unknown): string {
  if (typeof value === 'object' && value !== null) return kindOf(value);
  // JSON has no such number, but a text of one can be read as it: 1e999.
  if (typeof value === 'number' && !Number.isFinite(value)) return 'a number past the range of doubles';
  const text = JSON.stringify(value) ?? 'empty';
  if (typeof value === 'string' && text.length > 60) return `a text of ${value.length} characters`;
  return typeof value === 'string' ? `the text ${text}` : text;
}

export const pointer = (name: string): string => `/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
