import { isTree, listOf, type Tree, type TreeValue, textOf, treesOf } from './query-tree.ts';
import {
  type ColumnMade,
  NotUnderstood,
  type Refs,
  resolve,
  type Scope,
  type Shape,
  union,
} from './scope.ts';

/** Lays out a query inside an expression; given, so that the two files need not import each other. */
export type QueryReader = (node: Tree, outer: Scope) => Shape;

/** Members of an expression that say which rows take part, or in what order: not what the value is made of. */
const aside = new Set(['filter', 'filter_expr', 'partitions', 'orders', 'arg_orders', 'order_bys']);

/** Functions that give a row many times over, or not at all: what they look at decides which rows there are. */
const multiplying = new Set([
  'unnest',
  'unlist',
  'generate_subscripts',
  'regexp_split_to_table',
  'generate_series',
  'range',
]);

/** What an expression is made of. Members that we do not know are looked through all the same. */
export function expressionRefs(
  expression: TreeValue | undefined,
  scope: Scope,
  query: QueryReader,
): Pick<ColumnMade, 'direct' | 'indirect' | 'how'> {
  const direct = new Set<string>();
  const indirect = new Set<string>();
  let aggregated = isAggregate(expression);
  let sure = !mayAggregate(expression);
  const take = (columns: readonly ColumnMade[], into: Set<string>): void => {
    for (const column of columns) {
      if (column.how === 'aggregation') aggregated = true;
      if (column.how === undefined && column.identity === undefined) sure = false;
      for (const ref of column.direct) into.add(ref);
      for (const ref of column.indirect) indirect.add(ref);
    }
  };
  const visit = (value: TreeValue | undefined, at: Scope, into: Set<string>): void => {
    if (Array.isArray(value)) for (const item of listOf(value)) visit(item, at, into);
    if (!isTree(value)) return;
    switch (value['class']) {
      case 'COLUMN_REF':
        take(resolve(namesOf(value), at), into);
        return;
      case 'STAR':
        take(everyColumn(at), into);
        break;
      case 'POSITIONAL_REFERENCE':
        take(everyColumn(at), into);
        return;
      case 'SUBQUERY': {
        const inner = (value['subquery'] as Tree | undefined)?.['node'];
        if (!isTree(inner)) throw new NotUnderstood('a sub-query');
        const { columns, rows } = query(inner, at);
        take(columns, into);
        for (const ref of rows.keys()) indirect.add(ref);
        visit(value['child'], at, into);
        return;
      }
      case 'LAMBDA': {
        // `x -> x + 1`; but `j -> '$.a'`, which takes a member of a column, has this form too.
        const names = refsIn(value['lhs']).map((name) => name.toLowerCase());
        const inside: Scope = { ...at, bound: new Set([...at.bound, ...names]) };
        visit(value['lhs'], inside, into);
        visit(value['expr'], inside, into);
        return;
      }
    }
    if (textOf(value['type']).endsWith('_NODE')) throw new NotUnderstood(textOf(value['type']));
    for (const [member, inner] of Object.entries(value)) {
      if (member === 'value' && value['class'] === 'CONSTANT') continue;
      visit(inner, at, aside.has(member) ? indirect : into);
    }
  };
  visit(expression, scope, direct);
  const how = aggregated ? 'aggregation' : sure ? 'transformation' : undefined;
  return { direct, indirect, ...(how === undefined ? {} : { how }) };
}

export const namesOf = (reference: Tree): string[] => listOf(reference['column_names']).map((n) => String(n));

const everyColumn = ({ relations, parent }: Scope): ColumnMade[] => {
  const columns = relations.flatMap((relation) => [
    ...relation.columns,
    ...(relation.open ? [{ name: undefined, direct: relation.open, indirect: new Set<string>() }] : []),
  ]);
  return columns.length > 0 || parent === undefined ? columns : everyColumn(parent);
};

function refsIn(value: TreeValue | undefined): string[] {
  if (!isTree(value)) return listOf(value).flatMap(refsIn);
  if (value['class'] === 'COLUMN_REF') return namesOf(value).slice(0, 1);
  return Object.values(value).flatMap(refsIn);
}

/** Whether an expression calls a function among these, outside sub-queries. */
function calls(value: TreeValue | undefined, names: ReadonlySet<string>): boolean {
  if (!isTree(value)) return listOf(value).some((item) => calls(item, names));
  if (value['class'] === 'SUBQUERY') return false;
  if (value['class'] === 'FUNCTION' && names.has(textOf(value['function_name']).toLowerCase())) return true;
  return Object.values(value).some((inner) => calls(inner, names));
}

export const multipliesRows = (expression: Tree): boolean => calls(expression, multiplying);

/** Aggregates that are sure to be ones: `group by all` groups by every item without an aggregate. An item with another is taken for a group. */
const aggregates = new Set(
  'any_value arg_max arg_min avg bool_and bool_or count count_if count_star first last list max mean median min mode quantile_cont stddev sum var_pop variance'.split(
    ' ',
  ),
);

export const isAggregate = (expression: TreeValue | undefined): boolean => calls(expression, aggregates);

/** All that an expression looks at. */
export function allRefs(expression: TreeValue | undefined, scope: Scope, query: QueryReader): Refs {
  const { direct, indirect } = expressionRefs(expression, scope, query);
  return union(direct, indirect);
}

/** The expressions of `order by`. */
export const ordersOf = (value: TreeValue | undefined): Tree[] =>
  treesOf(value).flatMap((order) => {
    const expression = order['expression'];
    if (!isTree(expression)) throw new NotUnderstood('an order');
    return [expression];
  });

/** Functions that are sure to be none. */
const scalars = new Set(
  'abs ceil coalesce concat date_diff date_part date_trunc day epoch_us extract floor format greatest hour if ifnull least left length ln lower ltrim md5 minute month nullif regexp_matches regexp_replace replace right round rtrim sqrt strftime strptime substr substring trim upper year'.split(
    ' ',
  ),
);

/** Whether an expression could hold an aggregate: calls anything that is not sure to be none, outside sub-queries. */
export function mayAggregate(value: TreeValue | undefined): boolean {
  if (!isTree(value)) return listOf(value).some(mayAggregate);
  if (value['class'] === 'SUBQUERY') return false;
  const name = textOf(value['function_name']).toLowerCase();
  if (value['class'] === 'FUNCTION' && value['is_operator'] !== true && !scalars.has(name)) return true;
  return Object.values(value).some((inner) => mayAggregate(inner));
}
