import { bug } from '../../base/index.ts';
import type { ContractSpec } from './spec.ts';

/** The judged rows of one batch: a table with `v0`, `v1`, …, `_rules`, `_unfit`, and `order`, an expression that sorts by load and line (the table goes by `j` there). */
export interface JudgedTable {
  readonly name: string;
  readonly order: string;
}

/** Positions of the key's columns in the contract. */
export function keyColumns(contract: ContractSpec): number[] {
  return contract.key.map((name) => {
    const i = contract.columns.findIndex((column) => column.name === name);
    if (i < 0) throw bug(`The key '${name}' is not a column.`);
    return i;
  });
}

/** SQL: whether a judged row goes into the table, as far as its own cells say. */
export function admissible(_contract: ContractSpec): string {
  return 'not _unfit';
}

/**
 * SQL for the keys of a batch that more than one row claims: `k0`, `k1`, … and `taken`, whether a row of the table has it
 * already. `existing` are relations with columns `k0`, `k1`, …. Usually the answer is empty, and two hash tables wide. Where the
 * keys of the batch are known to be distinct, only those of the table are asked.
 */
export function contestedKeysSql(
  contract: ContractSpec,
  judged: Pick<JudgedTable, 'name'>,
  existing: readonly string[],
  distinct = false,
): string {
  const at = keyColumns(contract);
  const keys = at.map((i, k) => `v${i} as k${k}`).join(', ');
  const there = at.map((i) => `v${i} is not null`).join(' and ');
  const names = at.map((_, k) => `k${k}`).join(', ');
  const claims = `(select ${keys} from ${judged.name} where ${there})`;
  const twice = `select ${names}, false as taken from ${claims} group by ${names} having count(*) > 1`;
  const parts = distinct && existing.length > 0 ? [] : [twice];
  const each = distinct ? claims : `(select distinct ${names} from ${claims})`;
  for (const relation of existing)
    parts.push(`select ${names}, true as taken from ${each} semi join ${relation} using (${names})`);
  return `select ${names}, bool_or(taken) as taken from (${parts.join(' union all ')}) group by ${names}`;
}

/**
 * SQL: whether every row's key is above the key of the row before, `ok`, null for fewer than two rows. Keys that only rise are
 * distinct, which is then known for a sixth of the price of a hash table; much of what is delivered is written in the order of its key.
 */
export function risingKeysSql(contract: ContractSpec, relation: string): string {
  const rises = keyColumns(contract).reduceRight((rest, i) => {
    const before = `lag(v${i}) over ()`;
    return `(v${i} > ${before}${rest === '' ? '' : ` or (v${i} = ${before} and ${rest})`})`;
  }, '');
  return `select bool_and(rises) as ok from (select ${rises} as rises from ${relation})`;
}

/**
 * SQL for the rows (`_rid`, the row ids of the judged table) that break `key: duplicate`: the key is in the table already, or an
 * admitted row that comes first by load and line has it. A row that is set aside for another reason claims no key.
 */
export function duplicatesSql(contract: ContractSpec, judged: JudgedTable, contested: string): string {
  const at = keyColumns(contract);
  const match = at.map((i, k) => `j.v${i} = c.k${k}`).join(' and ');
  const names = at.map((_, k) => `c.k${k}`).join(', ');
  const values = at.map((i) => `v${i}`).join(', ');
  return (
    `with claims as (select j._rid, j._order, j._admissible, ${names}, c.taken ` +
    `from (select rowid as _rid, ${judged.order} as _order, ${admissible(contract)} as _admissible, ${values} from ${judged.name} j) j ` +
    `join ${contested} c on ${match}) ` +
    `select _rid from (select _rid, taken, _order, min(case when _admissible then _order end) over (partition by ${at.map((_, k) => `k${k}`).join(', ')}) as _first from claims) ` +
    'where taken or _order > _first'
  );
}
