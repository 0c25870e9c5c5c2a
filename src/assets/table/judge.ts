import { type ColumnDef, quoteName, quoteText } from '../../base/index.ts';
import { type Session, sqlTypeOf } from '../../engine/index.ts';
import type { BuildContext } from '../../graph/index.ts';
import type { TableState } from '../../store/lake/index.ts';
import {
  admissible,
  type ContractSpec,
  contestedKeysSql,
  duplicatesSql,
  enforceSql,
  KEY_RULE,
  prepareReferences,
} from '../contract/index.ts';
import type { TableBody } from './spec.ts';

/** Only what the contract declares: a source's hidden columns are not seen by queries. */
export function declaredRows(session: Session, table: TableState): string {
  const columns = table.columns
    .filter((column) => !column.name.startsWith('_'))
    .map((c) => quoteName(c.name));
  return `(select ${columns.join(', ')} from ${session.scan(table)})`;
}

/** Gives the session a view of each input's name with its rows as they are live, and what the contract refers to. */
export async function viewInputs(
  session: Session,
  { node, workspace: { lake }, input }: BuildContext<TableBody>,
): Promise<void> {
  for (const name of node.inputs) {
    const table = lake.table(name, input(name).snapshot) as TableState;
    await session.run(`create temp view ${quoteName(name)} as select * from ${declaredRows(session, table)}`);
  }
  await prepareReferences(session, node.body.contract, quoteName);
}

/** A column without its rules. */
export const columnDef = ({ name, type, nullable }: ColumnDef): ColumnDef => ({ name, type, nullable });

/** Makes the temporary table `judged`: typed values `v0`, `v1` …, every broken rule, and the row as JSON. */
export async function judge(session: Session, contract: ContractSpec, query: string): Promise<void> {
  const cells = contract.columns.map((column) => ({
    sql: `${quoteName(column.name)}::${sqlTypeOf(column.type)}`,
    form: sqlTypeOf(column.type),
  }));
  const raw = { from: `(${query}) q`, cells, nulls: [], keep: ['to_json(q)::VARCHAR as _row'] };
  await session.run(`create temp table judged as ${enforceSql(contract, raw)}`);
  if (contract.key.length === 0) return;
  // Of rows with one key the first by content stays, so that the same rows give the same table in whatever order they come.
  const judged = { name: 'judged', order: 'struct_pack(a := j._row, b := j.rowid)' };
  await session.run(`create temp table contested as ${contestedKeysSql(contract, judged, [])}`);
  await session.run(
    `update judged set _rules = list_append(coalesce(_rules, []), ${quoteText(KEY_RULE)})${contract.onBreach === 'warn' ? '' : ', _unfit = true'}
     where rowid in (${duplicatesSql(contract, judged, 'contested')})`,
  );
}

/** The judged rows that go into the table, under the names of their columns. */
export function goodRows(contract: ContractSpec): string {
  const columns = contract.columns.map((c, i) => `v${i} as ${quoteName(c.name)}`);
  return `select ${columns.join(', ')} from judged where ${admissible(contract)}`;
}

/** The judged rows that do not, as those of a quarantine; `origin` is an SQL expression for `_file`. */
export function asideRows(contract: ContractSpec, origin = "''"): string {
  return `select 0::BIGINT as _load, ${origin} as _file, rowid + 1 as _line, to_json(_rules)::VARCHAR as _rules, _row
     from judged where not (${admissible(contract)})`;
}

/** How many judged rows broke each rule, those that went in under `warn` too. */
export async function brokenRows(session: Session): Promise<Map<string, number>> {
  const counts = await session.rows<{ rule: string; n: number }>(
    'select rule, count(*) as n from (select unnest(_rules) as rule from judged) group by rule order by rule',
  );
  return new Map(counts.map(({ rule, n }) => [rule, n]));
}

/** Rows of one event time stay together, so that files can be skipped by it. */
export function orderBy(contract: ContractSpec): string {
  const columns = [contract.eventTime, ...contract.key].filter((name) => name !== undefined);
  return columns.length === 0 ? '' : ` order by ${columns.map(quoteName).join(', ')}`;
}
