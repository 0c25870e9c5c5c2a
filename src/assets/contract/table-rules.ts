import { formatDuration, formatInstant, type Instant } from '../../base/index.ts';
import { declaredRules } from './enforce.ts';
import type { ContractSpec } from './spec.ts';

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
  /** The newest event time; null without rows or without event time. */
  readonly newest: Instant | null;
  /** Rows of this load that broke each rule. */
  readonly broken: ReadonlyMap<string, number>;
}

/**
 * The checks of a load: one for each table rule, one for freshness, one for each rule about rows. Table rules block unless
 * the policy is `warn`; staleness never blocks, since keeping new rows out cannot make a table fresher; broken rows block
 * only under `block`.
 */
export function judgeTable(contract: ContractSpec, facts: TableFacts, now: Instant): Check[] {
  const checks: Check[] = [];
  for (const { min, max } of contract.tableRules)
    checks.push({
      name: 'rowCount',
      passed: (min === undefined || facts.rows >= min) && (max === undefined || facts.rows <= max),
      severity: contract.onBreach === 'warn' ? 'warn' : 'block',
      observed: rowsOf(facts.rows),
      wanted:
        min === undefined
          ? max === undefined
            ? 'any number of rows'
            : `at most ${rowsOf(max)}`
          : max === undefined
            ? `at least ${rowsOf(min)}`
            : `${min} to ${rowsOf(max)}`,
    });
  if (contract.fresh !== undefined)
    checks.push({
      name: 'fresh',
      passed: facts.newest !== null && now - facts.newest <= contract.fresh,
      severity: 'warn',
      observed:
        facts.newest === null ? 'no rows' : `newest ${contract.eventTime} is ${formatInstant(facts.newest)}`,
      wanted: `at most ${formatDuration(contract.fresh)} before ${formatInstant(now)}`,
    });
  // Lines that are no rows break a rule that nobody declares.
  for (const rule of new Set([...declaredRules(contract), ...facts.broken.keys()])) {
    const rows = facts.broken.get(rule) ?? 0;
    checks.push({
      name: rule,
      passed: rows === 0,
      severity: contract.onBreach === 'block' ? 'block' : 'warn',
      observed: rowsOf(rows),
      wanted: 'no row',
    });
  }
  return checks;
}

function rowsOf(count: number): string {
  return count === 1 ? '1 row' : `${count} rows`;
}
