import { allRefs, expressionRefs, isAggregate, multipliesRows, namesOf, ordersOf } from './expression.ts';
import { type Inputs, readFrom, readStar } from './from.ts';
import { partsOf } from './parts.ts';
import { isTree, listOf, type Tree, type TreeValue, textOf, treesOf } from './query-tree.ts';
import {
  type ColumnMade,
  type Deciding,
  deciding,
  emptyScope,
  everythingOf,
  NotUnderstood,
  noRows,
  type Refs,
  type Rows,
  relationOf,
  renamed,
  resolve,
  type Scope,
  type Shape,
  same,
  together,
  union,
} from './scope.ts';

export type { Inputs } from './from.ts';

/** A column of an input. */
export interface InputColumn {
  readonly input: string;
  readonly column: string;
}

/** A column of a query's result: what its values are made of, and what else decides them. */
export interface QueryColumn {
  /** Undefined where the engine makes up a name. */
  readonly name: string | undefined;
  readonly direct: readonly InputColumn[];
  readonly indirect: readonly InputColumn[];
  /** The one column whose value it is, unchanged (or null, where an outer join finds nothing). */
  readonly identity?: InputColumn & {
    /** Whether it may be null where the input is not. */
    readonly mayMiss: boolean;
  };
  readonly how?: 'aggregation' | 'transformation';
  /** A print of the part of the query that can change it. */
  readonly by: string;
}

/** Where the result of a query comes from. Never less than the truth, sometimes more. */
export interface QueryLineage {
  readonly columns: readonly QueryColumn[];
  /** What decides which rows there are and in what order: filter, join, group, order, distinct, limit; and how, where that is sure. */
  readonly rows: readonly (InputColumn & { readonly as: readonly Deciding[] })[];
  /** A print of the part of the query that decides that. */
  readonly rowsBy: string;
  /** Columns of the result that no two rows share all of, because the query groups by them. */
  readonly grouped: readonly string[] | null;
  /** The one input of which each row gives one row at most, if each of `lookups` finds one row at most. */
  readonly single: string | null;
  /** Inputs joined to it, and the columns by which a row of them is found. */
  readonly lookups: readonly { readonly input: string; readonly by: readonly string[] }[];
}

/**
 * Where the columns of a query come from, by the engine's parse tree and the columns of the inputs. Pure. Undefined when the query holds
 * something that is not understood: then everything may depend on everything.
 */
export function queryLineage(tree: Tree, inputs: Inputs): QueryLineage | undefined {
  const read = (node: Tree, outer: Scope): Shape => readQuery(node, outer, inputs, read);
  try {
    const { columns, rows } = read(tree, emptyScope);
    const parts = partsOf(tree);
    return {
      columns: columns.map(({ name, direct, indirect, identity, mayMiss = false, how, item }) => ({
        name,
        direct: columnsOf(direct),
        indirect: columnsOf(new Set([...indirect].filter((ref) => !direct.has(ref)))),
        ...(identity === undefined ? {} : { identity: { ...columnOf(identity), mayMiss } }),
        ...(how === undefined ? {} : { how }),
        by: parts.columnBy(item, name),
      })),
      rows: [...rows.keys()]
        .sort()
        .map((ref) => ({ ...columnOf(ref), as: [...(rows.get(ref) ?? [])].sort() })),
      rowsBy: parts.rowsBy,
      grouped: parts.grouped,
      single: known(inputs, parts.single?.table) ?? null,
      lookups: (parts.single?.lookups ?? []).map(({ table, by }) => ({
        input: known(inputs, table) ?? table,
        by,
      })),
    };
  } catch (error) {
    if (error instanceof NotUnderstood) return undefined;
    throw error;
  }
}

function known(inputs: Inputs, table: string | undefined): string | undefined {
  return [...inputs.keys()].find((input) => same(input, table));
}

function columnsOf(refs: Refs): InputColumn[] {
  return [...refs].sort().map(columnOf);
}

function columnOf(ref: string): InputColumn {
  const [input, column] = JSON.parse(ref) as [string, string];
  return { input, column };
}

type Read = (node: Tree, outer: Scope) => Shape;

function readQuery(node: Tree, outer: Scope, inputs: Inputs, read: Read): Shape {
  const scope = withCtes(node, { ...emptyScope, parent: outer }, read);
  switch (node['type']) {
    case 'SELECT_NODE':
      return readSelect(node, scope, inputs, read);
    case 'SET_OPERATION_NODE':
      return readSetOperation(node, scope, read);
    default:
      throw new NotUnderstood(`a ${String(node['type'])}`);
  }
}

/** The query's own common table expressions, each seeing those before it. */
function withCtes(node: Tree, scope: Scope, read: Read): Scope {
  const map = node['cte_map'];
  if (map === undefined) return scope;
  const ctes = new Map(scope.ctes);
  for (const entry of treesOf((map as Tree)['map'])) {
    const name = textOf(entry['key']).toLowerCase();
    const value = entry['value'] as Tree;
    const body = (value['query'] as Tree | undefined)?.['node'];
    if (!isTree(body) || listOf(value['key_targets']).length > 0)
      throw new NotUnderstood('a common table expression');
    const around: Scope = { ...scope, ctes: new Map(ctes) };
    const shape =
      body['type'] === 'RECURSIVE_CTE_NODE' ? readRecursive(body, name, around, read) : read(body, around);
    const names = (value['aliases'] as readonly TreeValue[] | undefined)?.map((item) => String(item)) ?? [];
    ctes.set(name, { rows: shape.rows, columns: renamed(shape.columns, names) });
  }
  return { ...scope, ctes };
}

/** Every round may mix every column into every other, so each is taken to come from all. */
function readRecursive(node: Tree, name: string, scope: Scope, read: Read): Shape {
  const { left, right } = node;
  if (!isTree(left) || !isTree(right)) throw new NotUnderstood('a recursive query');
  const start = read(left, scope);
  const self: Shape = { ...start, rows: noRows };
  const step = read(right, { ...scope, ctes: new Map([...scope.ctes, [name, self]]) });
  const all = deciding(undefined, everythingOf([...start.columns, ...step.columns]));
  const rows = together(start.rows, step.rows, all);
  const indirect = new Set(rows.keys());
  return {
    rows,
    columns: start.columns.map(({ name, direct }) => ({ name, direct, indirect })),
  };
}

function readSelect(node: Tree, outer: Scope, inputs: Inputs, read: Read): Shape {
  const table = node['from_table'];
  if (!isTree(table)) throw new NotUnderstood('a query without FROM');
  const from = readFrom(table, outer, inputs, read);
  const items: { tree: Tree; columns: readonly ColumnMade[] }[] = [];
  const aliases = new Map<string, ColumnMade>();
  const scope: Scope = { ...outer, relations: from.relations, aliases };
  for (const tree of treesOf(node['select_list'])) {
    if (tree['class'] === 'STAR') {
      items.push({ tree, columns: readStar(tree, from, scope, read) });
      continue;
    }
    const alias = textOf(tree['alias']);
    const name = alias || (tree['class'] === 'COLUMN_REF' ? namesOf(tree).at(-1) : undefined);
    const column = { name, ...expressionRefs(tree, scope, read), ...identityOf(tree, scope) };
    items.push({ tree, columns: [column] });
    if (name !== undefined) aliases.set(name.toLowerCase(), merge(aliases.get(name.toLowerCase()), column));
  }
  // A row of ROLLUP has nulls in place of the columns that it does not group by.
  const rollup = listOf(node['group_sets']).length > 1;
  const columns = items.flatMap((made, item) =>
    made.columns.map((column) => ({ ...column, item, ...(rollup ? { mayMiss: true } : {}) })),
  );
  const rows: Rows[] = [from.rows];
  const by = (how: Deciding | undefined, refs: Refs): unknown => rows.push(deciding(how, refs));
  for (const member of ['where_clause', 'having', 'qualify'])
    by('filter', allRefs(node[member], scope, read));
  for (const group of treesOf(node['group_expressions'])) by('group_by', placed(group, columns, scope, read));
  if (node['aggregate_handling'] === 'FORCE_AGGREGATES')
    for (const item of items) if (!isAggregate(item.tree)) by('group_by', everythingOf(item.columns));
  for (const item of items) if (multipliesRows(item.tree)) by(undefined, everythingOf(item.columns));
  return { columns, rows: together(...rows, readModifiers(node, columns, scope, read)) };
}

function identityOf(tree: Tree, scope: Scope): { identity: string; mayMiss: boolean } | undefined {
  if (tree['class'] !== 'COLUMN_REF') return undefined;
  const [only, other] = resolve(namesOf(tree), scope);
  if (other !== undefined || only?.identity === undefined) return undefined;
  return { identity: only.identity, mayMiss: only.mayMiss ?? false };
}

/** Two items of one name: either may be meant. */
function merge(a: ColumnMade | undefined, b: ColumnMade): ColumnMade {
  if (a === undefined) return b;
  return { name: b.name, direct: union(a.direct, b.direct), indirect: union(a.indirect, b.indirect) };
}

function readSetOperation(node: Tree, outer: Scope, read: Read): Shape {
  const { left, right } = node;
  if (!isTree(left) || !isTree(right)) throw new NotUnderstood('a set operation');
  const a = read(left, outer);
  const b = read(right, outer);
  const type = textOf(node['setop_type']);
  const byName = type === 'UNION_BY_NAME';
  if (!byName && a.columns.length !== b.columns.length) throw new NotUnderstood('sides of different width');
  const columns = byName ? pairedByName(a, b) : a.columns.map((column, i) => pair(column, b.columns[i]));
  const plain = (byName || type === 'UNION') && node['setop_all'] !== false;
  const compared = plain ? noRows : deciding(undefined, everythingOf([...a.columns, ...b.columns]));
  const scope: Scope = { ...outer, relations: [relationOf('', columns)] };
  return { columns, rows: together(a.rows, b.rows, compared, readModifiers(node, columns, scope, read)) };
}

function pair(a: ColumnMade, b: ColumnMade | undefined): ColumnMade {
  if (b === undefined) return a;
  return { name: a.name, direct: union(a.direct, b.direct), indirect: union(a.indirect, b.indirect) };
}

function pairedByName(a: Shape, b: Shape): ColumnMade[] {
  if ([...a.columns, ...b.columns].some(({ name }) => name === undefined))
    throw new NotUnderstood('a union by names that the engine makes up');
  const key = ({ name }: ColumnMade): string => (name as string).toLowerCase();
  const right = new Map(b.columns.map((column) => [key(column), column]));
  const left = new Set(a.columns.map(key));
  // Where one side has no such column, its rows have a null there.
  const alone = (column: ColumnMade): ColumnMade => ({ ...column, mayMiss: true });
  return [
    ...a.columns.map((column) => {
      const other = right.get(key(column));
      return other === undefined ? alone(column) : pair(column, other);
    }),
    ...b.columns.filter((column) => !left.has(key(column))).map(alone),
  ];
}

/** What ORDER BY, LIMIT and DISTINCT look at. */
function readModifiers(node: Tree, columns: readonly ColumnMade[], scope: Scope, read: Read): Rows {
  const rows: Rows[] = [];
  const by = (how: Deciding, refs: Refs): unknown => rows.push(deciding(how, refs));
  for (const modifier of treesOf(node['modifiers'])) {
    switch (modifier['type']) {
      case 'ORDER_MODIFIER':
        for (const order of ordersOf(modifier['orders'])) by('sort', placed(order, columns, scope, read));
        break;
      case 'LIMIT_MODIFIER':
      case 'LIMIT_PERCENT_MODIFIER':
        by('filter', allRefs(modifier['limit'], scope, read));
        by('filter', allRefs(modifier['offset'], scope, read));
        break;
      // Rows that are alike become one, as if they were grouped.
      case 'DISTINCT_MODIFIER': {
        const targets = treesOf(modifier['distinct_on_targets']);
        if (targets.length === 0) by('group_by', everythingOf(columns));
        for (const target of targets) by('group_by', placed(target, columns, scope, read));
        break;
      }
      default:
        throw new NotUnderstood(`a ${String(modifier['type'])}`);
    }
  }
  return together(...rows);
}

/** An expression where a number means a column by its place, and `*` all of them. */
function placed(expression: Tree, columns: readonly ColumnMade[], scope: Scope, read: Read): Refs {
  if (expression['class'] === 'CONSTANT') {
    const { value } = (expression['value'] ?? {}) as Tree;
    const column = typeof value === 'number' ? columns[value - 1] : undefined;
    return column === undefined ? everythingOf(columns) : everythingOf([column]);
  }
  if (expression['class'] === 'STAR') return everythingOf(columns);
  return allRefs(expression, scope, read);
}
