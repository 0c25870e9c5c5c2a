import { fingerprint } from '../../../base/index.ts';
import { isAggregate, mayAggregate, multipliesRows, namesOf } from './expression.ts';
import { isTree, listOf, type Tree, type TreeValue, textOf, treesOf } from './query-tree.ts';

/** A query taken apart, so that an edit of one item of its select list is no edit of the others. */
export interface QueryParts {
  /** A print of what decides which rows there are. */
  readonly rowsBy: string;
  readonly grouped: readonly string[] | null;
  /** The first relation in FROM, when each of its rows gives one row at most, provided that the lookups beside it do. */
  readonly single: Single | undefined;
  /** A print of what can change a column: its item, and the items it names. */
  columnBy(item: number | undefined, name: string | undefined): string;
}

export function partsOf(tree: Tree): QueryParts {
  const whole = fingerprint(plain(tree));
  if (tree['type'] !== 'SELECT_NODE')
    return { rowsBy: whole, grouped: null, single: undefined, columnBy: () => whole };
  const items = treesOf(tree['select_list']);
  const { select_list: _, ...rest } = tree;
  const named = items.map(nameOf);
  /** Items that are named in these trees, and those that they name. */
  const withNamed = (start: readonly number[], trees: readonly (TreeValue | undefined)[]): number[] => {
    const found = new Set(start);
    const queue = [...trees, ...start.map((i) => items[i])];
    while (queue.length > 0) {
      const names = namesIn(queue.pop());
      items.forEach((item, i) => {
        const name = named[i];
        if (found.has(i) || name === undefined || !names.has(name) || isOwnName(item)) return;
        found.add(i);
        queue.push(item);
      });
    }
    return [...found].sort((a, b) => a - b);
  };
  const deciding = withNamed(decidingItems(tree, items), [rest as Tree]);
  return {
    rowsBy: fingerprint([plain(rest as Tree), deciding.map((i) => plain(items[i]))]),
    grouped: groupedBy(tree, items, named),
    single: singleOf(tree, items),
    columnBy(item, name) {
      const made = item === undefined ? undefined : items[item];
      if (item === undefined || made === undefined) return whole;
      if (made['class'] !== 'STAR') return fingerprint(withNamed([item], []).map((i) => plain(items[i])));
      const replaced = treesOf(made['replace_list']).find(
        (entry) => textOf(entry['key']).toLowerCase() === name?.toLowerCase(),
      );
      const value = replaced?.['value'];
      return fingerprint(
        value === undefined ? name : [plain(value), withNamed([], [value]).map((i) => plain(items[i]))],
      );
    },
  };
}

/** Without places in the text: white space and comments change nothing. */
function plain(value: TreeValue | undefined): TreeValue {
  if (Array.isArray(value)) return listOf(value).map(plain);
  if (!isTree(value)) return (value ?? null) as TreeValue;
  const members = Object.entries(value).filter(([member]) => !/_location$|_loc$/.test(member));
  return Object.fromEntries(members.map(([member, inner]) => [member, plain(inner)]));
}

const nameOf = (item: Tree): string | undefined =>
  (
    textOf(item['alias']) || (item['class'] === 'COLUMN_REF' ? namesOf(item).at(-1) : undefined)
  )?.toLowerCase();

/** `a` or `t.a as a`: who names it means the column. */
const isOwnName = (item: Tree): boolean =>
  item['class'] === 'COLUMN_REF' && namesOf(item).at(-1)?.toLowerCase() === nameOf(item);

function namesIn(value: TreeValue | undefined, found = new Set<string>()): Set<string> {
  if (Array.isArray(value)) for (const item of listOf(value)) namesIn(item, found);
  else if (isTree(value)) {
    if (value['class'] === 'COLUMN_REF') for (const name of namesOf(value)) found.add(name.toLowerCase());
    else for (const inner of Object.values(value)) namesIn(inner, found);
  }
  return found;
}

const isGrouped = (tree: Tree): boolean => listOf(tree['group_expressions']).length > 0;
const groupsAll = (tree: Tree): boolean => tree['aggregate_handling'] === 'FORCE_AGGREGATES';

/** Items that decide which rows there are, other than by their name. */
function decidingItems(tree: Tree, items: readonly Tree[]): number[] {
  const all = items.map((_, i) => i);
  const stars = items.some((item) => item['class'] === 'STAR');
  const modifiers = treesOf(tree['modifiers']);
  const placed = [
    ...treesOf(tree['group_expressions']),
    ...modifiers.flatMap((modifier) => [
      ...treesOf(modifier['distinct_on_targets']),
      ...treesOf(modifier['orders']).map((order) => order['expression'] as Tree),
    ]),
  ];
  const distinct = modifiers.some(
    (modifier) =>
      modifier['type'] === 'DISTINCT_MODIFIER' && listOf(modifier['distinct_on_targets']).length === 0,
  );
  if (distinct || placed.some((tree) => tree['class'] === 'STAR')) return all;
  const found = new Set<number>();
  for (const expression of placed) {
    if (expression['class'] !== 'CONSTANT') continue;
    const place = placeOf(expression);
    if (stars || place === undefined) return all;
    found.add(place);
  }
  items.forEach((item, i) => {
    // Without GROUP BY, one aggregate makes one row of all.
    const collapses = groupsAll(tree) ? !isAggregate(item) : !isGrouped(tree) && mayAggregate(item);
    if (collapses || multipliesRows(item)) found.add(i);
  });
  return [...found];
}

function placeOf(expression: Tree): number | undefined {
  const { value } = (expression['value'] ?? {}) as Tree;
  return typeof value === 'number' ? value - 1 : undefined;
}

function groupedBy(
  tree: Tree,
  items: readonly Tree[],
  named: readonly (string | undefined)[],
): string[] | null {
  if (
    listOf(tree['group_sets']).length > 1 ||
    items.some((item) => multipliesRows(item) || item['class'] === 'STAR')
  )
    return null;
  const places = groupsAll(tree)
    ? items.flatMap((item, i) => (isAggregate(item) ? [] : [i]))
    : treesOf(tree['group_expressions']).map((group) => {
        if (group['class'] === 'CONSTANT') return placeOf(group);
        const text = fingerprint(plain({ ...group, alias: null }));
        return items.findIndex((item) => fingerprint(plain({ ...item, alias: null })) === text);
      });
  if (places.length === 0) return null;
  const names = places.map((place) => (place === undefined ? undefined : named[place]));
  return names.every((name) => name !== undefined) ? (names as string[]) : null;
}

/** A relation, and others joined to it, each by columns of its own that equal something. */
interface Single {
  readonly table: string;
  readonly lookups: readonly { readonly table: string; readonly by: readonly string[] }[];
}

function singleOf(tree: Tree, items: readonly Tree[]): Single | undefined {
  const from = tree['from_table'];
  if (hasCtes(tree) || items.some(multipliesRows)) return undefined;
  return isTree(from) ? joinedOnto(from) : undefined;
}

function joinedOnto(ref: Tree): Single | undefined {
  if (ref['type'] === 'BASE_TABLE') return { table: textOf(ref['table_name']), lookups: [] };
  const { left, right } = ref;
  if (ref['type'] !== 'JOIN' || ref['ref_type'] !== 'REGULAR' || !isTree(left) || !isTree(right))
    return undefined;
  const single = joinedOnto(left);
  if (single === undefined || !['INNER', 'LEFT', 'SEMI', 'ANTI'].includes(textOf(ref['join_type'])))
    return undefined;
  if (right['type'] !== 'BASE_TABLE' || listOf(right['column_name_alias']).length > 0) return undefined;
  const alias = (textOf(right['alias']) || textOf(right['table_name'])).toLowerCase();
  const shared = listOf(ref['using_columns']).map((name) => String(name));
  const by = [...shared, ...equalled(ref['condition'], alias)];
  return { table: single.table, lookups: [...single.lookups, { table: textOf(right['table_name']), by }] };
}

/** Columns of a relation that a condition wants equal to something of others: `a = t.b and …`. */
function equalled(condition: TreeValue | undefined, alias: string): string[] {
  if (!isTree(condition)) return [];
  if (condition['type'] === 'CONJUNCTION_AND')
    return treesOf(condition['children']).flatMap((child) => equalled(child, alias));
  if (condition['type'] !== 'COMPARE_EQUAL') return [];
  const { left, right } = condition;
  const own = (side: TreeValue | undefined): string | undefined => {
    const names = isTree(side) && side['class'] === 'COLUMN_REF' ? namesOf(side) : [];
    return names.length === 2 && names[0]?.toLowerCase() === alias ? names[1] : undefined;
  };
  const found = [own(left), own(right)];
  // Both its own says nothing about how many there are.
  if (found.every((name) => name !== undefined)) return [];
  // The other side must be the same for all of them: a column of another relation.
  const other = found[0] === undefined ? left : right;
  if (!isTree(other) || other['class'] !== 'COLUMN_REF' || namesOf(other).length !== 2) return [];
  return found.filter((name) => name !== undefined);
}

function hasCtes(tree: Tree): boolean {
  const map = tree['cte_map'];
  return isTree(map) && listOf(map['map']).length > 0;
}
