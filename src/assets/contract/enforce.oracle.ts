import { EARLIEST, LATEST } from '../../base/index.ts';
import { cellRule } from './rule-names.ts';
import type { ColumnSpec, ContractSpec } from './spec.ts';

// The slow, obvious twin of enforce.ts and key-duplicates.ts for rows of raw texts. It shares no code with them but the names of rules.

export type OracleValue = string | number | boolean | null;

export interface Verdict {
  readonly values: readonly OracleValue[];
  readonly rules: readonly string[];
  /** Whether its own cells keep it out of the table. */
  readonly unfit: boolean;
}

/** What a row is judged by besides its contract: other datasets' values, and rules over rows as functions by name. */
export interface Surroundings {
  /** By dataset, a dot, and column. */
  readonly known?: Readonly<Record<string, readonly OracleValue[]>>;
  readonly where?: Readonly<Record<string, (row: Readonly<Record<string, OracleValue>>) => boolean | null>>;
}

/** One row: raw texts in the contract's order (undefined: no such cell), against everything but the uniqueness of keys. */
export function judgeRow(
  contract: ContractSpec,
  cells: readonly (string | undefined)[],
  nulls: readonly string[],
  { known = {}, where = {} }: Surroundings = {},
): Verdict {
  const values: OracleValue[] = [];
  const rules: string[] = [];
  let unfit = false;
  const breaks = (name: string, severity: 'block' | 'warn' | undefined): void => {
    rules.push(name);
    if (severity === 'warn') return;
    if (severity === undefined && contract.onBreach === 'warn') return;
    unfit = true;
  };
  for (const [i, column] of contract.columns.entries()) {
    const cell = cells[i];
    const text = cell === undefined || column.type === 'string' ? cell : trim(cell);
    if (text === undefined || nulls.includes(text)) {
      values.push(null);
      if (!column.nullable || contract.key.includes(column.name)) {
        rules.push(`${column.name}: null`);
        unfit = true;
      }
      continue;
    }
    const value = parse(column, text);
    values.push(value);
    if (value === null) {
      const wanted = {
        string: 'a text',
        double: 'a double',
        integer: 'an integer',
        boolean: 'a boolean',
        timestamp: 'a timestamp',
      };
      rules.push(`${column.name}: not ${wanted[column.type]}`);
      unfit = true;
      continue;
    }
    const isTime = column.name === contract.eventTime || column.name === contract.availableAt;
    if (isTime && ((value as number) < EARLIEST || (value as number) >= LATEST)) {
      rules.push(`${column.name}: not from 1700 to 2254`);
      unfit = true;
    }
    for (const rule of column.rules) {
      if (rule.rule === 'between' && !((value as number) >= rule.min && (value as number) <= rule.max))
        breaks(`${column.name}: between ${rule.min} and ${rule.max}`, rule.severity);
      if (rule.rule === 'oneOf' && !rule.values.includes(value as string))
        // How a set of values is called is held by rule-names.test.ts.
        breaks(cellRule(column, rule), rule.severity);
      if (rule.rule === 'matches' && !new RegExp(rule.pattern, 'u').test(value as string))
        breaks(`${column.name}: pattern`, rule.severity);
      if (rule.rule === 'length') {
        const letters = [...(value as string)].length;
        if (letters < rule.min || letters > rule.max)
          breaks(`${column.name}: length ${rule.min} to ${rule.max}`, rule.severity);
      }
      if (rule.rule === 'references') {
        const there = known[`${rule.dataset}.${rule.column}`] as readonly OracleValue[];
        // Not includes(): it tells no −0 from 0 either, and says so less plainly.
        if (!there.some((one) => one === value))
          breaks(`${column.name}: not in ${rule.dataset}.${rule.column}`, rule.severity);
      }
    }
  }
  const row = Object.fromEntries(contract.columns.map(({ name }, i) => [name, values[i] as OracleValue]));
  for (const { name, severity } of contract.rowRules ?? [])
    if (where[name]?.(row) === false) breaks(name, severity);
  return { values, rules, unfit };
}

/**
 * Rows in the order of load and line: each verdict once more, with `key: duplicate` where a row admitted before has the same key.
 * `existing` are the keys already in the table.
 */
export function judgeKeys(
  contract: ContractSpec,
  verdicts: readonly Verdict[],
  existing: readonly (readonly OracleValue[])[],
): Verdict[] {
  const taken = new Set<string>(existing.map((key) => JSON.stringify(key)));
  const judged: Verdict[] = [];
  for (const verdict of verdicts) {
    const key = contract.key.map(
      (name) => verdict.values[contract.columns.findIndex((c) => c.name === name)] as OracleValue,
    );
    const text = JSON.stringify(key);
    if (key.length === 0 || key.includes(null)) {
      judged.push(verdict);
    } else if (taken.has(text)) {
      judged.push({ ...verdict, rules: [...verdict.rules, 'key: duplicate'] });
    } else {
      if (!verdict.unfit) taken.add(text);
      judged.push(verdict);
    }
  }
  return judged;
}

function trim(text: string): string {
  return text.replace(/^[ \t\n\v\f\r]+|[ \t\n\v\f\r]+$/g, '');
}

/** The value, timestamps in microseconds; null when the text has no form in the type. */
function parse(column: ColumnSpec, text: string): OracleValue {
  switch (column.type) {
    case 'string':
      return text;
    case 'double':
    case 'integer': {
      if (!/^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?$/.test(text)) return null;
      const number = Number(text);
      if (column.type === 'double') return Number.isFinite(number) ? number : null;
      return Number.isSafeInteger(number) ? number : null;
    }
    case 'boolean': {
      const word = text.toLowerCase();
      if (['true', 't', 'yes', 'y', '1'].includes(word)) return true;
      return ['false', 'f', 'no', 'n', '0'].includes(word) ? false : null;
    }
    case 'timestamp':
      return parseInstant(text);
  }
}

function parseInstant(text: string): number | null {
  const match =
    /^([0-9]{4})-([0-9]{2})-([0-9]{2})(?:[T ]([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:\.([0-9]{1,9}))?)?(Z|[+-][0-9]{2}(?::?[0-9]{2})?)?)?$/.exec(
      text,
    );
  if (match === null) return null;
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map((part) => Number(part ?? 0)) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  if (year < 1 || hour > 23 || minute > 59 || second > 59) return null;
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day || date.getUTCFullYear() !== year)
    return null;
  // Years past 2255 pass what a JavaScript number holds exactly.
  let micros = BigInt(date.getTime() + (hour * 3600 + minute * 60 + second) * 1000) * 1000n;
  micros += BigInt(`${match[7] ?? ''}000000`.slice(0, 6));
  const zone = match[8];
  if (zone !== undefined && zone !== 'Z') {
    const digits = zone.slice(1).replace(':', '');
    const zoneHours = Number(digits.slice(0, 2));
    const zoneMinutes = Number(digits.slice(2) || 0);
    if (zoneHours > 15 || zoneMinutes > 59) return null;
    micros -= BigInt((zone.startsWith('-') ? -1 : 1) * (zoneHours * 60 + zoneMinutes)) * 60_000_000n;
  }
  return Number(micros);
}
