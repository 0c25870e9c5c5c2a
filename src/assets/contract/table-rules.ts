import { bug, formatDuration, formatInstant, type Instant } from '../../base/index.ts';
import { declaredRules } from './enforce.ts';
import { bandOf } from './history.ts';
import type { Measured } from './measures.ts';
import { cellRule, tableRuleName } from './rule-names.ts';
import type { Bounds, ContractSpec, LikeBefore, TableRule } from './spec.ts';
import type { History } from './statistics.ts';

/** The check of freshness. */
export const FRESH = 'fresh';

/** What a rule found, for people and for gates: a failed `block` check keeps the load from being published. */
export interface Check {
  readonly name: string;
  readonly passed: boolean;
  readonly severity: 'block' | 'warn';
  readonly observed: string;
  readonly wanted: string;
}

/** A table as it would be after a load. */
export interface TableFacts {
  readonly rows: number;
  /** The newest event as of now, where its age is promised; null without any. */
  readonly newest: Instant | null;
  /** Rows of this load that broke each rule. */
  readonly broken: ReadonlyMap<string, number>;
  /** What `measure` found. Default: nothing, for contracts without rules that need it. */
  readonly measured?: Measured;
  /** What earlier loads gave. Default: there were none. */
  readonly history?: History;
}

/**
 * The checks of a load: one for each table rule, one for freshness, one for each rule about rows. Where a rule does not say its
 * severity: table rules block unless the policy is `warn`; broken rows block only under `block`. Staleness never blocks, since keeping
 * new rows out cannot make a table fresher.
 */
export function judgeTable(contract: ContractSpec, facts: TableFacts, now: Instant): Check[] {
  const checks: Check[] = [];
  for (const rule of contract.tableRules)
    checks.push({
      name: tableRuleName(rule),
      severity: rule.severity ?? (contract.onBreach === 'warn' ? 'warn' : 'block'),
      ...judgeRule(rule, facts, now),
    });
  if (contract.fresh !== undefined)
    checks.push({
      name: FRESH,
      passed: facts.newest !== null && now - facts.newest <= contract.fresh,
      severity: 'warn',
      observed:
        facts.newest === null
          ? 'no rows up to now'
          : `newest ${contract.eventTime} is ${formatInstant(facts.newest)}`,
      wanted: `at most ${formatDuration(contract.fresh)} before ${formatInstant(now)}`,
    });
  const severities = rowSeverities(contract);
  // Lines that are no rows break a rule that nobody declares.
  for (const rule of new Set([...declaredRules(contract), ...facts.broken.keys()])) {
    const rows = facts.broken.get(rule) ?? 0;
    checks.push({
      name: rule,
      passed: rows === 0,
      severity: severities.get(rule) ?? (contract.onBreach === 'block' ? 'block' : 'warn'),
      observed: rowsOf(rows),
      wanted: 'no row',
    });
  }
  return checks;
}

type Finding = Pick<Check, 'passed' | 'observed' | 'wanted'>;

function judgeRule(rule: TableRule, facts: TableFacts, now: Instant): Finding {
  if (rule.rule === 'rowCount') return judgeBounds(facts.rows, rule, rowsOf, 'any number of rows');
  const value = facts.measured?.get(tableRuleName(rule));
  if (value === undefined) throw bug(`'${tableRuleName(rule)}' was not measured.`);
  switch (rule.rule) {
    case 'rowCountLike':
      return judgeLike(rule, rule.like, value, facts, now, (n) => rowsOf(Math.max(0, Math.round(n))));
    case 'unique':
      return {
        passed: value === 0,
        observed: value === 0 ? 'no row twice' : `${rowsOf(value ?? 0)} too many`,
        wanted: 'no row twice',
      };
    case 'nullShare':
      // Without rows there is no share, and nothing is missing.
      return judgeBounds(value ?? 0, { max: rule.max }, numberText, 'any share');
    case 'mean':
    case 'quantile':
      return 'like' in rule.wanted
        ? judgeLike(rule, rule.wanted.like, value, facts, now, numberText)
        : judgeBounds(value, rule.wanted.bounds, numberText, 'any number');
    case 'sql':
      return judgeBounds(value, rule.bounds, numberText, 'any number');
  }
}

function judgeBounds(
  value: number | null,
  { min, max }: Bounds,
  text: (n: number) => string,
  any: string,
): Finding {
  return {
    passed: value !== null && (min === undefined || value >= min) && (max === undefined || value <= max),
    observed: value === null ? 'no number' : text(value),
    wanted:
      min === undefined
        ? max === undefined
          ? any
          : `at most ${text(max)}`
        : max === undefined
          ? `at least ${text(min)}`
          : `${text(min).replace(/ rows?$/, '')} to ${text(max)}`,
  };
}

function judgeLike(
  rule: TableRule,
  like: LikeBefore,
  value: number | null,
  { history }: TableFacts,
  now: Instant,
  text: (n: number) => string,
): Finding {
  const points = history?.get(tableRuleName(rule)) ?? [];
  const observed = value === null ? 'no number' : text(value);
  const band = bandOf(points, now, like);
  if (band === undefined) {
    const loads = points.length === 1 ? '1 earlier load tells' : `${points.length} earlier loads tell`;
    return { passed: true, observed, wanted: `like before; ${loads} too little yet` };
  }
  return {
    passed: value !== null && value >= band.min && value <= band.max,
    observed,
    wanted: `${text(band.min).replace(/ rows?$/, '')} to ${text(band.max)}, like ${band.from}`,
  };
}

/** The severities that rules about rows give themselves, by name. */
function rowSeverities(contract: ContractSpec): Map<string, 'block' | 'warn'> {
  const severities = new Map<string, 'block' | 'warn'>();
  for (const column of contract.columns)
    for (const rule of column.rules)
      if (rule.severity !== undefined) severities.set(cellRule(column, rule), rule.severity);
  for (const { name, severity } of contract.rowRules ?? [])
    if (severity !== undefined) severities.set(name, severity);
  return severities;
}

/** As many digits as people read. */
function numberText(value: number): string {
  return String(Number(value.toPrecision(6)));
}

function rowsOf(count: number): string {
  return count === 1 ? '1 row' : `${count} rows`;
}
