import assert from 'node:assert/strict';
import { mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import {
  graphOf,
  HOME,
  type Kind,
  type Node,
  openWorkspace,
  type Project,
  plan,
  publish,
  rollback,
  run,
  type Step,
  type Workspace,
} from '../../../graph/index.ts';
import type { Version } from '../../../store/state/index.ts';
import { col } from '../../contract/index.ts';
import { connectorConformance, type Item } from '../connector.conformance.ts';
import { source } from '../declare.ts';
import { sourceKind } from '../kind.ts';
import type { SourceBody } from '../spec.ts';
import { sourceVersionOf } from '../version.ts';
import { stream } from './declare.ts';
import { type Intake, openIntake } from './intake.ts';
import { ingestLog } from './record.ts';

const kinds = new Map([[sourceKind.kind, sourceKind as unknown as Kind]]);
const columns = { id: col.string(), n: col.integer().between(0, 100), at: col.timestamp() };

function projectOf(items: ReturnType<typeof source>): Project {
  return { name: 'bench', assets: { items }, place: { file: 'x', line: 1, column: 1 } } as unknown as Project;
}
const nodeOf = (project: Project) => graphOf(project).nodes.get('items') as Node<SourceBody>;

// A client that posts what it has not posted before, to a server that is another process as far as the run can see.
connectorConformance(
  'stream',
  async (folder) => {
    const server = await openWorkspace(folder, {});
    const intake = await openIntake(
      server,
      nodeOf(projectOf(source('items', { from: stream(), columns, key: 'id' }))),
    );
    const log = join(folder, HOME, 'log', ingestLog('items'));
    let name = 'n';
    const posted = new Set<string>();
    return {
      from: stream(),
      put: async (items: readonly Item[]) => {
        const rows = items.map(({ n, ...rest }) => JSON.stringify({ ...rest, [name]: n }));
        const news = rows.filter((row) => !posted.has(row));
        for (const row of news) posted.add(row);
        if (news.length > 0) await intake.take(await intake.judge(news));
      },
      rename: async (_, to) => {
        name = to;
      },
      down: async () => renameSync(log, `${log}-away`),
      up: async () => {
        rmSync(log, { recursive: true, force: true });
        renameSync(`${log}-away`, log);
      },
      close: async () => {
        intake.close();
        await server.close();
      },
    };
  },
  { forgets: false, replaces: true, down: 'MILL_CONNECTOR_UNREACHABLE', renamed: 'set aside' },
);

describe('stream', () => {
  let folder: string;
  let workspace: Workspace;
  let intake: Intake;
  const keyless = () => projectOf(source('items', { from: stream(), columns }));

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'millrace-'));
    workspace = await openWorkspace(folder, {});
    intake = await openIntake(workspace, nodeOf(keyless()));
  });
  afterEach(async () => {
    intake.close();
    await workspace.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const rowsOf = (...ids: string[]) => ids.map((id) => JSON.stringify({ id, n: 1, at: '2026-03-01' }));
  async function post(ids: readonly string[], key?: string, door = intake): Promise<void> {
    await door.take(await door.judge(rowsOf(...ids)), key === undefined ? undefined : { key, part: 0 });
  }
  async function go(project = keyless()): Promise<string> {
    const { steps } = await run(graphOf(project), kinds, workspace);
    return steps.map(({ step, outcome }) => `${step.action} ${outcome}`).join('; ');
  }
  async function ids(): Promise<string[]> {
    const state = workspace.lake.table('items', workspace.state.live('items')?.snapshot);
    const session = await workspace.engine.session();
    const rows = await session.rows<{ id: string }>(
      `select id from ${session.scan(state as never)} order by id`,
    );
    session.close();
    return rows.map(({ id }) => id);
  }

  test('a request with an Idempotency-Key counts once: in one process, in another, and after a run', async () => {
    await post(['a', 'b'], 'k1');
    await Promise.all([post(['a', 'b'], 'k1'), post(['c'], 'k2'), post(['c'], 'k2')]);
    assert.equal(intake.behind(), 3);
    const other = await openWorkspace(folder, {});
    const second = await openIntake(other, nodeOf(keyless()));
    await post(['a', 'b'], 'k1', second);
    assert.equal(second.behind(), 0);
    assert.equal(await second.count(), 3);
    assert.equal(await go(), 'create published');
    assert.deepEqual(await ids(), ['a', 'b', 'c']);
    const third = await openIntake(other, nodeOf(keyless()));
    await post(['a', 'b'], 'k1', third);
    assert.equal(third.behind(), 0, 'known from before it began');
    await assert.rejects(post(['a', 'x'], 'k1', third), { code: 'MILL_INGEST_KEY_REUSED' });
    second.close();
    third.close();
    await other.close();
    assert.equal(await go(), '');
    await post(['a', 'b']);
    assert.equal(await go(), 'extend published');
    assert.deepEqual(await ids(), ['a', 'a', 'b', 'b', 'c'], 'without any key, two requests are two');
  });

  test('two processes that take one request at the same moment: it counts once', async () => {
    const other = await openWorkspace(folder, {});
    const second = await openIntake(other, nodeOf(keyless()));
    // Both have looked before either has written.
    const log = await other.log(ingestLog('items'));
    await post(['a'], 'k1');
    const value = [];
    for await (const record of (await workspace.log(ingestLog('items'))).read()) value.push(record.value);
    await log.append(value[0] as never);
    assert.equal(await go(), 'create published');
    assert.deepEqual(await ids(), ['a']);
    await log.append(value[0] as never);
    await go();
    assert.deepEqual(await ids(), ['a'], 'nor after the first was committed');
    second.close();
    await other.close();
  });

  test('bad rows that are posted again are set aside once where there is a key', async () => {
    const keyed = projectOf(source('items', { from: stream(), columns, key: 'id' }));
    const door = await openIntake(workspace, nodeOf(keyed));
    const bad = ['{"id":"a","n":1000,"at":"2026-03-01"}', 'no json', '{}'];
    const judged = await door.judge(bad);
    assert.deepEqual(
      judged.verdicts.map(({ rules }) => rules),
      [['n: between 0 and 100'], ['json'], ['id: null', 'n: null', 'at: null']],
    );
    await door.take(judged);
    await door.take(judged);
    await go(keyed);
    await door.take(judged);
    await go(keyed);
    const aside = workspace.lake.table('items__quarantine', workspace.state.live('items')?.snapshot);
    assert.equal(aside?.rows, 3);
    door.close();
  });

  test('what was taken back comes again when more is posted', async () => {
    await post(['a']);
    await go();
    await post(['b']);
    await go();
    rollback(workspace, 'items');
    await post(['c']);
    assert.equal(await go(), 'extend published');
    assert.deepEqual(await ids(), ['a', 'b', 'c']);
  });

  test('micro-batches leave few files, of good rows and of bad ones; a roll-back goes to before they were put together', async () => {
    const bad = (n: number) => JSON.stringify({ id: `bad-${n}`, n: -1, at: '2026-03-01' });
    const name = (n: number) => `n${String(n).padStart(2, '0')}`;
    for (let n = 0; n < 20; n++) {
      await post([name(n)]);
      await intake.take(await intake.judge([bad(n)]));
      assert.equal(await go(), n === 0 ? 'create published' : 'extend published');
    }
    const names = (n: number) => Array.from({ length: n }, (_, i) => name(i));
    assert.deepEqual(await ids(), names(20));
    const filesOf = (table: string) =>
      workspace.lake.table(table, workspace.state.live('items')?.snapshot)?.files.length ?? 0;
    assert.ok(filesOf('items') < 12 && filesOf('items__quarantine') < 12, `${filesOf('items')} files`);
    const rowIds = async (): Promise<unknown[]> => {
      const state = workspace.lake.table('items', workspace.state.live('items')?.snapshot);
      const session = await workspace.engine.session();
      const found = await session.rows(
        `select id, _load, _row_id from ${session.scan(state as never, { rowId: true })} order by id`,
      );
      session.close();
      return found.map((row) => Object.values(row));
    };
    assert.deepEqual(
      await rowIds(),
      names(20).map((id, n) => [id, n + 1, n]),
    );
    rollback(workspace, 'items', 'items@5');
    assert.deepEqual(await ids(), names(5));
    await post(['x']);
    assert.equal(await go(), 'extend published');
    assert.deepEqual(await ids(), [...names(20), 'x'], 'what was taken back comes forward again');
    assert.equal(sourceVersionOf(workspace.state.live('items') as Version).quarantined, 20);
  });

  test('a build that is overtaken by a version which was taken back since begins again: its loads would lie below', async () => {
    await post(['a']);
    await go();
    await post(['b']);
    const graph = graphOf(keyless());
    const node = nodeOf(keyless());
    const step = (await plan(graph, kinds, workspace)).steps[0] as Step;
    const late = {
      ...{
        node,
        graph,
        workspace,
        live: workspace.state.live('items'),
        extend: true,
        arrivals: step.arrivals,
      },
      ...{ input: () => assert.fail(), buildId: 'x', base: workspace.lake.head() },
      ...{ progress: () => {}, say: () => {} },
      signal: new AbortController().signal,
    };
    const candidate = await sourceKind.build(late);
    await go();
    rollback(workspace, 'items');
    const publication = { step, candidate, inputs: {}, base: late.base, run: 'r' };
    assert.throws(() => publish(workspace, publication), { code: 'MILL_RUN_BEATEN' });
    await post(['c']);
    assert.equal(await go(), 'extend published');
    assert.deepEqual(await ids(), ['a', 'b', 'c']);
    const { loads } = sourceVersionOf(workspace.state.live('items') as Version);
    assert.equal(
      workspace.state.loadsIn('items', loads).length,
      2,
      'and none of the version that was taken back',
    );
  });

  test('rules that need more than the row are refused by check, by name', async () => {
    const { rowWhere } = await import('../../contract/index.ts');
    const cards = source('cards', { from: stream(), columns: { card: col.string() } });
    const items = source('items', {
      from: stream(),
      columns: { card: col.string().references(cards, 'card') },
      expect: [rowWhere('odd', "card <> 'x'")],
    });
    const session = await workspace.engine.session();
    const graph = graphOf({ ...projectOf(items as never), assets: { items, cards } } as never);
    const node = graph.nodes.get('items') as Node<SourceBody>;
    const problems = (await sourceKind.check?.(node, { graph, session })) ?? [];
    session.close();
    assert.deepEqual(
      problems.map(({ code, message }) => `${code} ${message.split("'")[1]}`),
      ['MILL_STREAM_RULE card: not in cards.card', 'MILL_STREAM_RULE odd'],
    );
  });
});
