import { type ColumnDef, type Instant, type Interval, quoteName } from '../../../base/index.ts';
import type { Session } from '../../../engine/index.ts';
import type { Graph, Node } from '../../../graph/index.ts';
import { admissible, type ContractSpec, contractOfInput, prepareReferences } from '../../contract/index.ts';
import { ofRows, periodsSql } from '../history/index.ts';
import { ownRows, rowsOf, type Seen } from '../incremental/index.ts';
import { goodRows, judge } from '../judge.ts';
import { type HistorySpec, renderQuery, type TableBody, usesOf, VALID_TO } from '../spec.ts';
import type { Fixture, UnitTest } from './declare.ts';
import { invalid, loadFixture } from './fixture-table.ts';

/** What came of a unit test; rows as JSON, of each sort twenty at most. */
export interface UnitTestResult {
  readonly passed: boolean;
  /** Rows that were expected and did not come. */
  readonly missing: readonly string[];
  /** Rows that came and were not expected. */
  readonly unexpected: readonly string[];
  /** The rows that were set aside, with the rules that they broke. */
  readonly setAside: readonly string[];
}

const MOST = 20;

/**
 * Runs a table's query over the rows of a test, as a build would, and compares. The session is the test's own.
 * @throws MILL_TEST_INVALID, MILL_SQL_FAILED
 */
export async function runUnitTest(session: Session, graph: Graph, test: UnitTest): Promise<UnitTestResult> {
  const { table, given, place } = test;
  const node = graph.nodes.get(table) as Node<TableBody> | undefined;
  if (node?.kind !== 'table') throw invalid(`'${table}' is no table of project '${graph.name}'`, place);
  const { contract, history } = node.body;
  const known = [...node.inputs, ...(history ? [table] : [])];
  for (const { dataset } of given)
    if (!known.includes(dataset))
      throw invalid(
        `it gives rows of '${dataset}', of which '${table}' is not built (it is built from ${known.join(', ')})`,
        place,
      );
  for (const input of node.inputs)
    await loadFixture(session, input, contractOfInput(graph, input).columns, rowsGiven(given, input), place);
  await prepareReferences(session, contract, quoteName);
  await judge(
    session,
    history ? ofRows({ contract, history }) : contract,
    await queryOf(session, graph, node),
  );
  const result = history
    ? await withHistory(session, { contract, history }, test)
    : `(${goodRows(contract)})`;
  return compared(session, contract.columns, result, contract, test);
}

const rowsGiven = (given: readonly Fixture[], dataset: string): Fixture => ({
  dataset,
  rows: given.filter((one) => one.dataset === dataset).flatMap(({ rows }) => rows),
});

/** An incremental table is built for all the event time that the rows have. */
async function queryOf(session: Session, graph: Graph, { body }: Node<TableBody>): Promise<string> {
  const { contract, incremental, query } = body;
  if (incremental === undefined) return renderQuery(query, quoteName);
  const driving = usesOf(query).flatMap(({ dataset, within }): Seen[] => {
    const { eventTime } = contractOfInput(graph, dataset);
    // The table behind the name: inside of the query the name stands for the rows of the interval.
    return within === undefined || eventTime === undefined
      ? []
      : [{ within, eventTime, rows: () => `temp.main.${quoteName(dataset)}` }];
  });
  const built = await spanOf(session, driving, incremental.every);
  return ownRows(`(${rowsOf(body, driving, built)})`, contract.eventTime as string);
}

async function spanOf(session: Session, driving: readonly Seen[], every: number): Promise<Interval[]> {
  const times = driving.map(
    ({ rows, eventTime, within }) =>
      `select epoch_us(min(${quoteName(eventTime)})) - ${within.after} as a, epoch_us(max(${quoteName(eventTime)})) + ${within.before} as b from ${rows({ from: 0, to: 0 })}`,
  );
  const [span] = await session.rows<{ a: Instant | null; b: Instant | null }>(
    `select min(a) as a, max(b) as b from (${times.join(' union all ')})`,
  );
  if (span === undefined || span.a === null || span.b === null) return [];
  const floor = (instant: Instant): Instant => Math.floor(instant / every) * every;
  return [{ from: floor(Number(span.a)), to: floor(Number(span.b)) + every }];
}

/** A relation of all periods there are after the look. */
async function withHistory(
  session: Session,
  body: { readonly contract: ContractSpec; readonly history: HistorySpec },
  { table, given, at, place }: UnitTest,
): Promise<string> {
  const { contract, history } = body;
  const rows = rowsGiven(given, table);
  await loadFixture(session, '_before', contract.columns, rows, place);
  const seen = at === undefined ? Date.now() : new Date(at).getTime();
  if (Number.isNaN(seen)) throw invalid(`'${String(at)}' is no instant`, place);
  const ended = `${quoteName(VALID_TO)} is not null`;
  await session.run(
    `create temp table periods as ${periodsSql({
      now: `(${goodRows(ofRows(body))})`,
      open: `(select *, rowid as _row_id from _before where not (${ended}))`,
      ended: `(select * from _before where ${ended})`,
      columns: ofRows(body).columns,
      history,
      seen: seen * 1000,
    })}`,
  );
  const names = contract.columns.map(({ name }) => quoteName(name)).join(', ');
  return `(select ${names} from _before where ${ended} union all select ${names} from periods where _change <> 'early')`;
}

async function compared(
  session: Session,
  columns: readonly ColumnDef[],
  result: string,
  contract: ContractSpec,
  { table, expect, setAside, place }: UnitTest,
): Promise<UnitTestResult> {
  const named = new Set(expect.flatMap((row) => Object.keys(row)));
  const wanted = named.size === 0 ? columns : columns.filter(({ name }) => named.has(name));
  await loadFixture(session, '_expected', wanted, { dataset: table, rows: expect }, place);
  const list = wanted.map(({ name, type }) =>
    // 0.1 + 0.2 is 0.3 to whoever writes a test.
    type === 'double'
      ? `case when ${quoteName(name)} is not null then printf('%.12g', ${quoteName(name)})::DOUBLE end as ${quoteName(name)}`
      : quoteName(name),
  );
  const [is, should] = [
    `(select ${list.join(', ')} from ${result})`,
    `(select ${list.join(', ')} from _expected)`,
  ];
  const only = async (a: string, b: string): Promise<string[]> => {
    const rows = await session.rows<{ row: string }>(
      `select to_json(r)::VARCHAR as row from (select * from ${a} except all select * from ${b}) r order by row limit ${MOST}`,
    );
    return rows.map(({ row }) => row);
  };
  const aside = await session.rows<{ row: string }>(
    `select _row || '  ' || array_to_string(_rules, '; ') as row from judged where not (${admissible(contract)}) order by row limit ${Math.max(MOST, setAside + 1)}`,
  );
  const [missing, unexpected] = [await only(should, is), await only(is, should)];
  const passed = missing.length === 0 && unexpected.length === 0 && aside.length === setAside;
  return { passed, missing, unexpected, setAside: aside.map(({ row }) => row) };
}
