import { quoteName } from '../../base/index.ts';
import type { Session } from '../../engine/index.ts';
import type { ColumnState, DataFile, StagedFile, TableState } from '../../store/lake/index.ts';
import { expression } from './enforce.ts';
import { tableRuleName } from './rule-names.ts';
import type { ContractSpec, TableRule } from './spec.ts';

/** What rules about the table hold against bounds, by the name of the check; null where there is no number (no rows, all null). */
export type Measured = ReadonlyMap<string, number | null>;

/** Relations that stand after FROM: all rows of the table as it would be, and those that the load itself brings. */
export interface Measurable {
  readonly table: string;
  readonly load: string;
}

/** A table as it will be once files that were written are committed beside those that stay: a state to scan before that. */
export function tableWith(
  columns: readonly ColumnState[],
  stay: readonly DataFile[],
  written: readonly StagedFile[],
): TableState {
  const files = [...stay, ...written.map((file) => ({ ...file, id: 0, rowIdStart: 0, since: 0 }))];
  const sum = (of: (file: DataFile) => number) => files.reduce((total, file) => total + of(file), 0);
  return {
    id: 0,
    name: '',
    snapshot: 0,
    columns,
    files,
    rows: sum((f) => f.rows),
    bytes: sum((f) => f.bytes),
  };
}

/** Whether a rule looks at the rows of the load alone. */
export function isOfLoad(rule: TableRule): boolean {
  return rule.rule === 'rowCountLike' || ('wanted' in rule && 'like' in rule.wanted);
}

/** The aggregate of a rule, or undefined where it is a query of its own or needs none. */
function aggregateOf(rule: TableRule): string | undefined {
  switch (rule.rule) {
    case 'rowCount':
    case 'sql':
      return undefined;
    case 'rowCountLike':
      return 'count(*)';
    case 'unique': {
      const names = rule.columns.map(quoteName);
      const there = names.map((name) => `${name} is not null`).join(' and ');
      return `count(*) filter (${there}) - count(distinct row(${names.join(', ')})) filter (${there})`;
    }
    case 'nullShare':
      return `count(*) filter (${quoteName(rule.column)} is null) / nullif(count(*), 0)`;
    case 'mean':
      return `avg(${quoteName(rule.column)})`;
    case 'quantile':
      return `quantile_cont(${quoteName(rule.column)}, ${Number(rule.at)})`;
  }
}

/** The queries that measure a contract's table, each giving one row: first all aggregates over one relation in one pass. */
export function measureQueries(contract: ContractSpec, from: Measurable): { names: string[]; sql: string }[] {
  const queries: { names: string[]; sql: string }[] = [];
  for (const ofLoad of [false, true]) {
    const measured = contract.tableRules.flatMap((rule) => {
      const sql = aggregateOf(rule);
      return sql === undefined || isOfLoad(rule) !== ofLoad ? [] : [{ name: tableRuleName(rule), sql }];
    });
    if (measured.length === 0) continue;
    const list = measured.map(({ sql }, i) => `(${sql})::DOUBLE as m${i}`).join(', ');
    queries.push({
      names: measured.map(({ name }) => name),
      sql: `select ${list} from ${ofLoad ? from.load : from.table}`,
    });
  }
  for (const rule of contract.tableRules)
    if (rule.rule === 'sql')
      queries.push({
        names: [rule.name],
        sql: `select ${expression(rule.sql.replaceAll('{table}', () => from.table))}::DOUBLE as m0`,
      });
  return queries;
}

/** Measures what a contract's rules about the table ask for. Reads nothing when they ask for nothing. */
export async function measure(session: Session, contract: ContractSpec, from: Measurable): Promise<Measured> {
  const measured = new Map<string, number | null>();
  for (const { names, sql } of measureQueries(contract, from)) {
    const [row] = await session.rows<Record<string, number | null>>(sql);
    names.forEach((name, i) => {
      const value = row?.[`m${i}`];
      measured.set(name, typeof value === 'number' && Number.isFinite(value) ? value : null);
    });
  }
  return measured;
}
