import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { MillraceError } from '../../src/base/index.ts';
import { compactTable, type Session } from '../../src/engine/index.ts';
import { HOME, openWorkspace, type Workspace } from '../../src/graph/index.ts';
import { openDatabase } from '../../src/store/index.ts';
import {
  checkCatalog,
  expireSnapshots,
  type LakeChange,
  removeOrphans,
  removeScheduled,
  type StagedFile,
  type TableState,
} from '../../src/store/lake/index.ts';
import type { NewVersion } from '../../src/store/state/index.ts';
import { newFolder } from '../truth/line.fixture.ts';

// This file is also what the other processes run: `node <this file> <role> <number> <folder> <seconds>`.

const columns = [
  { name: 'writer', type: 'integer', nullable: false },
  { name: 'n', type: 'integer', nullable: false },
] as const;

/** What a process says when its time is over. */
interface Report {
  readonly role: string;
  readonly number: number;
  readonly commits: number;
  /** Of an appender, the rows that it was told are there. Of a replacer, the content it was told is there. */
  readonly rows: number;
  readonly conflicts: number;
  readonly busy: number;
  readonly lost: number;
  /** What the catalog checker said while others were committing. */
  readonly deviations: readonly string[];
}

export interface Crowd {
  readonly appenders: number;
  readonly replacers: number;
  readonly seconds: number;
}

const env = { MILLRACE_MEMORY: '200MB' };
const replaced = (number: number): string => `replaced_${number}`;

/** Lets many processes append to one table, replace others and compact and expire meanwhile; then counts. */
export async function crowd(t: TestContext, { appenders, replacers, seconds }: Crowd): Promise<void> {
  const folder = newFolder();
  try {
    await begin(folder, replacers);
    const roles = [
      ...Array.from({ length: appenders }, (_, i) => ['append', i] as const),
      ...Array.from({ length: replacers }, (_, i) => ['replace', i] as const),
      ['keep', 0] as const,
    ];
    const started = await Promise.all(roles.map(([role, number]) => start(role, number, folder, seconds)));
    // All together, and not before the last one has loaded.
    for (const { go } of started) go();
    const reports = await Promise.all(started.map(({ report }) => report));
    for (const { role, number, commits, conflicts, busy, lost } of reports)
      t.diagnostic(
        `${role} ${number}: ${commits} commits, ${conflicts} conflicts, ${busy} busy, ${lost} lost files`,
      );
    await verify(folder, reports);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function begin(folder: string, replacers: number): Promise<void> {
  const workspace = await openWorkspace(folder, env);
  const tables = ['log', ...Array.from({ length: replacers }, (_, i) => replaced(i))];
  for (const table of tables) commit(workspace, table, 0, { kind: 'create', table, columns, files: [] }, 0);
  await workspace.close();
}

/** The rows appear and the version that has them, in one transaction. */
function commit(
  { lake, state }: Workspace,
  asset: string,
  base: number,
  change: LakeChange,
  more: number | 'all',
): void {
  lake.commit(base, [change], {}, (snapshot) => {
    const live = state.live(asset);
    const files = 'files' in change ? change.files : [];
    const added = files.reduce((sum, file) => sum + file.rows, 0);
    const version: NewVersion = {
      ...{ asset, kind: 'source', fingerprint: `${asset} ${snapshot}`, definition: '', inputs: {} },
      ...{ snapshot, rows: more === 'all' ? added : (live?.rows ?? 0) + more, detail: null },
      ...{ status: 'published', createdAt: snapshot, run: String(process.pid) },
    };
    const { id } = state.addVersion(version, []);
    state.moveAlias(asset, id, snapshot, String(process.pid));
  });
}

/** The other processes are in the way for once: what each of the codes promises is that trying again helps. */
const passing = ['MILL_LAKE_CONFLICT', 'MILL_STATE_BUSY', 'MILL_LAKE_FILE_LOST'] as const;

class Work {
  commits = 0;
  rows = 0;
  readonly times: Record<string, number> = {};
  readonly deviations: string[] = [];

  /** True when it was done; false when another was in the way. */
  async tried(work: () => Promise<void> | void): Promise<boolean> {
    try {
      await work();
      return true;
    } catch (error) {
      const code = error instanceof MillraceError ? error.code : '';
      if (!passing.includes(code as never)) throw error;
      assert.equal((error as MillraceError).problems[0]?.retry, true, `${code} says that trying again helps`);
      this.times[code] = (this.times[code] ?? 0) + 1;
      return false;
    }
  }
}

const written = (
  { lake }: Workspace,
  session: Session,
  table: TableState,
  writer: number,
  from: number,
  count: number,
): Promise<StagedFile[]> =>
  session.write(
    lake.folderOf(table.name),
    table.columns,
    `select ${writer}::BIGINT as writer, (${from} + range)::BIGINT as n from range(${count})`,
  );

async function append(workspace: Workspace, session: Session, work: Work, writer: number): Promise<void> {
  const { lake } = workspace;
  const count = 3 + (work.commits % 5);
  const table = lake.table('log') as TableState;
  const files = await written(workspace, session, table, writer, work.rows, count);
  if (
    await work.tried(() =>
      commit(workspace, 'log', table.snapshot, { kind: 'append', table: 'log', files }, count),
    )
  ) {
    work.rows += count;
    work.commits++;
  }
}

async function replace(workspace: Workspace, session: Session, work: Work, number: number): Promise<void> {
  const name = replaced(number);
  const table = workspace.lake.table(name) as TableState;
  const files = await written(workspace, session, table, work.commits + 1, 0, 5);
  const change: LakeChange = { kind: 'replace', table: name, keep: [], files };
  if (await work.tried(() => commit(workspace, name, table.snapshot, change, 'all'))) {
    work.commits++;
    work.rows = work.commits;
  }
}

const now = (): number => Date.now() * 1000;
/** Files are deleted so long after they were let go or written, in microseconds: longer than what is under way. */
const GRACE = 4_000_000;

async function keep(workspace: Workspace, session: Session, work: Work): Promise<void> {
  const { lake, folder } = workspace;
  const database = openDatabase(join(folder, HOME, 'state.db'));
  try {
    await work.tried(async () => {
      if (await compactTable(session, lake, 'log', { leave: 3 })) work.commits++;
    });
    await work.tried(() => {
      const needed = (): number[] =>
        database
          .all<{ id: number }>(
            'select v.snapshot as id from mill_version v where number % 10 = 1 or id in (select version from mill_alias)',
          )
          .map(({ id }) => id);
      expireSnapshots(database, { now }, { olderThan: now(), keep: 10, needed });
      removeScheduled(lake, database, now() - GRACE);
      removeOrphans(lake, database, now() - GRACE);
    });
    work.deviations.push(...checkCatalog(database));
  } finally {
    database.close();
  }
}

async function main(): Promise<void> {
  const [role = '', number = '', folder = '', seconds = ''] = process.argv.slice(2);
  const workspace = await openWorkspace(folder, env);
  const session = await workspace.engine.session();
  const work = new Work();
  process.stdout.write('ready\n');
  await once(process.stdin, 'data');
  process.stdin.destroy();
  const until = performance.now() + Number(seconds) * 1000;
  const act = { append, replace, keep }[role] as typeof append;
  // Whoever has not had its turn yet goes on until it has: on a busy machine a few seconds may be no time at all.
  while (performance.now() < until || work.commits === 0) {
    await act(workspace, session, work, Number(number));
    if (role === 'keep' && performance.now() > until) break;
  }
  session.close();
  await workspace.close();
  const { commits, rows, times, deviations } = work;
  const [conflicts, busy, lost] = passing.map((code) => times[code] ?? 0);
  process.stdout.write(
    `${JSON.stringify({ role, number: Number(number), commits, rows, conflicts, busy, lost, deviations })}\n`,
  );
}

async function start(role: string, number: number, folder: string, seconds: number) {
  const child = spawn(
    process.execPath,
    ['--conditions=source', fileURLToPath(import.meta.url), role, String(number), folder, String(seconds)],
    { env: { ...process.env, NODE_TEST_CONTEXT: undefined } },
  );
  let errors = '';
  child.stderr.on('data', (text) => {
    errors += text;
  });
  const closed = once(child, 'close');
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const first = await lines.next();
  assert.equal(first.value, 'ready', errors);
  const report = (async (): Promise<Report> => {
    const last = await lines.next();
    const [code] = (await closed) as [number | null];
    assert.equal(code, 0, `${role} ${number}: ${errors}`);
    return JSON.parse(String(last.value)) as Report;
  })();
  return { go: () => child.stdin.write('go\n'), report };
}

async function verify(folder: string, reports: readonly Report[]): Promise<void> {
  const workspace = await openWorkspace(folder, env);
  const { lake, state } = workspace;
  const session = await workspace.engine.session();
  const database = openDatabase(join(folder, HOME, 'state.db'));
  try {
    for (const { role, number, commits, deviations } of reports) {
      assert.deepEqual(deviations, [], 'the catalog, meanwhile');
      assert.ok(role === 'keep' || commits > 0, `${role} ${number} never had its turn`);
    }
    const appenders = reports.filter(({ role }) => role === 'append');
    const found = await session.rows<{ writer: number; rows: number; numbers: number; last: number }>(
      `select writer, count(*) as rows, count(distinct n) as numbers, max(n) as last from ${session.scan(lake.table('log') as TableState)} group by writer order by writer`,
    );
    assert.deepEqual(
      found,
      appenders.map(({ number, rows }) => ({ writer: number, rows, numbers: rows, last: rows - 1 })),
      'each acknowledged row is there once, and no other',
    );
    const all = appenders.reduce((sum, { rows }) => sum + rows, 0);
    const ids = await session.rows(
      `select count(*) as rows, count(distinct _row_id) as ids, min(_row_id) as first, max(_row_id) as last from ${session.scan(lake.table('log') as TableState, { rowId: true })}`,
    );
    assert.deepEqual(ids, [{ rows: all, ids: all, first: 0, last: all - 1 }], 'row ids');
    for (const { role, number, commits } of reports) {
      if (role !== 'replace') continue;
      const rows = await session.rows(
        `select writer, count(*) as n from ${session.scan(lake.table(replaced(number)) as TableState)} group by writer`,
      );
      assert.deepEqual(rows, [{ writer: commits, n: 5 }], `the last content of ${replaced(number)}`);
    }
    const snapshots = new Set(
      database.all<{ id: number }>('select snapshot_id as id from ducklake_snapshot').map(({ id }) => id),
    );
    let looked = 0;
    for (const asset of lake.tables()) {
      const mine =
        asset === 'log'
          ? appenders
          : reports.filter((one) => one.role === 'replace' && replaced(one.number) === asset);
      const versions = state.versions(asset);
      const wanted = 1 + mine.reduce((sum, { commits }) => sum + commits, 0);
      assert.deepEqual(
        versions.map(({ number }) => number),
        Array.from({ length: wanted }, (_, i) => wanted - i),
        `${asset}: one version for each commit`,
      );
      assert.equal(state.live(asset)?.number, wanted);
      const moves = state.aliasMoves(asset).toReversed();
      assert.deepEqual(
        moves.map(({ from, to }) => [from, to]),
        moves.map((_, i) => [i === 0 ? null : `${asset}@${i}`, `${asset}@${i + 1}`]),
        `${asset}: the alias went from version to version`,
      );
      for (const { id, snapshot, rows } of versions) {
        if (!snapshots.has(snapshot)) continue;
        looked++;
        assert.equal(lake.table(asset, snapshot)?.rows, rows, `${id}: as many rows as its snapshot`);
      }
    }
    assert.ok(looked > 3);
    assert.deepEqual(checkCatalog(database), []);
  } finally {
    session.close();
    database.close();
    await workspace.close();
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main();
