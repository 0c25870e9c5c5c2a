import type { CellRule, ColumnSpec, InputPlan, Task } from '../assets/index.ts';
import type { Json, JsonObject } from '../base/index.ts';
import type { ServedEndpoint } from './endpoints.ts';

export type Schema = Readonly<Record<string, unknown>>;

/** Longest text accepted in a field of a request. */
const LONGEST_TEXT = 10_000;

/** The JSON schema of what an endpoint is asked: entity keys as text and the request's fields, nothing else. */
export function askSchema(plan: InputPlan): Schema {
  const properties: Record<string, Schema> = {};
  for (const key of plan.keys)
    properties[key] = {
      type: 'string',
      minLength: 1,
      maxLength: LONGEST_TEXT,
      description: 'Names the entity.',
    };
  for (const column of plan.requestColumns) properties[column.name] = fieldSchema(column);
  return { type: 'object', required: Object.keys(properties), properties, additionalProperties: false };
}

/** A question that the schema accepts, to show how an endpoint is asked. */
export function exampleAsk(plan: InputPlan): JsonObject {
  const keys = plan.keys.map((key): [string, Json] => [key, 'some-id']);
  const fields = plan.requestColumns.map((column): [string, Json] => [column.name, exampleOf(column)]);
  return Object.fromEntries([...keys, ...fields]);
}

const probability = { type: 'number', minimum: 0, maximum: 1 };

/** By task: what an answer says beside who says it. Probabilities, classes and decision are always there. */
function ownAnswer(task: Task): Record<string, Schema> {
  switch (task) {
    case 'binary':
      return {
        probability: { ...probability, description: 'Of true.' },
        probabilities: { type: 'array', items: probability, description: 'Of false and of true.' },
        classes: { type: 'array', items: { type: 'boolean' } },
        decision: {
          type: 'boolean',
          description: 'Whether the probability reaches the threshold that costs least.',
        },
      };
    case 'multiclass':
      return {
        probability: { ...probability, description: 'Of the class decided for.' },
        probabilities: { type: 'array', items: probability, description: 'Of each class.' },
        classes: { type: 'array', items: { type: 'string' } },
        decision: { type: 'string', description: 'The most probable class.' },
      };
    default:
      return {
        value: { type: 'number', description: task === 'ranking' ? 'The higher, the further up.' : '' },
        probabilities: { type: 'null' },
        classes: { type: 'null' },
        decision: { type: 'number', description: 'The value.' },
      };
  }
}

/** What an endpoint that ranks says. */
function rankedAnswer(item: string): Record<string, Schema> {
  return {
    ranked: {
      type: 'array',
      description: 'Best first.',
      items: {
        type: 'object',
        required: [item, 'score'],
        properties: { [item]: { type: 'string' }, score: { type: 'number' } },
      },
    },
  };
}

/** The JSON schema of an answer. */
export function answerSchema({ task, item }: Pick<ServedEndpoint, 'task' | 'item'>): Schema {
  const own = item === undefined ? ownAnswer(task) : rankedAnswer(item);
  return {
    type: 'object',
    required: ['id', 'version', 'model', 'asOf', ...Object.keys(own)],
    properties: {
      id: { type: 'string', description: 'For `millrace trace`.' },
      version: { type: 'string', description: "The endpoint's." },
      model: { type: 'string', description: "The model's version." },
      asOf: { type: 'string', format: 'date-time', description: 'Features are as of this instant.' },
      ...own,
      attribution: {
        type: 'object',
        description:
          'With ?explain=true: what each input adds to the raw score, over what is expected of no row in particular.',
        required: ['base', 'score', 'shares'],
        properties: {
          base: { type: 'number' },
          score: { type: 'number', description: 'The sum of base and shares.' },
          shares: { type: 'object', additionalProperties: { type: 'number' } },
        },
      },
    },
  };
}

/**
 * Whether a text is an instant as a request may hold it: ISO 8601 with a zone, on the calendar. The format of JSON Schema alone also
 * lets through leap seconds and short zones (`+05`), of which JavaScript makes an invalid Date.
 */
export function isInstantText(text: string): boolean {
  const parts = /^(\d{4}-\d{2}-\d{2})[Tt ]\d{2}:\d{2}:\d{2}(\.\d{1,9})?([Zz]|[+-]\d{2}:\d{2})$/.exec(text);
  if (parts === null || !Number.isFinite(Date.parse(text))) return false;
  // 30 February is read as 2 March.
  return new Date(`${parts[1]}T00:00:00Z`).toISOString().startsWith(parts[1] as string);
}

function fieldSchema({ type, nullable, rules, description }: ColumnSpec): Schema {
  const base: Schema = { ...baseOf(type), ...(description === undefined ? {} : { description }) };
  const whole = rules.reduce(withRule, base);
  if (!nullable) return whole;
  const { enum: values, ...rest } = whole as { enum?: readonly unknown[] };
  return { ...rest, type: [whole['type'] as string, 'null'], ...(values ? { enum: [...values, null] } : {}) };
}

function baseOf(type: ColumnSpec['type']): Schema {
  switch (type) {
    case 'string':
      return { type: 'string', maxLength: LONGEST_TEXT };
    case 'double':
      return { type: 'number' };
    case 'integer':
      return { type: 'integer', minimum: Number.MIN_SAFE_INTEGER, maximum: Number.MAX_SAFE_INTEGER };
    case 'boolean':
      return { type: 'boolean' };
    case 'timestamp':
      return { type: 'string', format: 'date-time', maxLength: 40 };
  }
}

/** Rules add up: a value must keep all of them. */
function withRule(schema: Schema, rule: CellRule): Schema {
  const {
    minimum,
    maximum,
    enum: values,
  } = schema as { minimum?: number; maximum?: number; enum?: string[] };
  switch (rule.rule) {
    case 'between':
      return {
        ...schema,
        minimum: Math.max(minimum ?? rule.min, rule.min),
        maximum: Math.min(maximum ?? rule.max, rule.max),
      };
    case 'oneOf':
      return { ...schema, enum: rule.values.filter((value) => values?.includes(value) ?? true) };
    case 'matches':
      // Patterns are RE2's, JSON schema's are JavaScript's, which can take for ever; so here it is told, and ask-patterns.ts enforces it.
      return { ...schema, description: `${schema['description'] ?? ''} Matches ${rule.pattern}`.trim() };
    case 'length': {
      const { minLength, maxLength } = schema as { minLength?: number; maxLength?: number };
      return {
        ...schema,
        minLength: Math.max(minLength ?? 0, rule.min),
        maxLength: Math.min(maxLength ?? LONGEST_TEXT, rule.max),
      };
    }
    case 'references':
      // Whether a value stands in another dataset is for the rows that come in; an unknown one is answered with empty features.
      return schema;
  }
}

function exampleOf(column: ColumnSpec): Json {
  const {
    enum: values,
    minimum,
    maximum,
  } = fieldSchema(column) as {
    enum?: readonly Json[];
    minimum?: number;
    maximum?: number;
  };
  switch (column.type) {
    case 'string': {
      const pattern = column.rules.find((rule) => rule.rule === 'matches');
      return values?.[0] ?? (pattern === undefined ? 'text' : `a text that matches ${pattern.pattern}`);
    }
    case 'double':
    case 'integer':
      return Math.min(Math.max(12, minimum ?? 12), maximum ?? 12);
    case 'boolean':
      return true;
    case 'timestamp':
      return '2026-01-01T00:00:00Z';
  }
}
