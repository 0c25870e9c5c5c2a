import type { ColumnType } from '../../base/index.ts';
import type { CellRule, ColumnSpec, ContractSpec, TableRule } from './spec.ts';

// The names of rules as users see them: in the quarantine, in checks and on the screen. Kept short and stable, since
// people write queries over them.

const kindOf: Readonly<Record<ColumnType, string>> = {
  string: 'a text',
  double: 'a double',
  integer: 'an integer',
  boolean: 'a boolean',
  timestamp: 'a timestamp',
};

/** A line of a CSV file that is no row: a quote out of place, or another number of cells than the header. */
export const CSV_RULE = 'csv';
/** A line of a JSON lines file that is not one JSON object. */
export const JSON_RULE = 'json';
/** Another row, already in the table or earlier in the load, has the same key. */
export const KEY_RULE = 'key: duplicate';

export function typeRule(column: ColumnSpec): string {
  return `${column.name}: not ${kindOf[column.type]}`;
}

export function nullRule(column: ColumnSpec): string {
  return `${column.name}: null`;
}

/** Of the event and the available time alone: outside what an instant can be (base/instant.ts). */
export function rangeRule(column: ColumnSpec): string {
  return `${column.name}: not from 1700 to 2254`;
}

export function cellRule(column: ColumnSpec, rule: CellRule): string {
  switch (rule.rule) {
    case 'between':
      return `${column.name}: between ${rule.min} and ${rule.max}`;
    case 'oneOf':
      return `${column.name}: one of ${valuesOf(rule.values)}`;
    case 'matches':
      return `${column.name}: pattern`;
    case 'length':
      return `${column.name}: length ${rule.min} to ${rule.max}`;
    case 'references':
      return `${column.name}: not in ${rule.dataset}.${rule.column}`;
  }
}

/** Of many values, so many are named. */
const NAMED = 3;
/** Characters of a value, at most. */
const LONGEST = 20;

/** `DE, FR`; of many `12: DE, FR, US, …`. A value that is no plain word stands in quotes, so that it is seen where it ends. */
function valuesOf(values: readonly string[]): string {
  const shown = (value: string): string => {
    const [cut, end] = [[...value].slice(0, LONGEST).join(''), [...value].length > LONGEST ? '…' : ''];
    return (/^[\p{L}\p{N}_.-]+$/u.test(cut) ? cut : JSON.stringify(cut)) + end;
  };
  // One more is shown where it would take the place of the dots.
  if (values.length <= NAMED + 1) return values.map(shown).join(', ');
  return `${values.length}: ${values.slice(0, NAMED).map(shown).join(', ')}, …`;
}

/** The name of a check of the table. Rules of one contract that differ have different names. */
export function tableRuleName(rule: TableRule): string {
  switch (rule.rule) {
    case 'rowCount':
      return 'rowCount';
    case 'rowCountLike':
      return 'rowCount: like before';
    case 'unique':
      return `${rule.columns.join(', ')}: unique`;
    case 'nullShare':
      return `${rule.column}: share of nulls`;
    case 'mean':
      return `${rule.column}: mean${'like' in rule.wanted ? ' like before' : ''}`;
    case 'quantile':
      return `${rule.column}: quantile ${rule.at}${'like' in rule.wanted ? ' like before' : ''}`;
    case 'sql':
      return rule.name;
  }
}

/** Whether a null here is a broken rule. A key always has a value, whatever its column says. */
export function refusesNull(contract: ContractSpec, column: ColumnSpec): boolean {
  return !column.nullable || contract.key.includes(column.name);
}

/** Whether this column's instants must lie in [EARLIEST, LATEST). */
export function isBounded(contract: ContractSpec, column: ColumnSpec): boolean {
  return (
    column.type === 'timestamp' &&
    (column.name === contract.eventTime || column.name === contract.availableAt)
  );
}
