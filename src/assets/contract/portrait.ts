import type { CheckNote, Portrait } from '../../graph/index.ts';
import {
  CSV_RULE,
  cellRule,
  JSON_RULE,
  KEY_RULE,
  nullRule,
  rangeRule,
  tableRuleName,
  typeRule,
} from './rule-names.ts';
import type { CellRule, ContractSpec, TableRule } from './spec.ts';

const ofCell: Readonly<Record<CellRule['rule'], string>> = {
  between: 'range',
  oneOf: 'accepted_values',
  matches: 'pattern',
  length: 'length',
  references: 'relationships',
};

/** A dataset to those outside: its columns, and what each of its checks is about. */
export function portrayContract(contract: ContractSpec): Pick<Portrait, 'columns' | 'check'> {
  let notes: ReadonlyMap<string, CheckNote> | undefined;
  return {
    columns: contract.columns.map(({ name, type, description }) => ({
      ...{ name, type },
      ...(description === undefined ? {} : { description }),
    })),
    check(name) {
      notes ??= notesOf(contract);
      return notes.get(name);
    },
  };
}

function notesOf(contract: ContractSpec): Map<string, CheckNote> {
  const notes = new Map<string, CheckNote>();
  // Of a rule about rows it is observed how many break it.
  const note = (name: string, type: string, column?: string): void => {
    notes.set(name, { type, open: true, ...(column === undefined ? {} : { column }) });
  };
  for (const column of contract.columns) {
    note(nullRule(column), 'not_null', column.name);
    note(typeRule(column), 'type', column.name);
    note(rangeRule(column), 'range', column.name);
    for (const rule of column.rules) note(cellRule(column, rule), ofCell[rule.rule], column.name);
  }
  for (const { name } of contract.rowRules ?? []) note(name, 'custom_sql');
  note(KEY_RULE, 'unique', contract.key.length === 1 ? contract.key[0] : undefined);
  note(CSV_RULE, 'format');
  note(JSON_RULE, 'format');
  // The newest event time is a value of a row.
  notes.set('fresh', { type: 'freshness', open: false });
  const personal = new Set(contract.columns.flatMap(({ name, pii }) => (pii ? [name] : [])));
  for (const rule of contract.tableRules) notes.set(tableRuleName(rule), noteOf(rule, personal));
  return notes;
}

/** A quantile is a value of a row, and a query may give one. */
function noteOf(rule: TableRule, personal: ReadonlySet<string>): CheckNote {
  switch (rule.rule) {
    case 'rowCount':
    case 'rowCountLike':
      return { type: 'row_count', open: true };
    case 'unique':
      return {
        type: 'unique',
        open: true,
        ...(rule.columns.length === 1 ? { column: rule.columns[0] as string } : {}),
      };
    case 'nullShare':
      return { type: 'null_share', column: rule.column, open: true };
    case 'mean':
      return { type: 'mean', column: rule.column, open: !personal.has(rule.column) };
    case 'quantile':
      return { type: 'quantile', column: rule.column, open: false };
    case 'sql':
      return { type: 'custom_sql', open: false };
  }
}
