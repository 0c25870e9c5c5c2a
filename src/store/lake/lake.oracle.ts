// The lake as a plain list of whole states in memory: the slow and obvious twin that the tests hold the real one against.

export interface ModelChange {
  readonly kind:
    | 'create'
    | 'append'
    | 'replace'
    | 'drop'
    | 'addColumn'
    | 'renameColumn'
    | 'dropColumn'
    | 'widenColumn'
    | 'partition'
    | 'compact';
  readonly table: string;
  readonly files?: readonly {
    readonly rows: number;
    readonly own: boolean;
    readonly path?: string;
    /** By what the file is partitioned, as text. */
    readonly by?: string;
  }[];
  /** For `partition`: names of columns, each as it is. */
  readonly parts?: readonly string[];
  /** For `replace`: how kept files were drawn, and which they were. */
  readonly keep?: readonly number[];
  readonly from?: number;
  readonly keptPaths?: readonly string[];
  readonly column?: string;
  readonly to?: string;
  readonly type?: string;
}

interface ModelFile {
  readonly path: string;
  readonly rows: number;
  readonly own: boolean;
  readonly start: number;
  readonly since: number;
  readonly partitioning?: ModelPartitioning;
  /** The files that this one was made of by compaction. */
  readonly of: readonly ModelFile[];
}

/** One way in which a table is partitioned, as text; every time it is set it is another. */
interface ModelPartitioning {
  readonly by: string;
  readonly since: number;
}

interface ModelColumn {
  readonly id: number;
  readonly name: string;
  readonly type: string;
}

interface ModelTable {
  /** Tells a table from an older one of the same name. */
  readonly instance: object;
  readonly columns: readonly ModelColumn[];
  readonly nextColumn: number;
  readonly files: readonly ModelFile[];
  readonly nextRow: number;
  /** The newest last; the last is how the table is partitioned now, unless it is `''`. */
  readonly partitionings: readonly ModelPartitioning[];
}

interface ModelState {
  readonly tables: ReadonlyMap<string, ModelTable>;
}

/** One state by snapshot, and the snapshots that have expired. */
export interface Model {
  readonly states: ModelState[];
  readonly expired: Set<number>;
}

export function emptyModel(): Model {
  return { states: [{ tables: new Map() }], expired: new Set() };
}

/** All but the newest `keep` and the needed ones. */
export function expireInModel({ states, expired }: Model, keep: number, needed: readonly number[]): void {
  const present = states.keys().filter((s) => !expired.has(s));
  for (const s of [...present].slice(0, -Math.max(1, keep))) if (!needed.includes(s)) expired.add(s);
}

export function modelFiles(table: ModelTable): string[] {
  return table.files
    .map((f) => `${f.path} ${f.rows} ${f.own ? 0 : f.start} ${f.own} ${f.since} ${f.partitioning?.by ?? ''}`)
    .sort();
}

/** How a table is partitioned, `''` for not at all. */
export function modelPartitioning(table: ModelTable): string {
  return table.partitionings.at(-1)?.by ?? '';
}

/** Adds the next state, or leaves the model as it is and tells the code of the error. */
export function commitToModel(
  { states: model, expired }: Model,
  base: number,
  changes: readonly ModelChange[],
): string {
  if (changes.some((c) => c.kind === 'compact' && changes.filter((o) => o.table === c.table).length > 1))
    return 'MILL_BUG';
  for (let s = base; s < model.length - 1; s++) if (expired.has(s)) return 'MILL_LAKE_CONFLICT';
  const touched: { change: ModelChange; instance?: object }[] = [];
  const born = new Set<string>();
  for (const change of changes) {
    if (born.has(change.table)) continue;
    const instance = model[base]!.tables.get(change.table)?.instance;
    if (change.kind === 'create') {
      born.add(change.table);
      if (!touched.some((t) => t.change.kind === 'drop' && t.change.table === change.table))
        touched.push({ change });
    } else if (!instance) return 'MILL_LAKE_TABLE_MISSING';
    else touched.push({ change, instance });
  }
  for (const { change, instance } of touched)
    for (let s = base + 1; s < model.length; s++)
      if (clashes(change, instance, model[s - 1]!, model[s]!)) return 'MILL_LAKE_CONFLICT';
  return applyAll(model, changes);
}

/** Whether what happened from one state to the next does not go together with a change. */
function clashes(
  change: ModelChange,
  instance: object | undefined,
  was: ModelState,
  is: ModelState,
): boolean {
  if (change.kind === 'create')
    return [...is.tables].some(
      ([name, t]) =>
        name.toLowerCase() === change.table.toLowerCase() &&
        ![...was.tables.values()].some((old) => old.instance === t.instance),
    );
  const find = (state: ModelState) => [...state.tables.values()].find((t) => t.instance === instance);
  const [before, after] = [find(was), find(is)];
  if (!before) return false;
  if (!after) return true;
  // Columns and files are told apart as objects: a file that ended and began again is another.
  const altered = before.columns !== after.columns;
  const fresh = after.files.filter((f) => !before.files.includes(f));
  const gone = before.files.filter((f) => !after.files.includes(f));
  const deleted = gone.some((f) => !fresh.some((n) => n.of.includes(f)));
  if (change.kind === 'append') return altered || deleted;
  if (change.kind === 'replace') return altered || gone.length > 0 || fresh.length > 0;
  if (change.kind === 'compact') return altered || gone.length > 0;
  return (change.kind.endsWith('Column') || change.kind === 'partition') && altered;
}

function applyAll(model: ModelState[], changes: readonly ModelChange[]): string {
  const snapshot = model.length;
  const tables = new Map(model.at(-1)!.tables);
  for (const change of changes) {
    const table = tables.get(change.table);
    if (change.kind === 'create') {
      const lower = change.table.toLowerCase();
      if ([...tables.keys()].some((name) => name.toLowerCase() === lower)) return 'MILL_LAKE_TABLE_EXISTS';
      const columns = [
        { id: 1, name: 'id', type: 'integer' },
        { id: 2, name: 'note', type: 'string' },
      ];
      const empty = { instance: {}, columns, nextColumn: 3, files: [], nextRow: 0, partitionings: [] };
      const made = change.parts ? partitioned(empty, change.parts, snapshot) : empty;
      if (typeof made === 'string') return made;
      if (isStrange(made, change)) return 'MILL_BUG';
      tables.set(change.table, withFiles(made, change, snapshot));
      continue;
    }
    if (!table) return 'MILL_LAKE_TABLE_MISSING';
    if (change.kind === 'partition') {
      const made = partitioned(table, change.parts ?? [], snapshot);
      if (typeof made === 'string') return made;
      tables.set(change.table, made);
      continue;
    }
    if (change.kind === 'append' && isStrange(table, change)) return 'MILL_BUG';
    if (change.kind === 'append') tables.set(change.table, withFiles(table, change, snapshot));
    if (change.kind === 'drop') tables.delete(change.table);
    if (change.kind.endsWith('Column')) {
      const altered = alter(table, change);
      if (altered === undefined) return 'MILL_LAKE_COLUMN_INVALID';
      tables.set(change.table, altered);
    }
    if (change.kind === 'compact') {
      const of = table.files.filter((f) => change.keptPaths?.includes(f.path));
      if (of.length === 0) return 'MILL_BUG';
      const [one] = change.files ?? [];
      const made = { path: one!.path!, rows: one!.rows, own: true, start: 0, since: snapshot, of };
      tables.set(change.table, { ...table, files: [...table.files.filter((f) => !of.includes(f)), made] });
    }
    if (change.kind === 'replace') {
      // A path of another table's is a bug of the caller's: a table made in this very commit has none to keep.
      const known = model.flatMap((state) =>
        [...state.tables.values()].filter((t) => t.instance === table.instance).flatMap((t) => t.files),
      );
      const files: ModelFile[] = [];
      for (const path of new Set(change.keptPaths)) {
        const there = table.files.find((f) => f.path === path);
        const once = known.find((f) => f.path === path);
        if (!there && !once) return 'MILL_BUG';
        files.push(there ?? { ...once!, since: snapshot, of: [] });
      }
      if (isStrange(table, change)) return 'MILL_BUG';
      tables.set(change.table, withFiles({ ...table, files }, change, snapshot));
    }
  }
  model.push({ tables });
  return 'done';
}

/** The table with one column changed; undefined when it cannot be, the table itself when nothing changes. */
function alter(table: ModelTable, { kind, column, to, type }: ModelChange): ModelTable | undefined {
  const { columns, nextColumn } = table;
  if (kind === 'addColumn') {
    if (columns.some((c) => c.name === column)) return undefined;
    const added = { id: nextColumn, name: column!, type: type! };
    return { ...table, columns: [...columns, added], nextColumn: nextColumn + 1 };
  }
  const old = columns.find((c) => c.name === column);
  if (!old) return undefined;
  if (kind === 'dropColumn' && modelPartitioning(table).split(' ').includes(String(old.id))) return undefined;
  if (kind === 'dropColumn')
    return columns.length === 1 ? undefined : { ...table, columns: columns.filter((c) => c !== old) };
  const set = (changed: object) => ({
    ...table,
    columns: columns.map((c) => (c === old ? { ...c, ...changed } : c)),
  });
  if (kind === 'renameColumn') {
    if (to === column) return table;
    return columns.some((c) => c.name === to) ? undefined : set({ name: to });
  }
  if (old.type === type) return table;
  return old.type === 'integer' && type === 'double' ? set({ type }) : undefined;
}

/** The table partitioned otherwise, or the code of the error. */
function partitioned(table: ModelTable, parts: readonly string[], since: number): ModelTable | string {
  const ids = parts.map((part) => table.columns.find((c) => c.name === part)?.id);
  if (ids.includes(undefined) || new Set(ids).size < ids.length) return 'MILL_LAKE_PARTITION_INVALID';
  const by = ids.join(' ');
  if (by === modelPartitioning(table)) return table;
  if (table.files.some((f) => f.partitioning?.since === since)) return 'MILL_BUG';
  const older = table.partitionings.filter((p) => p.since < since);
  return { ...table, columns: [...table.columns], partitionings: [...older, { by, since }] };
}

/** Whether a file is partitioned as the table never was. */
function isStrange(table: ModelTable, change: ModelChange): boolean {
  return (change.files ?? []).some(({ by }) => by && !table.partitionings.some((p) => p.by === by));
}

function withFiles(table: ModelTable, change: ModelChange, since: number): ModelTable {
  let { nextRow } = table;
  const files = [...table.files];
  for (const { path, rows, own, by } of change.files ?? []) {
    const partitioning = by ? table.partitionings.findLast((p) => p.by === by) : undefined;
    const one = { path: path!, rows, own, start: nextRow, since, of: [] };
    files.push(partitioning ? { ...one, partitioning } : one);
    if (!own) nextRow += rows;
  }
  return { ...table, files, nextRow };
}
