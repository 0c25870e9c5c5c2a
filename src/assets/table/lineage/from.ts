import { allRefs, expressionRefs, type QueryReader } from './expression.ts';
import { isTree, listOf, type Tree, textOf, treesOf } from './query-tree.ts';
import {
  type ColumnMade,
  cteOf,
  deciding,
  everythingOf,
  keyOf,
  NotUnderstood,
  noRows,
  type Refs,
  type Relation,
  type Rows,
  relationOf,
  renamed,
  type Scope,
  same,
  together,
  union,
} from './scope.ts';

/** The columns of each input, by its name. */
export type Inputs = ReadonlyMap<string, readonly string[]>;

/** What a FROM brings: relations, what `*` gives, and what decides which rows there are. */
export interface From {
  readonly relations: readonly Relation[];
  readonly star: readonly ColumnMade[];
  readonly rows: Rows;
}

/** Table functions that read nothing but their arguments, and give one column. */
const plainFunctions = new Set(['unnest', 'range', 'generate_series']);

const none: Refs = new Set();

/** Lays out what stands in a FROM. `scope` is the query around it, with what stands to the left. */
export function readFrom(ref: Tree, scope: Scope, inputs: Inputs, query: QueryReader): From {
  const names = listOf(ref['column_name_alias']).map((name) => String(name));
  const single = (alias: string, columns: readonly ColumnMade[], rows: Rows): From => {
    const relation = relationOf(alias, renamed(columns, names));
    return { relations: [relation], star: relation.columns, rows };
  };
  const alias = textOf(ref['alias']);
  switch (ref['type']) {
    case 'EMPTY':
      return { relations: [], star: [], rows: noRows };
    case 'BASE_TABLE': {
      if (ref['schema_name'] || ref['catalog_name'] || ref['at_clause'])
        throw new NotUnderstood('a table of another schema');
      const table = textOf(ref['table_name']);
      const cte = cteOf(scope, table);
      if (cte) return single(alias || table, cte.columns, cte.rows);
      const input = [...inputs.keys()].find((name) => same(name, table));
      if (input === undefined) throw new NotUnderstood(`the table ${table}`);
      const columns = (inputs.get(input) ?? []).map((name) => ({
        name,
        direct: new Set([keyOf(input, name)]),
        indirect: none,
        identity: keyOf(input, name),
      }));
      return single(alias || table, columns, noRows);
    }
    case 'SUBQUERY': {
      const inner = (ref['subquery'] as Tree | undefined)?.['node'];
      if (!isTree(inner)) throw new NotUnderstood('a sub-query');
      const { columns, rows } = query(inner, scope);
      return single(alias || 'unnamed_subquery', columns, rows);
    }
    case 'EXPRESSION_LIST': {
      const rows = listOf(ref['values']).map((row) => listOf(row));
      const width = rows[0]?.length ?? 0;
      const columns = Array.from({ length: width }, (_, i) => ({
        name: `col${i}`,
        ...expressionRefs(
          rows.map((row) => row[i] ?? null),
          scope,
          query,
        ),
      }));
      return single(alias || 'valueslist', columns, noRows);
    }
    case 'TABLE_FUNCTION': {
      const call = ref['function'] as Tree | undefined;
      const name = textOf(call?.['function_name']).toLowerCase();
      if (!plainFunctions.has(name) || ref['with_ordinality'])
        throw new NotUnderstood(`the function ${name}`);
      if (name === 'unnest' && listOf(call?.['children']).length !== 1)
        throw new NotUnderstood('unnest with options');
      const { direct, indirect } = expressionRefs(call?.['children'], scope, query);
      const open = union(direct, indirect);
      const made = single(alias || name, [{ name, direct, indirect }], deciding(undefined, open));
      // A list of structs may come apart into their members.
      return { ...made, relations: made.relations.map((relation) => ({ ...relation, open })) };
    }
    case 'JOIN':
      return readJoin(ref, scope, inputs, query);
    default:
      throw new NotUnderstood(`a ${String(ref['type'])} in FROM`);
  }
}

function readJoin(ref: Tree, scope: Scope, inputs: Inputs, query: QueryReader): From {
  const { left, right } = ref;
  if (!isTree(left) || !isTree(right)) throw new NotUnderstood('a join');
  const kind = textOf(ref['ref_type']);
  // Which row meets which depends on the order of rows there.
  if (!['REGULAR', 'NATURAL', 'CROSS', 'ASOF', ''].includes(kind)) throw new NotUnderstood(`a ${kind} join`);
  const type = textOf(ref['join_type']);
  const missing = (from: From, may: boolean): From => (may ? outer(from) : from);
  const a = missing(readFrom(left, scope, inputs, query), !['INNER', 'LEFT', 'SEMI', 'ANTI'].includes(type));
  // What stands to the right may look at what stands to the left.
  const b = missing(
    readFrom(
      right,
      { ...scope, relations: a.relations, aliases: new Map(), ctes: new Map(), parent: scope },
      inputs,
      query,
    ),
    !['INNER', 'RIGHT', 'SEMI', 'ANTI'].includes(type),
  );
  const relations = [...a.relations, ...b.relations];
  const has = (columns: readonly ColumnMade[], name: string): boolean =>
    columns.some((column) => same(column.name, name));
  if (kind === 'NATURAL' && relations.some(({ open }) => open !== undefined))
    throw new NotUnderstood('a natural join of columns that are not known');
  const shared =
    kind === 'NATURAL'
      ? a.star.flatMap(({ name }) => (name !== undefined && has(b.star, name) ? [name] : []))
      : listOf(ref['using_columns']).map((name) => String(name));
  const merged = shared.map((name) => {
    const both = [...a.star, ...b.star].filter((column) => same(column.name, name));
    if (both.length < 2) throw new NotUnderstood(`the shared column ${name}`);
    return {
      name,
      direct: union(...both.map((c) => c.direct)),
      indirect: union(...both.map((c) => c.indirect)),
    };
  });
  const condition = allRefs(ref['condition'], { ...scope, relations, parent: scope }, query);
  const rows = together(a.rows, b.rows, deciding('join', union(everythingOf(merged), condition)));
  const semi = type === 'SEMI' || type === 'ANTI';
  const isShared = (name: string | undefined): boolean => shared.some((item) => same(item, name));
  const star = [
    ...a.star.map((column) => merged.find(({ name }) => same(name, column.name)) ?? column),
    ...(semi ? [] : b.star.filter(({ name }) => !isShared(name))),
  ];
  return { relations: semi ? a.relations : relations, star, rows };
}

/** The side of an outer join that may be missing. */
function outer({ relations, star, rows }: From): From {
  const may = (column: ColumnMade): ColumnMade => ({ ...column, mayMiss: true });
  return {
    rows,
    star: star.map(may),
    relations: relations.map((relation) => ({ ...relation, columns: relation.columns.map(may) })),
  };
}

/** The columns of `*` or `t.*`, with EXCLUDE, REPLACE and RENAME. */
export function readStar(star: Tree, from: From, scope: Scope, query: QueryReader): ColumnMade[] {
  for (const member of Object.keys(star))
    if (!starMembers.has(member)) throw new NotUnderstood(`* with ${member}`);
  const name = textOf(star['relation_name']);
  const of = from.relations.filter(({ alias }) => same(alias, name));
  if (name !== '' && of.length !== 1) throw new NotUnderstood(`${name}.*`);
  const columns = name === '' ? from.star : (of[0] as Relation).columns;
  const left = new Set(listOf(star['exclude_list']).map((item) => String(item).toLowerCase()));
  const replaced = new Map(
    treesOf(star['replace_list']).map((item) => [textOf(item['key']).toLowerCase(), item['value']]),
  );
  return columns
    .filter((column) => !left.has(column.name?.toLowerCase() ?? ''))
    .map((column) => {
      const other = replaced.get(column.name?.toLowerCase() ?? '');
      if (other === undefined) return column;
      return { name: column.name, ...expressionRefs(other, scope, query) };
    });
}

const starMembers = new Set([
  'class',
  'type',
  'relation_name',
  'exclude_list',
  'replace_list',
  'query_location',
]);
