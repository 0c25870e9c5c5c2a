import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import {
  graphOf,
  HOME,
  type Kind,
  type Kinds,
  openWorkspace,
  type Project,
  plan,
  type RunOptions,
  rollback,
  run,
  type Workspace,
} from '../../graph/index.ts';
import { openDatabase } from '../../store/database.ts';
import { checkCatalog } from '../../store/lake/index.ts';
import { col } from '../contract/index.ts';
import { type Connector, source } from './declare.ts';
import { files } from './files/declare.ts';
import { sourceKind } from './kind.ts';

/** A row as the outside has it, in any order of columns. `n` may be no number: a bad row. */
export interface Item {
  readonly id: string;
  readonly n: string | null;
  /** ISO 8601; it grows as rows are added or changed. */
  readonly at: string;
  readonly extra?: string;
}

/** An outside that a connector reads, under the test's hand. */
export interface OutsideBench {
  readonly from: Connector;
  /** Makes this the whole content. */
  put(items: readonly Item[]): Promise<void>;
  /** Makes a column go by another name, or gives it its own back. */
  rename(column: 'n', to: string): Promise<void>;
  /** Stops answering, and answers again. */
  down(): Promise<void>;
  up(): Promise<void>;
  close(): Promise<void>;
}

/** What connectors differ in. All are named, so that adding one makes every connector answer. */
export interface Traits {
  /** Whether a row that went away outside leaves the table too. */
  readonly forgets: boolean;
  /** Whether a row seen again replaces the earlier one of its key, wherever it comes from. */
  readonly replaces: boolean;
  /** The code with which the step fails when the outside is down. */
  readonly down: string;
  /** What comes of a column that goes by another name: the load is refused (default), or each row was set aside when it came. */
  readonly renamed?: 'refused' | 'set aside';
}

const item = (id: string, n: number | string | null, minute: number): Item => ({
  id,
  n: n === null ? null : String(n),
  at: `2026-03-01T10:${String(minute).padStart(2, '0')}:00Z`,
});

/** The suite of the connector port: what every way in does, over real stores and a real outside. */
export function connectorConformance(
  name: string,
  open: (folder: string) => Promise<OutsideBench>,
  traits: Traits,
  skip: string | false = false,
): void {
  describe(`connector: ${name}`, { skip }, () => {
    let folder: string;
    let outside: OutsideBench;
    let workspace: Workspace;
    const kinds: Kinds = new Map([[sourceKind.kind, sourceKind as unknown as Kind]]);

    beforeEach(async () => {
      folder = mkdtempSync(join(tmpdir(), 'millrace-'));
      outside = await open(folder);
      workspace = await openWorkspace(folder, {});
    });
    afterEach(async () => {
      await workspace.close();
      await outside.close();
      const database = openDatabase(join(folder, HOME, 'state.db'));
      const faults = checkCatalog(database);
      database.close();
      rmSync(folder, { recursive: true, force: true });
      assert.deepEqual(faults, []);
    });

    function declared(key = true, most = 100): Project {
      const contract = {
        from: outside.from,
        columns: { id: col.string(), n: col.integer().between(0, most), at: col.timestamp() },
      };
      const items = key ? source('items', { ...contract, key: 'id' }) : source('items', contract);
      return {
        name: 'bench',
        assets: { items },
        place: { file: 'x', line: 1, column: 1 },
      } as unknown as Project;
    }
    const go = (project = declared(), options: RunOptions = {}) =>
      run(graphOf(project), kinds, workspace, { retry: { attempts: 1 }, ...options });
    /** Runs, and says what became of the source. */
    async function told(project = declared()): Promise<string> {
      const { steps } = await go(project);
      return steps
        .map(({ step, outcome, problems }) =>
          [step.action, outcome, ...problems.map((p) => p.code)].join(' '),
        )
        .join('; ');
    }
    async function rows(table = 'items'): Promise<Record<string, unknown>[]> {
      const live = workspace.state.live('items');
      const state = live && workspace.lake.table(table, live.snapshot);
      if (state === undefined) return [];
      const session = await workspace.engine.session();
      try {
        return await session.rows(`select * from ${session.scan(state)} order by all`);
      } finally {
        session.close();
      }
    }
    const short = async () => (await rows()).map(({ id, n }) => `${id} ${n}`);
    const pulls = (): string[] => {
      try {
        return readdirSync(join(folder, HOME, 'pulls'));
      } catch {
        return [];
      }
    };

    test('brings what is there, then what is new, and nothing twice', async () => {
      await outside.put([item('a', 1, 1), item('b', 2, 2)]);
      assert.equal(await told(), 'create published');
      assert.deepEqual(await short(), ['a 1', 'b 2']);
      assert.equal(workspace.state.live('items')?.rows, 2);
      assert.equal(await told(), '', 'nothing has arrived');
      await outside.put([item('a', 1, 1), item('b', 2, 2), item('c', 3, 3)]);
      assert.equal(await told(), 'extend published');
      assert.deepEqual(await short(), ['a 1', 'b 2', 'c 3']);
      assert.equal(workspace.state.live('items')?.rows, 3);
      assert.equal(await told(), '');
      assert.deepEqual(pulls(), [], 'nothing is left behind');
    });

    test('cells come through as they are: quotes, lines, other alphabets, nothing', async () => {
      const odd = [
        `it's "quoted", \\ and`,
        'two\nlines',
        'Ünïcödé 漢字 🙂',
        '{"json": [1]}',
        "'; drop table items; --",
      ];
      await outside.put(odd.map((id, i) => item(id, i, i)));
      assert.equal(await told(), 'create published');
      assert.deepEqual((await rows()).map(({ id }) => id).sort(), odd.toSorted());
      assert.deepEqual(
        (await rows()).map(({ at }) => (at as Date).toISOString()).sort(),
        odd.map((_, i) => `2026-03-01T10:0${i}:00.000Z`),
      );
    });

    test('an empty outside is an empty table, and it fills', async () => {
      await outside.put([]);
      const first = await told();
      assert.ok(first === 'create published', first);
      assert.deepEqual(await short(), []);
      assert.equal(await told(), '');
      await outside.put([item('a', 1, 1)]);
      assert.equal(await told(), 'extend published');
      assert.deepEqual(await short(), ['a 1']);
    });

    test('a changed row', async () => {
      await outside.put([item('a', 1, 1), item('b', 2, 2)]);
      await told();
      await outside.put([item('a', 1, 1), item('b', 20, 3)]);
      assert.equal(await told(), 'extend published');
      assert.deepEqual(await short(), ['a 1', 'b 20']);
      assert.equal(workspace.state.live('items')?.rows, 2);
      assert.equal(await told(), '');
    });

    test('a row that went away', async () => {
      await outside.put([item('a', 1, 1), item('b', 2, 2)]);
      await told();
      await outside.put([item('b', 2, 2)]);
      await told();
      assert.deepEqual(await short(), traits.forgets ? ['b 2'] : ['a 1', 'b 2']);
      assert.equal(await told(), '');
    });

    test('a key that is there twice: one row has it', async () => {
      await outside.put([item('a', 1, 1), item('b', 2, 2), item('a', 3, 3)]);
      assert.equal(await told(), 'create published');
      assert.deepEqual(await short(), [traits.replaces ? 'a 3' : 'a 1', 'b 2']);
      const aside = await rows('items__quarantine');
      assert.deepEqual(
        aside.map(({ _rules }) => _rules),
        traits.replaces ? [] : ['["key: duplicate"]'],
      );
    });

    test('bad rows are set aside with reason and content, once', async () => {
      await outside.put([item('a', 1, 1), item('b', 999, 2), item('c', 'many', 3), item('d', null, 4)]);
      assert.equal(await told(), 'create published');
      assert.deepEqual(await short(), ['a 1']);
      await outside.put([
        item('a', 1, 1),
        item('b', 999, 2),
        item('c', 'many', 3),
        item('d', null, 4),
        item('e', 5, 5),
      ]);
      assert.equal(await told(), 'extend published');
      assert.deepEqual(await short(), ['a 1', 'e 5']);
      const aside = await rows('items__quarantine');
      assert.deepEqual(aside.map(({ _rules }) => String(_rules)).sort(), [
        '["n: between 0 and 100"]',
        '["n: not an integer"]',
        '["n: null"]',
      ]);
      const cells = aside.map(({ _row }) => JSON.parse(String(_row)) as Record<string, unknown>);
      assert.deepEqual(cells.map(({ id }) => id).sort(), ['b', 'c', 'd']);
    });

    test('a column that goes by another name is refused, by name; its return mends it', async () => {
      await outside.put([item('a', 1, 1)]);
      await told();
      await outside.rename('n', 'm');
      await outside.put([item('a', 1, 1), item('b', 2, 2)]);
      const failure = await go().then(
        ({ steps }) => steps[0]?.problems[0]?.code,
        (error: Error & { code: string }) => error.code,
      );
      const aside = await rows('items__quarantine');
      if (traits.renamed === 'set aside') assert.match(String(aside[0]?.['_rules']), /^\["n: null"/);
      else assert.equal(failure, 'MILL_SOURCE_COLUMN_MISSING');
      assert.deepEqual(await short(), ['a 1'], 'what was live stays live');
      await outside.rename('n', 'n');
      await outside.put([item('a', 1, 1), item('b', 2, 2)]);
      assert.equal(await told(), 'extend published');
      assert.deepEqual(await short(), ['a 1', 'b 2']);
    });

    test('more columns outside change nothing', async () => {
      await outside.put([{ ...item('a', 1, 1), extra: 'x' }]);
      assert.equal(await told(), 'create published');
      assert.deepEqual(await short(), ['a 1']);
    });

    test('an outside that is down is said so, and nothing changes; then it goes on', async () => {
      await outside.put([item('a', 1, 1)]);
      await told();
      const live = workspace.state.live('items')?.id;
      await outside.down();
      // As a step that fails: what else there is to do is done.
      assert.equal(await told(declared(true, 99)), `rebuild failed ${traits.down}`);
      assert.equal(workspace.state.live('items')?.id, live);
      assert.deepEqual(await short(), ['a 1']);
      await outside.up();
      await outside.put([item('a', 1, 1), item('b', 2, 2)]);
      assert.equal(await told(), 'extend published');
      assert.deepEqual(await short(), ['a 1', 'b 2']);
    });

    test('a run that dies between reading and publishing has done nothing; the next does all of it', async () => {
      await outside.put([item('a', 1, 1)]);
      await told();
      await outside.put([item('a', 1, 1), item('b', 2, 2)]);
      const { state } = workspace;
      const broken: Workspace = {
        ...workspace,
        state: Object.assign(Object.create(state) as typeof state, {
          addVersion: () => {
            throw new Error('killed');
          },
        }),
      };
      const { steps } = await run(graphOf(declared()), kinds, broken);
      assert.equal(steps[0]?.outcome, 'failed');
      assert.deepEqual(await short(), ['a 1']);
      assert.equal(await told(), 'extend published');
      assert.deepEqual(await short(), ['a 1', 'b 2']);
      assert.equal(await told(), '');
    });

    test('what was taken back stays back while the outside is as it was, and goes on when it moves', async () => {
      await outside.put([item('a', 1, 1)]);
      await told();
      await outside.put([item('a', 1, 1), item('b', 2, 2)]);
      await told();
      rollback(workspace, 'items');
      assert.deepEqual(await short(), ['a 1']);
      assert.equal(await told(), 'hold held');
      assert.deepEqual(await short(), ['a 1']);
      await outside.put([item('a', 1, 1), item('b', 2, 2), item('c', 3, 3)]);
      assert.equal(await told(), 'extend published');
      assert.deepEqual(await short(), ['a 1', 'b 2', 'c 3']);
    });

    test('another contract: everything is read anew', async () => {
      await outside.put([item('a', 1, 1), item('b', 50, 2)]);
      await told();
      await outside.put([item('a', 1, 1), item('b', 50, 2), item('c', 3, 3)]);
      await told();
      assert.equal(await told(declared(true, 10)), 'rebuild published');
      assert.deepEqual(await short(), ['a 1', 'c 3']);
      assert.equal(await told(declared(true, 10)), '');
    });

    test('the outside moves between plan and reading: what was read counts, and nothing is lost or doubled', async () => {
      await outside.put([item('a', 1, 1)]);
      await told();
      await outside.put([item('a', 1, 1), item('b', 2, 2)]);
      let moved: Promise<void> | undefined;
      const result = await run(graphOf(declared()), kinds, workspace, {
        onEvent: (event) => {
          if (event.event === 'planned' && event.attempt === 1)
            moved = outside.put([item('a', 1, 1), item('b', 2, 2), item('c', 3, 3)]);
        },
      });
      await moved;
      assert.ok(result.ok, JSON.stringify(result.steps.map(({ problems }) => problems)));
      await go();
      assert.deepEqual(await short(), ['a 1', 'b 2', 'c 3']);
      assert.equal(await told(), '');
    });

    test('another way in takes its place, and it takes it back', async () => {
      await outside.put([item('a', 1, 1)]);
      await told();
      mkdirSync(join(folder, 'elsewhere'));
      writeFileSync(join(folder, 'elsewhere', 'x.csv'), 'id,n,at\nx,7,2026-01-01\n');
      const columns = { id: col.string(), n: col.integer().between(0, 100), at: col.timestamp() };
      const items = source('items', { from: files('elsewhere/*.csv'), columns, key: 'id' });
      const other = { ...declared(), assets: { items } } as unknown as Project;
      const moved = await told(other);
      // From files to files it is the same way, and its files must not be lost in silence.
      if (outside.from.connector === 'files')
        return assert.equal(moved, 'rebuild failed MILL_SOURCE_FILES_GONE');
      assert.equal(moved, 'rebuild published');
      assert.deepEqual(await short(), ['x 7']);
      await outside.put([item('a', 1, 1), item('b', 2, 2)]);
      assert.equal(await told(), 'rebuild published');
      assert.deepEqual(await short(), ['a 1', 'b 2']);
      assert.equal(await told(), '');
    });

    test('a plan alone changes nothing', async () => {
      await outside.put([item('a', 1, 1)]);
      const graph = graphOf(declared());
      const planned = await plan(graph, kinds, workspace);
      assert.equal(planned.steps[0]?.action, 'create');
      assert.ok((planned.steps[0]?.bytes ?? 0) > 0);
      assert.equal(workspace.state.live('items'), undefined);
      const again = await plan(graph, kinds, workspace);
      assert.equal(again.steps[0]?.fingerprint, planned.steps[0]?.fingerprint);
    });
  });
}
