// The lake as a plain list of whole states in memory: the slow and obvious twin that the tests hold the real one against.

export interface ModelChange {
  readonly kind: 'create' | 'append' | 'replace' | 'drop' | 'addColumn';
  readonly table: string;
  readonly files?: readonly { readonly rows: number; readonly own: boolean; readonly path?: string }[];
  /** For `replace`: how kept files were drawn, and which they were. */
  readonly keep?: readonly number[];
  readonly from?: number;
  readonly keptPaths?: readonly string[];
  readonly column?: number;
}

interface ModelFile {
  readonly path: string;
  readonly rows: number;
  readonly own: boolean;
  readonly start: number;
  readonly since: number;
}

interface ModelTable {
  /** Tells a table from an older one of the same name. */
  readonly instance: object;
  readonly columns: readonly string[];
  readonly files: readonly ModelFile[];
  readonly nextRow: number;
}

interface ModelState {
  readonly tables: ReadonlyMap<string, ModelTable>;
}

/** One state by snapshot. */
export type Model = ModelState[];

export function emptyModel(): Model {
  return [{ tables: new Map() }];
}

export function modelFiles(table: ModelTable): string[] {
  return table.files.map((f) => `${f.path} ${f.rows} ${f.own ? 0 : f.start} ${f.own} ${f.since}`).sort();
}

/** Adds the next state, or leaves the model as it is and tells the code of the error. */
export function commitToModel(model: Model, base: number, changes: readonly ModelChange[]): string {
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
  const altered = before.columns.length !== after.columns.length;
  // Files are told apart as objects: one that ended and began again is another.
  const deleted = before.files.some((f) => !after.files.includes(f));
  const inserted = after.files.some((f) => !before.files.includes(f));
  if (change.kind === 'append') return altered || deleted;
  if (change.kind === 'replace') return altered || deleted || inserted;
  return change.kind === 'addColumn' && altered;
}

function applyAll(model: Model, changes: readonly ModelChange[]): string {
  const snapshot = model.length;
  const tables = new Map(model.at(-1)!.tables);
  for (const change of changes) {
    const table = tables.get(change.table);
    if (change.kind === 'create') {
      const lower = change.table.toLowerCase();
      if ([...tables.keys()].some((name) => name.toLowerCase() === lower)) return 'MILL_LAKE_TABLE_EXISTS';
      const empty = { instance: {}, columns: ['id', 'note'], files: [], nextRow: 0 };
      tables.set(change.table, withFiles(empty, change, snapshot));
      continue;
    }
    if (!table) return 'MILL_LAKE_TABLE_MISSING';
    if (change.kind === 'append') tables.set(change.table, withFiles(table, change, snapshot));
    if (change.kind === 'drop') tables.delete(change.table);
    if (change.kind === 'addColumn') {
      const column = `more ${change.column}`;
      if (table.columns.includes(column)) return 'MILL_LAKE_COLUMN_INVALID';
      tables.set(change.table, { ...table, columns: [...table.columns, column] });
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
        files.push(there ?? { ...once!, since: snapshot });
      }
      tables.set(change.table, withFiles({ ...table, files }, change, snapshot));
    }
  }
  model.push({ tables });
  return 'done';
}

function withFiles(table: ModelTable, change: ModelChange, since: number): ModelTable {
  let { nextRow } = table;
  const files = [...table.files];
  for (const { path, rows, own } of change.files ?? []) {
    files.push({ path: path!, rows, own, start: nextRow, since });
    if (!own) nextRow += rows;
  }
  return { ...table, files, nextRow };
}
