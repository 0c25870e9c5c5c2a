import { type Json, MillraceError, nearest, type Problem, quoteName } from '../../base/index.ts';
import type { Session } from '../../engine/index.ts';
import type { CheckContext, Graph, NodeSpec } from '../../graph/index.ts';
import { checkPatterns } from './check.ts';
import { contractOf } from './dataset.ts';
import { expression } from './enforce.ts';
import type { ContractSpec } from './spec.ts';

/** Faults of a contract that show only beside other datasets, or when its patterns and SQL are prepared. Reads no data. */
export async function checkRules(
  node: NodeSpec,
  contract: ContractSpec,
  { graph, session }: CheckContext,
): Promise<Problem[]> {
  return [
    ...(await checkPatterns(node, contract, session)),
    ...checkReferences(node, contract, graph),
    ...(await checkSql(node, contract, session)),
  ];
}

function fault(node: NodeSpec, message: string, todo: string): Problem {
  const { name, place } = node;
  return { code: 'MILL_CONTRACT_INVALID', message, todo, owner: 'project', asset: name, place };
}

function checkReferences(node: NodeSpec, contract: ContractSpec, graph: Graph): Problem[] {
  const problems: Problem[] = [];
  for (const column of contract.columns)
    for (const rule of column.rules) {
      if (rule.rule !== 'references') continue;
      const other = graph.nodes.get(rule.dataset);
      const columns = other && contractOf(other)?.columns;
      // A dataset that is not in the project is told by the graph, as any missing input.
      if (columns === undefined) continue;
      const found = columns.find(({ name }) => name === rule.column);
      const said = `Column '${column.name}' refers to ${rule.dataset}.${rule.column}`;
      const near = nearest(
        rule.column,
        columns.map(({ name }) => name),
      );
      if (found === undefined)
        problems.push(
          fault(
            node,
            `${said}, which is not declared${near ? `; there is '${near}'` : ''}.`,
            'Name a column of that dataset.',
          ),
        );
      else if (found.type !== column.type)
        problems.push(
          fault(
            node,
            `${said}, but is ${column.type} where that is ${found.type}.`,
            'Declare both with the same type.',
          ),
        );
    }
  return problems;
}

async function checkSql(node: NodeSpec, contract: ContractSpec, session: Session): Promise<Problem[]> {
  const problems: Problem[] = [];
  const columns = contract.columns.map(({ name, type, nullable }, i) => ({
    id: i + 1,
    name,
    type,
    nullable,
  }));
  const empty = session.scan({
    id: 0,
    name: node.name,
    snapshot: 0,
    columns,
    files: [],
    rows: 0,
    bytes: 0,
  });
  for (const { name, sql } of contract.rowRules ?? []) {
    const why = await whyNot(session, sql, async () => {
      if ((await subqueries(session, sql)) > 0)
        return 'it has a subquery; a rule over a row sees that row alone';
      const [found] = await session.describe(`select try(${expression(sql)}) as ok from ${empty}`);
      if (found?.type !== 'boolean') return `it gives ${found?.type}, not boolean`;
      // Refuses aggregates and window functions, which WHERE cannot have.
      await session.describe(`select 1 as one from ${empty} where ${expression(sql)}`);
      return undefined;
    });
    if (why !== undefined)
      problems.push(
        fault(
          node,
          `The rule '${name}' does not prepare: ${why}.`,
          'Write one SQL expression over the columns of the row that is true for good rows.',
        ),
      );
  }
  for (const rule of contract.tableRules) {
    if (rule.rule !== 'sql') continue;
    const why = await whyNot(session, rule.sql, async () => {
      if (!rule.sql.includes('{table}')) return 'it does not read {table}';
      const sql = rule.sql.replaceAll('{table}', () => empty);
      const [found] = await session.describe(`select ${expression(sql)} as m0`);
      return NUMBERS.test(found?.type ?? '') ? undefined : `it gives ${found?.type}, not a number`;
    });
    if (why !== undefined)
      problems.push(
        fault(
          node,
          `The rule '${rule.name}' does not prepare: ${why}.`,
          'Write one query over {table} that gives one number.',
        ),
      );
  }
  return problems;
}

/** The engine's and our own names of types that are numbers. */
const NUMBERS = /^(double|integer|FLOAT|DECIMAL.*|U?(TINY|SMALL|BIG|HUGE)INT|U?INTEGER)$/;

/** Why SQL cannot be a rule's, in the engine's words or ours; undefined when it can. */
async function whyNot(
  session: Session,
  sql: string,
  more: () => Promise<string | undefined>,
): Promise<string | undefined> {
  try {
    if (!(await isOne(session, sql.replaceAll('{table}', quoteName('table')))))
      return 'it is not one expression';
    return await more();
  } catch (error) {
    if (!(error instanceof MillraceError)) throw error;
    return (error.problems[0]?.message ?? error.message).replace(/\.$/, '');
  }
}

interface Parsed {
  readonly error: boolean;
  readonly error_message?: string;
  readonly statements?: readonly { readonly node?: { select_list?: readonly Json[]; from_table?: Json } }[];
}

/** What the engine's parser makes of an expression in brackets. */
async function parsed(session: Session, sql: string): Promise<Parsed> {
  const [row] = await session.rows<{ tree: string }>('select json_serialize_sql(?::VARCHAR) as tree', [
    `select ${expression(sql)} as ok`,
  ]);
  return JSON.parse(row?.tree ?? '{"error":true}') as Parsed;
}

/** Whether the brackets around it hold: `1), (2` and `1) from t where (true` are SQL inside a select, and no expression. */
async function isOne(session: Session, sql: string): Promise<boolean> {
  const { error, error_message, statements } = await parsed(session, sql);
  if (error)
    throw new MillraceError({
      code: 'MILL_CONTRACT_INVALID',
      message: error_message ?? 'it cannot be parsed',
      todo: '',
      owner: 'project',
    });
  const node = statements?.[0]?.node;
  const from = node?.from_table as { type?: string } | undefined;
  return statements?.length === 1 && node?.select_list?.length === 1 && from?.type === 'EMPTY';
}

async function subqueries(session: Session, sql: string): Promise<number> {
  const count = (value: unknown): number => {
    if (value === null || typeof value !== 'object') return 0;
    const own = (value as { class?: string }).class === 'SUBQUERY' ? 1 : 0;
    return Object.values(value).reduce<number>((sum, inner) => sum + count(inner), own);
  };
  return count(await parsed(session, sql));
}
