import { bug, outsideSql, quoteName, quoteText } from '../../base/index.ts';
import { among, type Reading, readText, readTyped, trimmed } from './cell-sql.ts';
import { referenceText, referenceType } from './references.ts';
import { cellRule, isBounded, KEY_RULE, nullRule, rangeRule, refusesNull, typeRule } from './rule-names.ts';
import type { CellRule, ColumnSpec, ContractSpec, RowRule, RuleNote } from './spec.ts';

/** A declared column as it comes in: an SQL expression over the raw relation, and whether it is text or typed. */
export interface RawCell {
  readonly sql: string;
  /** `text`, or DuckDB's name of the type. */
  readonly form: string;
}

export interface RawRelation {
  /** What stands after FROM. */
  readonly from: string;
  /** One for each column of the contract, in its order. */
  readonly cells: readonly RawCell[];
  /** Texts that mean a missing cell. Compared with the whole cell for text columns, without white space around it for others. */
  readonly nulls: readonly string[];
  /** Expressions to pass on, as `expression as name`. */
  readonly keep: readonly string[];
  /** A row that is none at all: when `sql` is true, `rule` is the one broken rule. */
  readonly spoilt?: { readonly sql: string; readonly rule: string };
}

/**
 * The contract as one SQL query over raw rows, in one pass. Gives the columns of `keep`; the typed columns `v0`, `v1`, … in
 * the contract's order; `_rules` (VARCHAR[], every broken rule by name in the contract's order, null for none) and `_unfit`
 * (whether a broken rule keeps the row out of the table). Rules of keys are apart: key-duplicates.ts. Where columns refer to
 * other datasets, `prepareReferences` comes first in the same session.
 */
export function enforceSql(contract: ContractSpec, raw: RawRelation): string {
  const cells = contract.columns.map((column, i) => cellSql(column, i, raw));
  const kept = raw.keep.map((item) => item.slice(item.lastIndexOf(' as ') + 4));
  const spoilt = raw.spoilt === undefined ? 'false' : `coalesce(${raw.spoilt.sql}, true)`;
  const rowRules = contract.rowRules ?? [];
  const rules = [
    ...cells.flatMap((cell, i) => rulesOf(contract, contract.columns[i]!, i, cell.missing)),
    ...rowRules.map((rule, i) => rowRuleOf(contract, rule, i)),
  ];
  const any = (list: readonly Rule[]) => {
    const broken = list.flatMap((rule) => rule.any ?? [rule.broken]);
    return broken.length === 0 ? 'false' : `coalesce(${broken.join(' or ')}, false)`;
  };
  const out = rules.filter((rule) => rule.out);
  const names = `list_filter([${rules.map((rule) => `case when ${rule.broken} then ${quoteText(rule.name)} end`).join(', ')}]::VARCHAR[], lambda x: x is not null)`;
  const spoiltRule = raw.spoilt === undefined ? '' : `when spoilt then [${quoteText(raw.spoilt.rule)}] `;
  const pick = (of: (cell: (typeof cells)[number], i: number) => string) => cells.map(of).join(', ');
  // Whether any rule is broken is a column of its own, computed once; only where it is true are the rules gone through by name.
  return [
    `select ${[...kept, ...cells.map((_, i) => `v${i}`)].join(', ')},`,
    `  case ${spoiltRule}when bad then ${names} end as _rules,`,
    `  spoilt or ${out.length === rules.length ? 'bad' : any(out)} as _unfit`,
    `from (select *, ${any(rules)} as bad`,
    ...rowRuleLevels(contract, kept),
    `from (select ${[...kept, 'spoilt'].join(', ')}, ${pick((c, i) => `r${i}, ${c.value} as v${i}`)}`,
    `from (select *, ${pick((c, i) => `${c.reading.settle(`p${i}`)} as s${i}`)}`,
    `from (select *, ${pick((c, i) => `${c.reading.parse} as p${i}`)}`,
    `from (select ${[...raw.keep, `${spoilt} as spoilt`].join(', ')}, ${pick((_, i) => `${raw.cells[i]!.sql} as r${i}`)}`,
    `from ${raw.from})))))${rowRules.length === 0 ? '' : '))'}`,
  ].join('\n');
}

/**
 * Expressions over rows see the typed columns under their own names. Everything of ours begins with `_` there, as no declared
 * column may, so that no name of a user's meets one of ours.
 */
function rowRuleLevels(contract: ContractSpec, kept: readonly string[]): string[] {
  const rules = contract.rowRules ?? [];
  if (rules.length === 0) return [];
  const at = contract.columns.map((_, i) => i);
  const back = at.map((i) => `_v${i} as v${i}, _r${i} as r${i}`).join(', ');
  const judged = rules.map(({ sql }, i) => `try(${expression(sql)}) as w${i}`).join(', ');
  const apart = at.map((i) => `v${i} as _v${i}, r${i} as _r${i}`).join(', ');
  const named = contract.columns.map(({ name }, i) => `v${i} as ${quoteName(name)}`).join(', ');
  return [
    `from (select ${[...kept, '_spoilt as spoilt'].join(', ')}, ${back}, ${judged}`,
    `from (select ${[...kept, 'spoilt as _spoilt'].join(', ')}, ${apart}, ${named}`,
  ];
}

/** A user's expression on lines of its own, so that a comment at its end hides nothing. */
export function expression(sql: string): string {
  return `(\n${sql}\n)`;
}

/** `value` is SQL over the raw cell `r…` and what was read `s…`; `missing` over `r…` and the value `v…`. */
function cellSql(column: ColumnSpec, i: number, raw: RawRelation) {
  const cell = raw.cells[i];
  if (cell === undefined) throw bug(`Column '${column.name}' has no raw cell.`);
  if (cell.form !== 'text') {
    const reading = readTyped(cell.form, column.type, `r${i}`);
    if (reading === undefined) throw bug(`${cell.form} cannot become ${column.type}.`);
    return { reading, missing: `(r${i} is null)`, value: `s${i}` };
  }
  const reading: Reading = readText(column.type, `r${i}`);
  if (raw.nulls.length === 0) return { reading, missing: `(r${i} is null)`, value: `s${i}` };
  if (column.type === 'string') {
    // A text is always a text, so where there is no value the cell is missing.
    const value = `case when ${among(`r${i}`, raw.nulls)} then null else s${i} end`;
    return { reading, missing: `(v${i} is null)`, value };
  }
  const missing = `(r${i} is null or ${among(trimmed(`r${i}`), raw.nulls)})`;
  // Trimming every cell costs more than parsing it, so it is left to cells that gave no value, unless a null text is itself
  // a value (say -999).
  if (raw.nulls.some(mayBeValue))
    return { reading, missing, value: `case when ${missing} then null else s${i} end` };
  return { reading, missing: `case when v${i} is null then ${missing} else false end`, value: `s${i}` };
}

function mayBeValue(text: string): boolean {
  return /\d|^(true|t|yes|y|false|f|no|n)$/i.test(text);
}

interface Rule {
  readonly name: string;
  /** SQL; null counts as not broken. */
  readonly broken: string;
  /** What tells more cheaply that this rule, or one beside it that has [] here, is broken. */
  readonly any?: readonly string[];
  /** Whether a row that breaks it stays out of the table. */
  readonly out: boolean;
}

/** Of a rule that leaves a row its form: what the rule says, or else the policy. */
function keepsOut(contract: ContractSpec, { severity }: RuleNote): boolean {
  return (severity ?? contract.onBreach) !== 'warn';
}

function rowRuleOf(contract: ContractSpec, rule: RowRule, i: number): Rule {
  return { name: rule.name, broken: `not w${i}`, out: keepsOut(contract, rule) };
}

function rulesOf(contract: ContractSpec, column: ColumnSpec, i: number, missing: string): Rule[] {
  const rules: Rule[] = [];
  const typed = { name: typeRule(column), broken: `(v${i} is null and not ${missing})`, out: true };
  if (refusesNull(contract, column)) {
    // No value at all is the one or the other.
    if (column.type !== 'string') rules.push({ ...typed, any: [] });
    rules.push({ name: nullRule(column), broken: missing, any: [`v${i} is null`], out: true });
  } else if (column.type !== 'string') rules.push(typed);
  if (isBounded(contract, column))
    rules.push({
      name: rangeRule(column),
      broken: outsideSql(`v${i}`),
      out: true,
    });
  column.rules.forEach((rule, r) => {
    const broken =
      rule.rule === 'references'
        ? `(v${i} is not null and try_cast(${referenceText(column.type, `v${i}`)} as ${referenceType(i, r)}) is null)`
        : cellRuleBroken(rule, `v${i}`);
    rules.push({ name: cellRule(column, rule), broken, out: keepsOut(contract, rule) });
  });
  return rules;
}

/** The names of all rules about rows that a contract sets, in its order. A text is always a text, so that is none. */
export function declaredRules(contract: ContractSpec): string[] {
  const names = contract.columns.flatMap((column, i) =>
    rulesOf(contract, column, i, 'false').map((rule) => rule.name),
  );
  names.push(...(contract.rowRules ?? []).map(({ name }) => name));
  return contract.key.length === 0 ? names : [...names, KEY_RULE];
}

/** The names of rules about rows that let in the rows that break them. */
export function letInRules(contract: ContractSpec): string[] {
  const names = contract.columns.flatMap((column, i) =>
    rulesOf(contract, column, i, 'false')
      .filter(({ out }) => !out)
      .map(({ name }) => name),
  );
  const rows = (contract.rowRules ?? []).filter((rule) => !keepsOut(contract, rule));
  return [
    ...names,
    ...rows.map(({ name }) => name),
    ...(contract.key.length > 0 && contract.onBreach === 'warn' ? [KEY_RULE] : []),
  ];
}

/** A rule about one cell that needs nothing else, as SQL that is true where a value breaks it; null counts as kept. */
export function cellRuleBroken(rule: Exclude<CellRule, { rule: 'references' }>, value: string): string {
  switch (rule.rule) {
    case 'between':
      return `(${value} < ${quoteText(String(rule.min))}::DOUBLE or ${value} > ${quoteText(String(rule.max))}::DOUBLE)`;
    case 'oneOf':
      return `not (${among(value, rule.values)})`;
    case 'matches':
      return `not regexp_matches(${value}, ${quoteText(rule.pattern)})`;
    case 'length':
      return `not (length(${value}) between ${BigInt(rule.min)} and ${BigInt(rule.max)})`;
  }
}
