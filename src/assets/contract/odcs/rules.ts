import type { Json, JsonObject } from '../../../base/index.ts';
import type { Bounds, CellRule, RowRule, RuleNote, TableRule } from '../spec.ts';

// Rules as entries of `quality` in ODCS 3.1. What the standard has a metric for is said in it; the rest is an entry of
// type `custom` with engine `millrace`, which holds the rule as it is.

export type Quality = JsonObject;

/** A rule of one column that the standard keeps among the qualities of a property. */
export type PropertyRule = CellRule | Extract<TableRule, { rule: 'nullShare' }>;
export type ObjectRule = RowRule | TableRule;

const BROKEN_ROWS = 'select count(*) from {object} where not (\n';
const BROKEN_ROWS_END = '\n)';

export function propertyQuality(rule: PropertyRule): Quality {
  if (rule.rule === 'oneOf')
    return {
      type: 'library',
      metric: 'invalidValues',
      arguments: { validValues: rule.values },
      mustBe: 0,
      ...noteOf(rule),
    };
  if (rule.rule === 'nullShare' && toShare(toPercent(rule.max)) === rule.max)
    return {
      type: 'library',
      metric: 'nullValues',
      mustBeLessOrEqualTo: toPercent(rule.max),
      unit: 'percent',
      ...noteOf(rule),
    };
  return custom(rule);
}

export function objectQuality(rule: ObjectRule): Quality {
  switch (rule.rule) {
    case 'rowCount':
      return { type: 'library', metric: 'rowCount', ...operatorOf(rule), ...noteOf(rule) };
    case 'unique':
      return {
        type: 'library',
        metric: 'duplicateValues',
        arguments: { properties: rule.columns },
        mustBe: 0,
        ...noteOf(rule),
      };
    case 'where':
      return {
        name: rule.name,
        type: 'sql',
        query: `${BROKEN_ROWS}${rule.sql}${BROKEN_ROWS_END}`,
        mustBe: 0,
        ...noteOf(rule),
      };
    case 'sql':
      if (rule.sql.includes('{object}')) return custom(rule);
      return {
        name: rule.name,
        type: 'sql',
        query: rule.sql.replaceAll('{table}', '{object}'),
        ...operatorOf(rule.bounds),
        ...noteOf(rule),
      };
    default:
      return custom(rule);
  }
}

function custom(rule: PropertyRule | ObjectRule): Quality {
  const { severity: _, owner: __, description: ___, ...bare } = rule;
  return { type: 'custom', engine: 'millrace', implementation: bare as unknown as Json, ...noteOf(rule) };
}

function noteOf({ severity, owner, description }: RuleNote): Quality {
  return {
    ...(description === undefined ? {} : { description }),
    ...(severity === undefined ? {} : { severity: severity === 'block' ? 'error' : 'warning' }),
    ...(owner === undefined ? {} : { customProperties: [{ property: 'millrace.owner', value: owner }] }),
  };
}

function operatorOf({ min, max }: Bounds): Quality {
  if (min !== undefined && max !== undefined) return { mustBeBetween: [min, max] };
  return min === undefined ? { mustBeLessOrEqualTo: max ?? 0 } : { mustBeGreaterOrEqualTo: min };
}

function toPercent(share: number): number {
  return Number((share * 100).toPrecision(12));
}

function toShare(percent: number): number {
  return Number((percent / 100).toPrecision(12));
}

const SEVERITIES: Readonly<Record<string, 'block' | 'warn'>> = {
  error: 'block',
  critical: 'block',
  high: 'block',
  warning: 'warn',
  info: 'warn',
  low: 'warn',
};

function readNote(entry: Quality): RuleNote {
  const severity = SEVERITIES[String(entry['severity'])];
  const own = Array.isArray(entry['customProperties']) ? (entry['customProperties'] as readonly Json[]) : [];
  const owner = own.find((one) => (one as JsonObject | null)?.['property'] === 'millrace.owner') as
    | JsonObject
    | undefined;
  return {
    ...(severity === undefined ? {} : { severity }),
    ...(typeof owner?.['value'] === 'string' ? { owner: owner['value'] } : {}),
    ...(typeof entry['description'] === 'string' ? { description: entry['description'] } : {}),
  };
}

/** The bounds that an entry's operator sets. `mustBeBetween` counts its ends, as we do. */
function readBounds(entry: Quality): Bounds | undefined {
  const number = (key: string): number | undefined =>
    typeof entry[key] === 'number' ? (entry[key] as number) : undefined;
  const between = entry['mustBeBetween'];
  if (Array.isArray(between) && typeof between[0] === 'number' && typeof between[1] === 'number')
    return { min: between[0], max: between[1] };
  const exact = number('mustBe');
  if (exact !== undefined) return { min: exact, max: exact };
  const min = number('mustBeGreaterOrEqualTo');
  const max = number('mustBeLessOrEqualTo');
  return min !== undefined ? { min } : max !== undefined ? { max } : undefined;
}

const zero = (entry: Quality): boolean => {
  const bounds = readBounds(entry);
  return bounds?.max === 0 && (bounds.min ?? 0) === 0;
};

const texts = (value: Json | undefined): readonly string[] | undefined =>
  Array.isArray(value) && value.length > 0 && value.every((one) => typeof one === 'string')
    ? (value as readonly string[])
    : undefined;

/** The rule that an entry of a property is, or undefined for one that is none of ours. */
export function readPropertyQuality(entry: Quality, column: string): PropertyRule | ObjectRule | undefined {
  const note = readNote(entry);
  const own = readCustom(entry);
  if (own !== undefined) return { ...own, ...note } as PropertyRule;
  if (entry['type'] !== undefined && entry['type'] !== 'library') return undefined;
  const given = (entry['arguments'] ?? {}) as JsonObject;
  switch (entry['metric']) {
    case 'invalidValues': {
      const values = texts(given['validValues']);
      return values && zero(entry) && given['pattern'] === undefined
        ? { rule: 'oneOf', values, ...note }
        : undefined;
    }
    case 'nullValues': {
      const bounds = readBounds(entry);
      const max = bounds?.max;
      if (max === undefined || (bounds?.min ?? 0) > 0) return undefined;
      if (entry['unit'] === 'percent') return { rule: 'nullShare', column, max: toShare(max), ...note };
      return max === 0 ? { rule: 'nullShare', column, max: 0, ...note } : undefined;
    }
    case 'duplicateValues':
      return zero(entry) ? { rule: 'unique', columns: [column], ...note } : undefined;
    default:
      return undefined;
  }
}

/** The rule that an entry of a schema object is, or undefined for one that is none of ours. */
export function readObjectQuality(entry: Quality): ObjectRule | undefined {
  const note = readNote(entry);
  const own = readCustom(entry);
  if (own !== undefined) return { ...own, ...note } as ObjectRule;
  const bounds = readBounds(entry);
  if (entry['type'] === 'sql') {
    const { name, query } = entry;
    if (typeof name !== 'string' || typeof query !== 'string' || bounds === undefined) return undefined;
    if (zero(entry) && query.startsWith(BROKEN_ROWS) && query.endsWith(BROKEN_ROWS_END)) {
      const sql = query.slice(BROKEN_ROWS.length, -BROKEN_ROWS_END.length);
      return { rule: 'where', name, sql, ...note };
    }
    if (!query.includes('{object}') || query.includes('{property}')) return undefined;
    return { rule: 'sql', name, sql: query.replaceAll('{object}', '{table}'), bounds, ...note };
  }
  if (entry['type'] !== undefined && entry['type'] !== 'library') return undefined;
  if (entry['metric'] === 'rowCount' && bounds) return { rule: 'rowCount', ...bounds, ...note };
  const columns = texts(((entry['arguments'] ?? {}) as JsonObject)['properties']);
  if (entry['metric'] === 'duplicateValues' && columns && zero(entry))
    return { rule: 'unique', columns, ...note };
  return undefined;
}

type Sort = 'text' | 'number' | 'texts' | 'bounds' | 'like' | 'wanted';

/** What a rule of ours must have to be one: documents are written by others. */
const SHAPES: Readonly<Record<string, Readonly<Record<string, Sort>>>> = {
  between: { min: 'number', max: 'number' },
  oneOf: { values: 'texts' },
  matches: { pattern: 'text' },
  length: { min: 'number', max: 'number' },
  references: { dataset: 'text', column: 'text' },
  where: { name: 'text', sql: 'text' },
  rowCountLike: { like: 'like' },
  unique: { columns: 'texts' },
  nullShare: { column: 'text', max: 'number' },
  mean: { column: 'text', wanted: 'wanted' },
  quantile: { column: 'text', at: 'number', wanted: 'wanted' },
  sql: { name: 'text', sql: 'text', bounds: 'bounds' },
};

const object = (value: Json | undefined): JsonObject | undefined =>
  value !== null && typeof value === 'object' && !Array.isArray(value) ? (value as JsonObject) : undefined;
const only = (value: JsonObject, keys: readonly string[]): boolean =>
  Object.keys(value).every((key) => keys.includes(key));

function fits(value: Json | undefined, sort: Sort): boolean {
  const inner = object(value);
  switch (sort) {
    case 'text':
      return typeof value === 'string' && value !== '';
    case 'number':
      return typeof value === 'number';
    case 'texts':
      return texts(value) !== undefined;
    case 'bounds':
      return (
        inner !== undefined &&
        only(inner, ['min', 'max']) &&
        Object.values(inner).every((n) => fits(n, 'number'))
      );
    case 'like':
      return (
        inner !== undefined &&
        only(inner, ['tolerance', 'deviations']) &&
        fits(inner['tolerance'], 'number') &&
        fits(inner['deviations'], 'number')
      );
    case 'wanted':
      return (
        inner !== undefined &&
        Object.keys(inner).length === 1 &&
        (fits(inner['bounds'], 'bounds') || fits(inner['like'], 'like'))
      );
  }
}

function readCustom(entry: Quality): JsonObject | undefined {
  const { type, engine, implementation } = entry;
  const rule = object(implementation);
  if (type !== 'custom' || engine !== 'millrace' || rule === undefined) return undefined;
  const name = rule['rule'];
  const shape = typeof name === 'string' && Object.hasOwn(SHAPES, name) ? SHAPES[name] : undefined;
  if (shape === undefined || !only(rule, ['rule', ...Object.keys(shape)])) return undefined;
  return Object.entries(shape).every(([key, sort]) => fits(rule[key], sort)) ? rule : undefined;
}
