import { canonicalJson, formatDuration } from '../../base/index.ts';
import { pathText, pointerTo } from './path.ts';
import { cellRule, tableRuleName } from './rule-names.ts';
import type { BreachPolicy, CellRule, ColumnSpec, ContractSpec, RuleNote } from './spec.ts';

/**
 * What becomes of a promise. `tighter`: rows that are in the table, or would have come in, may be refused. `looser`: rows may come in
 * that were refused. `other`: neither covers the other. `told`: people are told something else, and no row is concerned.
 */
export type Direction = 'added' | 'tighter' | 'looser' | 'other' | 'told';

/** One difference between two contracts. */
export interface ContractChange {
  /** `amount`, `amount.between`, `key`, `rowCount` …: the field that differs. */
  readonly field: string;
  readonly direction: Direction;
  /** `breaking`: columns or rows that there are may not be there any more, as the plan says it too. */
  readonly effect: 'breaking' | 'safe';
  /** In words; null where it was not there, or is not any more. */
  readonly before: string | null;
  readonly after: string | null;
}

/** What differs between two contracts, field by field, in the order of the later one. Descriptions and owners promise nothing. */
export function compareContracts(before: ContractSpec, after: ContractSpec): ContractChange[] {
  const changes: ContractChange[] = [];
  const say: Say = (field, direction, was, is) => {
    const effect = direction === 'tighter' || direction === 'other' ? 'breaking' : 'safe';
    changes.push({ field, direction, effect, before: was, after: is });
  };
  const old = new Map(before.columns.map((column) => [column.name, column]));
  for (const column of after.columns) {
    const was = old.get(column.name);
    old.delete(column.name);
    if (was === undefined) say(column.name, 'added', null, columnText(column));
    else compareColumns(was, column, say);
  }
  for (const column of old.values()) say(column.name, 'other', columnText(column), null);

  if (canonicalJson(before.key) !== canonicalJson(after.key))
    say(
      'key',
      before.key.length === 0 ? 'tighter' : after.key.length === 0 ? 'looser' : 'other',
      listText(before.key),
      listText(after.key),
    );
  const time = (field: string, was: string | undefined, is: string | undefined): void => {
    if (was !== is) say(field, 'other', was ?? null, is ?? null);
  };
  time('eventTime', before.eventTime, after.eventTime);
  time('availableAt', before.availableAt, after.availableAt);
  time('availableAfter', formatDuration(before.availableAfter), formatDuration(after.availableAfter));
  if (before.fresh !== after.fresh)
    // Staleness only warns.
    say(
      'fresh',
      'told',
      before.fresh === undefined ? null : formatDuration(before.fresh),
      after.fresh === undefined ? null : formatDuration(after.fresh),
    );
  if (before.onBreach !== after.onBreach)
    say(
      'onBreach',
      strictness[after.onBreach] > strictness[before.onBreach] ? 'tighter' : 'looser',
      before.onBreach,
      after.onBreach,
    );
  compareNamed(namedRowRules(before), namedRowRules(after), say);
  compareNamed(namedTableRules(before), namedTableRules(after), say);
  return changes;
}

type Named = readonly [name: string, text: string, severity: RuleNote['severity']];

function namedRowRules({ rowRules = [] }: ContractSpec): Named[] {
  return rowRules.map(({ name, sql, severity }) => [name, sql, severity]);
}

function namedTableRules({ tableRules }: ContractSpec): Named[] {
  return tableRules.map((rule) => {
    const { severity, owner: _, description: __, rule: ___, ...rest } = rule;
    return [tableRuleName(rule), wordsOf(rest), severity];
  });
}

type Say = (field: string, direction: Direction, was: string | null, is: string | null) => void;

const strictness: Readonly<Record<BreachPolicy, number>> = { warn: 0, quarantine: 1, block: 2 };

function compareColumns(was: ColumnSpec, is: ColumnSpec, say: Say): void {
  if (was.type !== is.type) say(`${is.name}.type`, 'other', was.type, is.type);
  if (was.at !== is.at) say(`${is.name}.at`, 'other', pathText(pointerTo(was)), pathText(pointerTo(is)));
  const nulls = ({ nullable }: ColumnSpec) => (nullable ? 'may be null' : 'never null');
  if (was.nullable !== is.nullable)
    say(`${is.name}.nullable`, is.nullable ? 'looser' : 'tighter', nulls(was), nulls(is));
  const personal = ({ pii }: ColumnSpec) => (pii ? 'personal' : 'not personal');
  if (was.pii !== is.pii) say(`${is.name}.pii`, 'told', personal(was), personal(is));
  const left = [...was.rules];
  for (const rule of is.rules) {
    const same = left.findIndex((other) => other.rule === rule.rule);
    const [other] = same < 0 ? [] : left.splice(same, 1);
    const field = `${is.name}.${rule.rule}`;
    if (other === undefined) say(field, 'tighter', null, ruleText(is, rule));
    else if (canonicalJson(promise(other)) !== canonicalJson(promise(rule)))
      say(field, directionOf(other, rule), ruleText(was, other), ruleText(is, rule));
  }
  for (const rule of left) say(`${is.name}.${rule.rule}`, 'looser', ruleText(was, rule), null);
}

function promise({ owner: _, description: __, ...rule }: CellRule): object {
  return rule;
}

function directionOf(before: CellRule, after: CellRule): Direction {
  if (implies(before, after)) return 'looser';
  return implies(after, before) ? 'tighter' : 'other';
}

const weight = (severity: RuleNote['severity']): number =>
  severity === 'warn' ? 0 : severity === 'block' ? 2 : 1;

/** Whether whatever passes `rule` passes `other` too. Said only where it is sure. */
function implies(rule: CellRule, other: CellRule): boolean {
  if (weight(rule.severity) < weight(other.severity)) return false;
  switch (rule.rule) {
    case 'between':
    case 'length':
      return other.rule === rule.rule && rule.min >= other.min && rule.max <= other.max;
    case 'oneOf':
      return other.rule === 'oneOf' && rule.values.every((value) => other.values.includes(value));
    case 'matches':
      return other.rule === 'matches' && rule.pattern === other.pattern;
    case 'references':
      return other.rule === 'references' && rule.dataset === other.dataset && rule.column === other.column;
  }
}

function compareNamed(before: readonly Named[], after: readonly Named[], say: Say): void {
  const old = new Map(before.map((one) => [one[0], one]));
  for (const [name, text, severity] of after) {
    const was = old.get(name);
    old.delete(name);
    const words = withSeverity(text, severity);
    if (was === undefined) {
      say(name, 'tighter', null, words);
      continue;
    }
    const [, oldText, oldSeverity] = was;
    if (oldText === text && oldSeverity === severity) continue;
    const direction =
      oldText !== text ? 'other' : weight(severity) > weight(oldSeverity) ? 'tighter' : 'looser';
    say(name, direction, withSeverity(oldText, oldSeverity), words);
  }
  for (const [name, text, severity] of old.values()) say(name, 'looser', withSeverity(text, severity), null);
}

function columnText({ type, nullable }: ColumnSpec): string {
  return `${type}, ${nullable ? 'may be null' : 'never null'}`;
}

function ruleText(column: ColumnSpec, rule: CellRule): string {
  const name = cellRule(column, rule).slice(column.name.length + 2);
  const words =
    rule.rule === 'oneOf'
      ? `one of ${cut(rule.values.join(', '))}`
      : rule.rule === 'matches'
        ? `pattern ${rule.pattern}`
        : rule.rule === 'references'
          ? `in ${rule.dataset}.${rule.column}`
          : name;
  return withSeverity(words, rule.severity);
}

function withSeverity(text: string, severity: RuleNote['severity']): string {
  return severity === undefined ? text : `${text} (${severity})`;
}

function listText(names: readonly string[]): string | null {
  return names.length === 0 ? null : names.join(', ');
}

function wordsOf(rest: object): string {
  const flat = (value: unknown): string =>
    value !== null && typeof value === 'object' && !Array.isArray(value)
      ? Object.entries(value)
          .map(([key, inner]) => (typeof inner === 'object' ? flat(inner) : `${key} ${inner}`))
          .join(', ')
      : String(value);
  return flat(rest);
}

function cut(text: string): string {
  return text.length <= 200 ? text : `${text.slice(0, 199)}…`;
}
