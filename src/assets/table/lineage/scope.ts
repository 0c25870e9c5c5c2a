// What names mean inside a query. Every set here may be larger than the truth and must never be smaller: where the engine's rule for
// a name is intricate (a column or an alias of the select list?), both are taken.

/** References to columns of inputs, as `keyOf` writes them. */
export type Refs = ReadonlySet<string>;

export const keyOf = (input: string, column: string): string => JSON.stringify([input, column]);

/** A column of a relation, or of a query's result. */
export interface ColumnMade {
  /** Undefined where the engine makes up a name. */
  readonly name: string | undefined;
  /** What its values are made of. */
  readonly direct: Refs;
  /** What else decides them: the order of a window, the filter of an aggregate, the rows of a sub-query. */
  readonly indirect: Refs;
  /** The one column whose value it is, unchanged (or null, where an outer join finds nothing). */
  readonly identity?: string;
  /** An outer join may find nothing for it. */
  readonly mayMiss?: boolean;
  /** Of a column that is computed: whether an aggregate has a part in it. Absent where that is not sure. */
  readonly how?: 'aggregation' | 'transformation';
  /** Of a query's result: its item of the select list. */
  readonly item?: number;
}

/** How a column decides which rows there are. */
export type Deciding = 'join' | 'filter' | 'group_by' | 'sort';

/** What decides which rows there are, and how, where that has a name. */
export type Rows = ReadonlyMap<string, ReadonlySet<Deciding>>;

export const noRows: Rows = new Map();

export const deciding = (how: Deciding | undefined, refs: Refs): Rows =>
  new Map([...refs].map((ref) => [ref, new Set(how === undefined ? [] : [how])]));

export function together(...all: readonly Rows[]): Rows {
  const found = new Map<string, Set<Deciding>>();
  for (const rows of all)
    for (const [ref, hows] of rows) {
      const known = found.get(ref) ?? new Set();
      for (const how of hows) known.add(how);
      found.set(ref, known);
    }
  return found;
}

/** The result of a query: its columns, and what decides which rows there are. */
export interface Shape {
  readonly columns: readonly ColumnMade[];
  readonly rows: Rows;
}

/** Something that stands in a FROM. */
export interface Relation {
  readonly alias: string;
  readonly columns: readonly ColumnMade[];
  /** It may have columns by names that we do not know, made of these. */
  readonly open?: Refs;
}

export interface Scope {
  readonly relations: readonly Relation[];
  /** Of the select list, as far as it has been read. */
  readonly aliases: ReadonlyMap<string, ColumnMade>;
  /** Names bound by lambdas. */
  readonly bound: ReadonlySet<string>;
  readonly ctes: ReadonlyMap<string, Shape>;
  readonly parent?: Scope;
}

export const emptyScope: Scope = {
  relations: [],
  aliases: new Map(),
  bound: new Set(),
  ctes: new Map(),
};

/** Says that a construct is not understood: then everything may depend on everything. */
export class NotUnderstood extends Error {}

export const same = (a: string | undefined, b: string | undefined): boolean =>
  a !== undefined && a.toLowerCase() === b?.toLowerCase();

export const union = (...sets: readonly Refs[]): Refs => {
  const all = new Set<string>();
  for (const set of sets) for (const item of set) all.add(item);
  return all;
};

export const everythingOf = (columns: readonly ColumnMade[]): Refs =>
  union(...columns.flatMap(({ direct, indirect }) => [direct, indirect]));

/** Columns as a relation. Columns without a name of ours, or two of one name, go by names that only the engine knows. */
export function relationOf(alias: string, columns: readonly ColumnMade[]): Relation {
  const names = columns.map(({ name }) => name?.toLowerCase());
  const unsure = names.includes(undefined) || new Set(names).size < names.length;
  return { alias, columns, ...(unsure ? { open: everythingOf(columns) } : {}) };
}

/** `from t as x(a, b)`: the first columns by other names. */
export function renamed(columns: readonly ColumnMade[], names: readonly string[]): ColumnMade[] {
  if (names.length > columns.length) throw new NotUnderstood('more names than columns');
  return columns.map((column, i) => ({ ...column, name: names[i] ?? column.name }));
}

/** The common table expression of a name, of the innermost query that has one. */
export function cteOf(scope: Scope, name: string): Shape | undefined {
  for (let s: Scope | undefined = scope; s !== undefined; s = s.parent) {
    const found = s.ctes.get(name.toLowerCase());
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Everything that `parts` (`a`, `t.a`, `a.field`, `t.a.field`) can mean: the columns it may be. @throws NotUnderstood when it is nothing known */
export function resolve(parts: readonly string[], scope: Scope): ColumnMade[] {
  const found: ColumnMade[] = [];
  const opens: Refs[] = [];
  for (let s: Scope | undefined = scope; s !== undefined; s = s.parent) {
    const columns = inRelations(parts, s);
    const item = s.aliases.get((parts[0] ?? '').toLowerCase());
    found.push(...columns, ...(item === undefined ? [] : [item]));
    if (found.length === 0 && s.bound.has((parts[0] ?? '').toLowerCase())) return [];
    for (const { open } of s.relations) if (open !== undefined) opens.push(open);
    // A column hides what is further out; whether an alias does depends on the clause, so there both are taken.
    if (columns.length > 0) break;
  }
  if (found.length === 0 && opens.length === 0) throw new NotUnderstood(`the name ${parts.join('.')}`);
  if (opens.length > 0) found.push({ name: undefined, direct: union(...opens), indirect: new Set() });
  return found;
}

function inRelations(parts: readonly string[], { relations }: Scope): ColumnMade[] {
  const [first = '', second, third] = parts;
  const found: ColumnMade[] = [];
  for (const { alias, columns } of relations) {
    found.push(...columns.filter(({ name }) => same(name, first)));
    if (same(alias, first))
      found.push(...(second === undefined ? columns : columns.filter(({ name }) => same(name, second))));
    if (same(alias, second) && third !== undefined)
      found.push(...columns.filter(({ name }) => same(name, third)));
  }
  return found;
}
