import type { CellRule, ColumnSpec, InputPlan } from '../assets/index.ts';

type Schema = Readonly<Record<string, unknown>>;

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

/** The JSON schema of an answer. */
export function answerSchema(binary: boolean): Schema {
  const own = binary
    ? {
        probability: { type: 'number', minimum: 0, maximum: 1, description: 'Of true.' },
        decision: {
          type: 'boolean',
          description: 'Whether the probability reaches the threshold that costs least.',
        },
      }
    : { value: { type: 'number' } };
  return {
    type: 'object',
    required: ['id', 'version', 'model', 'asOf', ...Object.keys(own)],
    properties: {
      id: { type: 'string', description: 'For `millrace trace`.' },
      version: { type: 'string' },
      model: { type: 'string' },
      asOf: { type: 'string', format: 'date-time', description: 'Features are as of this instant.' },
      ...own,
    },
  };
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

function withRule(schema: Schema, rule: CellRule): Schema {
  switch (rule.rule) {
    case 'between':
      return { ...schema, minimum: rule.min, maximum: rule.max };
    case 'oneOf':
      return { ...schema, enum: [...rule.values] };
    case 'matches':
      // Patterns are RE2's, JSON schema's are JavaScript's; where they could differ the contract's own dialect is the law, so it is only told.
      return { ...schema, description: `${schema['description'] ?? ''} Matches ${rule.pattern}`.trim() };
  }
}
