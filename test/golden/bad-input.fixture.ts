import assert from 'node:assert/strict';
import {
  cpSync,
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { kinds, quarantineOf, sourceVersionOf } from '../../src/assets/index.ts';
import { describeProblem, MillraceError, type Problem, quoteName } from '../../src/base/index.ts';
import type { Session } from '../../src/engine/index.ts';
import {
  checked,
  type Graph,
  openWorkspace,
  type RunEvent,
  type RunResult,
  run,
  type Workspace,
} from '../../src/graph/index.ts';
import {
  type Columns,
  col,
  type Duration,
  files,
  type Project,
  project,
  rowCount,
  source,
} from '../../src/index.ts';
import type { Version } from '../../src/store/state/index.ts';

/** A column of case.json: a type, with `?` where it may be null, or the type with rules. */
type CaseColumn =
  | string
  | { type: string; at?: string; between?: [number, number]; oneOf?: string[]; matches?: string };

/** case.json: what is declared, and what happens besides the files of input/ (or input-1/, input-2/ …: one delivery after the other). */
export interface Case {
  readonly contract: {
    readonly columns: Readonly<Record<string, CaseColumn>>;
    readonly key?: string | string[];
    readonly eventTime?: string;
    readonly fresh?: Duration;
    readonly onBreach?: 'quarantine' | 'block' | 'warn';
    readonly rowsAtLeast?: number;
  };
  readonly from: {
    readonly glob: string;
    readonly format?: 'csv' | 'jsonl' | 'parquet';
    readonly delimiter?: string;
    readonly nulls?: readonly string[];
  };
  /** Records of all files of the live version, counted by hand: rows and rows set aside must come to it. One number a delivery. */
  readonly records?: number | readonly number[];
  /** Done to the files right after the run has planned. */
  readonly planned?: Meanwhile;
  /** Done after the first delivery has been run. */
  readonly afterFirst?: Meanwhile;
  /** Root may read everything. */
  readonly notAsRoot?: boolean;
}

interface Meanwhile {
  readonly remove?: string;
  readonly write?: Readonly<Record<string, string>>;
}

/** What a user sees of a delivery, and what became of its rows. */
export interface Seen {
  readonly outcome: string;
  readonly note: string;
  /** Problems as they are told. */
  readonly problems: readonly string[];
  /** Checks that did not pass. */
  readonly checks: readonly string[];
  /** Of the version that is live afterwards; null for none. */
  readonly rows: number | null;
  readonly table?: readonly (readonly unknown[])[];
  /** Rows set aside, by rule. */
  readonly aside: Readonly<Record<string, number>>;
  /** The first of them: file, line, raw cells. */
  readonly lines?: readonly string[];
}

/** A file that is cut off may be whole later; here it is not, so nobody waits for it. */
const ONCE = { attempts: 1 };

const MOST_SHOWN = 10;
const LONGEST_SHOWN = 80;

/** One lake for all cases; each has a folder and a source of its own. */
export interface BadInputBench {
  deliver(name: string, folder: string): Promise<Seen[]>;
  close(): Promise<void>;
}

export async function openBadInputBench(): Promise<BadInputBench> {
  const root = mkdtempSync(join(tmpdir(), 'millrace-'));
  const workspace = await openWorkspace(root, { MILLRACE_CLOCK: '2026-11-20T00:00:00Z' });
  const session = await workspace.engine.session();
  return {
    deliver: (name, folder) => deliver(workspace, session, name, folder),
    async close() {
      session.close();
      await workspace.close();
      rmSync(root, { recursive: true, force: true });
    },
  };
}

async function deliver(workspace: Workspace, session: Session, name: string, from: string): Promise<Seen[]> {
  const declared = JSON.parse(readFileSync(join(from, 'case.json'), 'utf8')) as Case;
  const folder = join(workspace.folder, name);
  mkdirSync(folder);
  const given = globSync('input{,-*}/', { cwd: from }).sort();
  const deliveries = given.length === 0 ? [undefined] : given;
  const asset = name.replaceAll('-', '_');
  const shop = projectOf(asset, name, declared);
  const graph = await checked(shop, kinds, workspace.engine);
  const seen: Seen[] = [];
  for (const [i, input] of deliveries.entries()) {
    if (input !== undefined) cpSync(join(from, input), folder, { recursive: true });
    if (i === 0) await generated(from, folder, session);
    if (i === 1) happens(declared.afterFirst, folder);
    const before = await stateOf(workspace, session, asset);
    const result = await running(graph, workspace, (event) => {
      if (event.event === 'planned' && event.attempt === 1) happens(declared.planned, folder);
    });
    const after = await stateOf(workspace, session, asset);
    holds(result, before, after);
    const records = Array.isArray(declared.records) ? declared.records[i] : declared.records;
    if (records !== undefined)
      assert.equal((after.rows ?? 0) + after.quarantined, records, 'every record is somewhere');
    if (result.ok)
      assert.deepEqual((await run(graph, kinds, workspace, { retry: ONCE })).steps, [], 'done is done');
    seen.push(told(result, after, workspace.folder));
  }
  return seen;
}

type Ran = Pick<RunResult, 'ok' | 'steps'> & { readonly refused: readonly Problem[] };

/** A run; a delivery that cannot even be looked at is told before there is a step. */
async function running(graph: Graph, workspace: Workspace, onEvent: (event: RunEvent) => void): Promise<Ran> {
  try {
    const { ok, steps } = await run(graph, kinds, workspace, { onEvent, retry: ONCE });
    assert.ok(steps.length <= 1);
    return { ok, steps, refused: [] };
  } catch (error) {
    if (!(error instanceof MillraceError)) throw error;
    return { ok: false, steps: [], refused: error.problems };
  }
}

async function generated(from: string, folder: string, session: Session): Promise<void> {
  const generator = join(from, 'input.ts');
  if (!existsSync(generator)) return;
  const module = (await import(pathToFileURL(generator).href)) as {
    default: (folder: string, sql: Session) => void | Promise<void>;
  };
  await module.default(folder, session);
}

function happens(meanwhile: Meanwhile | undefined, folder: string): void {
  if (meanwhile?.remove !== undefined) rmSync(join(folder, meanwhile.remove));
  for (const [path, text] of Object.entries(meanwhile?.write ?? {})) writeFileSync(join(folder, path), text);
}

function projectOf(asset: string, folder: string, { contract, from }: Case): Project {
  const { columns, rowsAtLeast, ...rest } = contract;
  const { glob, ...options } = from;
  const declared = source(asset, {
    from: files(`${folder}/${glob}`, options),
    columns: Object.fromEntries(Object.entries(columns).map(([name, one]) => [name, columnOf(one)])),
    ...(rest as object),
    ...(rowsAtLeast === undefined ? {} : { expect: [rowCount.atLeast(rowsAtLeast)] }),
  });
  return project('bad_input', { declared }) as unknown as Project;
}

function columnOf(declared: CaseColumn): Columns[string] {
  const { type, at, between, oneOf, matches } = typeof declared === 'string' ? { type: declared } : declared;
  const of = {
    string: col.string,
    double: col.double,
    integer: col.integer,
    boolean: col.boolean,
    timestamp: col.timestamp,
  };
  let column = of[type.replace('?', '') as keyof typeof of]() as ReturnType<typeof col.string> &
    ReturnType<typeof col.double>;
  if (at !== undefined) column = column.at(at);
  if (between) column = column.between(...between) as typeof column;
  if (oneOf) column = column.oneOf(...oneOf) as typeof column;
  if (matches) column = column.matches(new RegExp(matches)) as typeof column;
  return type.endsWith('?') ? column.nullable() : column;
}

interface LiveState {
  readonly live: Version | undefined;
  readonly rows: number | null;
  readonly table: readonly (readonly unknown[])[];
  readonly quarantined: number;
  readonly aside: Readonly<Record<string, number>>;
  readonly lines: readonly string[];
  /** Data files on disk. */
  readonly files: readonly string[];
}

async function stateOf(workspace: Workspace, session: Session, asset: string): Promise<LiveState> {
  const { lake, state } = workspace;
  const live = state.live(asset);
  const folders = [lake.folderOf(asset), lake.folderOf(quarantineOf(asset))];
  const onDisk = folders.flatMap((cwd) => (existsSync(cwd) ? globSync('**/*.parquet', { cwd }) : [])).sort();
  const none = { live, rows: null, table: [], quarantined: 0, aside: {}, lines: [], files: onDisk };
  const table = live && lake.table(asset, live.snapshot);
  if (live === undefined || table === undefined) return none;
  const rows = await session.rows<Record<string, unknown>>(
    `select * exclude (_row_id, _load) from ${session.scan(table, { rowId: true })} order by _row_id`,
  );
  const quarantine = lake.table(quarantineOf(asset), live.snapshot);
  const bad =
    quarantine === undefined
      ? []
      : await session.rows<{ _file: string; _line: number; _rules: string; _row: string }>(
          `select * from ${session.scan(quarantine)} order by ${['_load', '_line'].map(quoteName).join(', ')}`,
        );
  const aside: Record<string, number> = {};
  for (const { _file, _line, _rules, _row } of bad) {
    assert.equal(typeof JSON.parse(_row), 'object', 'raw cells are JSON');
    const rules = JSON.parse(_rules) as string[];
    assert.ok(
      rules.length > 0 && _file.length > 0 && _line >= 1,
      'whoever is set aside is told where and why',
    );
    for (const rule of rules) aside[rule] = (aside[rule] ?? 0) + 1;
  }
  return {
    live,
    rows: rows.length,
    table: rows.slice(0, MOST_SHOWN).map((row) => Object.values(row).map(shown)),
    quarantined: bad.length,
    aside,
    lines: bad.slice(0, MOST_SHOWN).map(({ _file, _line, _row }) => `${_file}:${_line} ${cut(_row)}`),
    files: onDisk,
  };
}

/** What is so of every delivery, however bad. */
function holds({ steps, ok, refused }: Ran, before: LiveState, after: LiveState): void {
  const [step] = steps;
  for (const { code, todo } of step?.problems ?? refused) {
    assert.notEqual(code, 'MILL_BUG');
    assert.ok(todo.length > 0);
  }
  if (after.live !== undefined) {
    assert.equal(after.live.rows, after.rows, 'the version knows its rows');
    assert.equal(sourceVersionOf(after.live).quarantined, after.quarantined, 'and those set aside');
  }
  if (ok) return;
  assert.ok(
    step === undefined
      ? refused.length > 0
      : step.problems.length > 0 || step.checks.some((check) => !check.passed),
    'whoever fails says why',
  );
  assert.equal(after.live?.id, before.live?.id, 'what was live stays live');
  assert.deepEqual(after.table, before.table);
  if (step?.outcome !== 'rejected') assert.deepEqual(after.files, before.files, 'nothing is half loaded');
}

function told({ steps, refused }: Ran, after: LiveState, root: string): Seen {
  const [step] = steps;
  const { rows, table, aside, lines } = after;
  const text = (said: string): string => said.replaceAll(root, '<project>');
  return {
    outcome:
      step === undefined
        ? refused.length > 0
          ? 'refused'
          : 'nothing to do'
        : `${step.step.action} ${step.outcome}`,
    note: step === undefined || step.problems.length > 0 ? '' : text(step.note),
    problems: (step?.problems ?? refused).map(({ place: _, ...problem }) => text(describeProblem(problem))),
    checks: (step?.checks ?? [])
      .filter((check) => !check.passed)
      .map(({ name, severity, observed, wanted }) => `${severity} ${name}: ${observed}, wanted ${wanted}`),
    rows,
    ...(rows === null || rows > MOST_SHOWN ? {} : { table }),
    aside,
    ...(lines.length === 0 ? {} : { lines }),
  };
}

function shown(value: unknown): unknown {
  if (typeof value === 'string') return cut(value);
  if (value instanceof Date) return value.toISOString();
  return Object.is(value, -0) ? '-0' : value;
}

function cut(text: string): string {
  return text.length <= LONGEST_SHOWN ? text : `${text.slice(0, LONGEST_SHOWN)}… (${text.length})`;
}
