import { type Json, MillraceError } from '../../base/index.ts';
import type { CheckContext, ColumnRef, Lineage, Node } from '../../graph/index.ts';
import {
  type ColumnSpec,
  type ContractSpec,
  contractOfInput,
  keepingOut,
  mayKeepOut,
  refusesNull,
} from '../contract/index.ts';
import type { QueryColumn, QueryLineage } from './lineage/index.ts';
import { type TableBody, usesOf } from './spec.ts';
import { keptStudy, studyTable, type TableStudy } from './study.ts';

/** How a table's columns come from those of its inputs: by its query, and by the contract that its rows must keep. */
export async function tableLineage(node: Node<TableBody>, context: CheckContext): Promise<Lineage> {
  const study = keptStudy(node, context) ?? (await studied(node, context));
  const query = study?.lineage ?? undefined;
  if (study === undefined || query === undefined) return unknown(node);
  const { contract, incremental, history } = node.body;
  // Which periods there are follows from every column of every run's rows.
  if (history !== undefined) return unknown(node);
  const inputOf = (input: string): ContractSpec => contractOfInput(context.graph, input);
  const made = new Map(
    contract.columns.map((column) => {
      const i = study.found.findIndex(({ name }) => name === column.name);
      return [column.name, query.columns[i]] as const;
    }),
  );
  if ([...made.values()].includes(undefined)) return unknown(node);
  const madeOf = (column: ColumnSpec): QueryColumn => made.get(column.name) as QueryColumn;
  const sure = (column: ColumnSpec): boolean => isSure(contract, column, madeOf(column), inputOf);
  const doubtful = contract.columns.filter((column) => mayKeepOut(contract, column) && !sure(column));
  const ordered = isUnique(contract, study, query, inputOf) ? [] : query.columns;
  // A rule about a row as a whole may look at any column.
  const judged = contract.rowRules === undefined ? doubtful.map(madeOf) : contract.columns.map(madeOf);
  const deciding = [...judged, ...ordered];
  const references = contract.columns.flatMap(({ rules }) =>
    rules.flatMap((rule): ColumnRef[] =>
      rule.rule === 'references' ? [{ input: rule.dataset, column: rule.column, as: ['filter'] }] : [],
    ),
  );
  return {
    rows: {
      by: [query.rowsBy, deciding.map(({ by }) => by), keepingOut(contract, sure), incremental ?? null],
      from: distinct([
        ...query.rows,
        ...timesWithin(node, inputOf),
        ...references,
        ...deciding.flatMap(({ direct, indirect }) => [...direct, ...indirect]),
      ]),
    },
    columns: Object.fromEntries(
      contract.columns.map((column) => {
        const { by, direct, indirect, ...made } = madeOf(column);
        const how = isSame(column, made.identity, inputOf) ? 'identity' : made.how;
        return [
          column.name,
          { by: [by, column.type], direct, indirect, ...(how === undefined ? {} : { how }) },
        ];
      }),
    ),
    // Rows that are set aside are kept with all columns of the query.
    aside: distinct(query.columns.flatMap(({ direct, indirect }) => [...direct, ...indirect])),
  };
}

/** The event times by which rows are told to be in the interval that is built. */
function timesWithin({ body }: Node<TableBody>, inputOf: (input: string) => ContractSpec): ColumnRef[] {
  return usesOf(body.query).flatMap(({ dataset, within }) =>
    within === undefined ? [] : [{ input: dataset, column: inputOf(dataset).eventTime ?? null }],
  );
}

async function studied(node: Node<TableBody>, context: CheckContext): Promise<TableStudy | undefined> {
  try {
    return await studyTable(node, context);
  } catch (error) {
    // A query that does not prepare is the check's affair. What fails for a passing reason may not: the table would count as changed.
    if (error instanceof MillraceError && error.code === 'MILL_SQL_FAILED' && !error.problems[0]?.retry)
      return undefined;
    throw error;
  }
}

/** Everything from everything. */
function unknown({ body, inputs }: Node<TableBody>): Lineage {
  const direct = inputs.map((input) => ({ input, column: null }));
  const columns = body.contract.columns.map(({ name }) => [name, { by: null, direct, indirect: [] }]);
  return {
    rows: { by: { ...body, partitionBy: undefined } as unknown as Json, from: direct },
    columns: Object.fromEntries(columns),
  };
}

/** Whether a column is one of an input as it is, and that input's contract promises no less: then it keeps no row out. */
function isSure(
  contract: ContractSpec,
  column: ColumnSpec,
  { identity }: QueryColumn,
  inputOf: (input: string) => ContractSpec,
): boolean {
  if (identity === undefined) return false;
  const input = inputOf(identity.input);
  const known = input.columns.find(({ name }) => name === identity.column);
  if (known === undefined || known.type !== column.type || column.rules.length > 0) return false;
  const isTime = ({ eventTime, availableAt }: ContractSpec, name: string): boolean =>
    name === eventTime || name === availableAt;
  if (isTime(contract, column.name) && !isTime(input, known.name)) return false;
  return !refusesNull(contract, column) || (refusesNull(input, known) && !identity.mayMiss);
}

/** Whether a column has the very values of a column of an input, in the same type. */
function isSame(
  { type }: ColumnSpec,
  identity: QueryColumn['identity'],
  inputOf: (input: string) => ContractSpec,
): boolean {
  if (identity === undefined) return false;
  return inputOf(identity.input).columns.some(
    (column) => column.name === identity.column && column.type === type,
  );
}

/** Whether no two rows of the result can have the same key. Otherwise which of them stays depends on all that the query gives. */
function isUnique(
  contract: ContractSpec,
  { found }: TableStudy,
  { columns, grouped, single, lookups }: QueryLineage,
  inputOf: (input: string) => ContractSpec,
): boolean {
  const { key, onBreach } = contract;
  if (key.length === 0 || onBreach === 'block') return true;
  const at = (name: string): number => found.findIndex((column) => column.name === name);
  const asDeclared = key.every(
    (name) => found[at(name)]?.type === contract.columns.find((column) => column.name === name)?.type,
  );
  if (!asDeclared) return false;
  const keyed = new Set(key.map((name) => name.toLowerCase()));
  if (grouped?.every((name) => keyed.has(name))) return true;
  if (single === null) return false;
  // What is looked up beside it must be found once at most.
  if (!lookups.every(({ input, by }) => isKeyed(inputOf(input), by))) return false;
  const input = inputOf(single);
  const passed = new Set(key.map((name) => columns[at(name)]?.identity?.column));
  return isKeyed(input, [...passed]);
}

/** Whether rows of a dataset that agree in these columns are one and the same row. */
function isKeyed({ key, onBreach }: ContractSpec, by: readonly (string | undefined)[]): boolean {
  return key.length > 0 && onBreach !== 'warn' && key.every((name) => by.includes(name));
}

/** Each column once, with everything that it decides by. */
function distinct(refs: readonly ColumnRef[]): ColumnRef[] {
  const found = new Map<string, ColumnRef>();
  for (const { input, column, as = [] } of refs) {
    const key = JSON.stringify([input, column]);
    const all = [...new Set([...(found.get(key)?.as ?? []), ...as])];
    found.set(key, { input, column, ...(all.length === 0 ? {} : { as: all }) });
  }
  return [...found.values()];
}
