import {
  type ColumnType,
  type Json,
  type JsonObject,
  MillraceError,
  parseDuration,
} from '../../../base/index.ts';
import type { CellRule, ColumnSpec, ContractSpec, TableRule } from '../spec.ts';
import { invalid } from './invalid.ts';
import { type PropertyRule, propertyQuality, readPropertyQuality } from './rules.ts';

const LOGICAL: Readonly<Record<ColumnType, string>> = {
  string: 'string',
  double: 'number',
  integer: 'integer',
  boolean: 'boolean',
  timestamp: 'timestamp',
};

/** Dates are timestamps at midnight here; what is nested is text in JSON. */
const TYPES: Readonly<Record<string, ColumnType>> = {
  string: 'string',
  number: 'double',
  integer: 'integer',
  boolean: 'boolean',
  timestamp: 'timestamp',
  date: 'timestamp',
  time: 'string',
  object: 'string',
  array: 'string',
};

const bare = (rule: object): boolean => !('severity' in rule || 'owner' in rule || 'description' in rule);

/** Where the rules of a column are said: in words of the standard on the property itself, or among its qualities. */
export function propertyRules(
  contract: ContractSpec,
  name: string,
): { direct: readonly CellRule[]; quality: readonly PropertyRule[]; table: readonly TableRule[] } {
  const column = contract.columns.find((one) => one.name === name) as ColumnSpec;
  const direct: CellRule[] = [];
  const quality: PropertyRule[] = [];
  for (const rule of column.rules) {
    const repeated = rule.rule !== 'references' && direct.some((other) => other.rule === rule.rule);
    if (rule.rule !== 'oneOf' && bare(rule) && !repeated && !(rule.rule === 'references' && !plainName(rule)))
      direct.push(rule);
    else quality.push(rule);
  }
  const unique = contract.tableRules.filter(
    (rule) =>
      rule.rule === 'unique' &&
      rule.columns.length === 1 &&
      rule.columns[0] === name &&
      // Of a key's column, being unique says nothing more.
      !contract.key.includes(name) &&
      bare(rule),
  );
  const nulls = contract.tableRules.filter((rule) => rule.rule === 'nullShare' && rule.column === name);
  return {
    direct,
    quality: [...quality, ...(nulls as PropertyRule[])],
    table: [...unique.slice(0, 1), ...nulls],
  };
}

/** `table.column` can be read back only when neither has a dot. */
function plainName({ dataset, column }: Extract<CellRule, { rule: 'references' }>): boolean {
  return !dataset.includes('.') && !column.includes('.') && !column.includes('/');
}

/** Where a value lies in a JSON object has no word in the standard. */
const AT = 'millrace.at';

/** A column as a property. */
export function propertyOf(contract: ContractSpec, name: string): JsonObject {
  const column = contract.columns.find((one) => one.name === name) as ColumnSpec;
  const { direct, quality, table } = propertyRules(contract, name);
  const options: Record<string, Json> = {};
  const relationships: Json[] = [];
  for (const rule of direct) {
    if (rule.rule === 'between') Object.assign(options, { minimum: rule.min, maximum: rule.max });
    if (rule.rule === 'length') Object.assign(options, { minLength: rule.min, maxLength: rule.max });
    if (rule.rule === 'matches') options['pattern'] = rule.pattern;
    if (rule.rule === 'references')
      relationships.push({ type: 'foreignKey', to: `${rule.dataset}.${rule.column}` });
  }
  const position = contract.key.indexOf(name) + 1;
  return {
    name,
    logicalType: LOGICAL[column.type],
    ...(Object.keys(options).length === 0 ? {} : { logicalTypeOptions: options }),
    ...(column.description === undefined ? {} : { description: column.description }),
    ...(column.nullable ? {} : { required: true }),
    ...(position === 0 ? {} : { primaryKey: true, primaryKeyPosition: position }),
    ...(table.some((rule) => rule.rule === 'unique') ? { unique: true } : {}),
    ...(column.pii ? { tags: ['pii'] } : {}),
    ...(relationships.length === 0 ? {} : { relationships }),
    ...(column.at === undefined ? {} : { customProperties: [{ property: AT, value: column.at }] }),
    ...(quality.length === 0 ? {} : { quality: quality.map(propertyQuality) }),
  };
}

export interface ReadProperty {
  readonly column: ColumnSpec;
  /** In the key; undefined when it is not part of one. */
  readonly position: number | undefined;
  readonly table: readonly TableRule[];
}

/** A property as a column, as far as we understand it. */
export function readProperty(property: JsonObject): ReadProperty {
  const { name, logicalType, physicalType, description, required, primaryKey, primaryKeyPosition } = property;
  if (typeof name !== 'string' || name === '') throw invalid('A property has no name.', 'Name it.');
  const options = (property['logicalTypeOptions'] ?? {}) as JsonObject;
  const type = TYPES[String(logicalType)] ?? physicalOf(String(physicalType ?? ''));
  const numbers = type === 'double' || type === 'integer';
  const rules: CellRule[] = [];
  const table: TableRule[] = [];
  const { minimum, maximum, minLength, maxLength, pattern } = options;
  if (numbers && (typeof minimum === 'number' || typeof maximum === 'number'))
    rules.push({
      rule: 'between',
      min: typeof minimum === 'number' ? minimum : -Number.MAX_VALUE,
      max: typeof maximum === 'number' ? maximum : Number.MAX_VALUE,
    });
  if (type === 'string' && (typeof minLength === 'number' || typeof maxLength === 'number'))
    rules.push({
      rule: 'length',
      min: typeof minLength === 'number' ? minLength : 0,
      max: typeof maxLength === 'number' ? maxLength : Number.MAX_SAFE_INTEGER,
    });
  if (type === 'string' && typeof pattern === 'string') rules.push({ rule: 'matches', pattern });
  for (const one of listOf(property['relationships'])) {
    const { type: sort, to } = one;
    const [dataset, column, more] = typeof to === 'string' ? to.split('.') : [];
    if (
      (sort === undefined || sort === 'foreignKey') &&
      dataset &&
      column &&
      more === undefined &&
      !/[/#]/.test(String(to))
    )
      rules.push({ rule: 'references', dataset, column });
  }
  if (property['unique'] === true && primaryKey !== true) table.push({ rule: 'unique', columns: [name] });
  for (const entry of listOf(property['quality'])) {
    const rule = readPropertyQuality(entry, name);
    if (rule === undefined) continue;
    if (rule.rule === 'nullShare' || rule.rule === 'unique') table.push(rule);
    else if (isCellRule(rule) && suits(rule, type)) rules.push(rule);
  }
  const tags = property['tags'];
  const at = listOf(property['customProperties']).find((one) => one['property'] === AT)?.['value'];
  const position = typeof primaryKeyPosition === 'number' && primaryKeyPosition > 0 ? primaryKeyPosition : 1;
  return {
    column: {
      name,
      type,
      // A key always has a value.
      nullable: required !== true && primaryKey !== true,
      rules,
      ...(typeof at === 'string' ? { at } : {}),
      ...(typeof description === 'string' ? { description } : {}),
      ...(Array.isArray(tags) && tags.includes('pii') ? { pii: true } : {}),
    },
    position: primaryKey === true ? position : undefined,
    table,
  };
}

function isCellRule(rule: { readonly rule: string }): rule is CellRule {
  return ['between', 'oneOf', 'matches', 'length', 'references'].includes(rule.rule);
}

/** Whether a column of the type can have the rule at all. */
function suits({ rule }: CellRule, type: ColumnType): boolean {
  if (rule === 'between') return type === 'double' || type === 'integer';
  return rule === 'references' || type === 'string';
}

function listOf(value: Json | undefined): readonly JsonObject[] {
  return Array.isArray(value)
    ? value.filter((one) => one !== null && typeof one === 'object' && !Array.isArray(one))
    : [];
}

function physicalOf(type: string): ColumnType {
  if (/bool/i.test(type)) return 'boolean';
  if (/timestamp|datetime|^date/i.test(type)) return 'timestamp';
  if (/int|serial/i.test(type) && !/interval|point/i.test(type)) return 'integer';
  return /num|dec|double|float|real/i.test(type) ? 'double' : 'string';
}

/** A length of time as we or the standard write it: `2d`, `36 hours`. Undefined for other units. */
export function unitOf(text: string): number | undefined {
  const [, value, unit = ''] = /^\s*(\d+)\s*([a-z]+)\s*$/i.exec(text) ?? [];
  const short = /^(d|h|m|s)$|^(day|hour|hr|minute|min|second|sec)s?$/i.exec(unit)?.[0]?.[0]?.toLowerCase();
  if (value === undefined || short === undefined) return undefined;
  try {
    return parseDuration(`${value}${short}`);
  } catch (error) {
    if (error instanceof MillraceError) return undefined;
    throw error;
  }
}
