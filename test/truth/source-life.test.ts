import assert from 'node:assert/strict';
import { rmSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type SourceVersion, sourceVersionOf } from '../../src/assets/index.ts';
import { rollback } from '../../src/graph/index.ts';
import { col, files, type Project, project, rowCount, source, sql, table } from '../../src/index.ts';
import type { Version } from '../../src/store/state/index.ts';
import { ask } from './digest.fixture.ts';
import { type Bench, openBench, put, told } from './line.fixture.ts';

let bench: Bench;
beforeEach(async () => {
  bench = await openBench();
});
afterEach(() => bench.close());

interface Change {
  readonly most?: number;
  readonly onBreach?: 'quarantine' | 'block' | 'warn';
  readonly atLeast?: number;
}

/** Items with a number, and a table of all of them. */
function shop({ most = 100, onBreach = 'quarantine', atLeast = 0 }: Change = {}): Project {
  const items = source('items', {
    from: files('in/*.csv'),
    columns: { id: col.string(), n: col.integer().between(0, most) },
    key: 'id',
    expect: [rowCount.atLeast(atLeast)],
    onBreach,
  });
  const copies = table('copies', {
    columns: { id: col.string(), n: col.integer() },
    key: 'id',
    query: sql`select id, n from ${items}`,
  });
  return project('shop', { items, copies }) as unknown as Project;
}

const file = (...lines: string[]): string => `id,n\n${lines.join('\n')}\n`;
const run = (change: Change = {}) => bench.run(shop(change));

/** `id n #row-id` of the live version, in order of id. */
async function rows(asset = 'items'): Promise<string[]> {
  if (bench.workspace.state.live(asset) === undefined) return [];
  const found = await ask<{ id: string; n: number; _row_id: number }>(
    bench.workspace,
    asset,
    (relation) => `select * from ${relation} order by id`,
    { rowId: true },
  );
  return found.map(({ id, n, _row_id }) => (asset === 'items' ? `${id} ${n} #${_row_id}` : `${id} ${n}`));
}

const detail = (): SourceVersion => sourceVersionOf(bench.workspace.state.live('items') as Version);

const paths = (): string[] => {
  return bench.workspace.state.loadsIn('items', detail().loads).map(({ path }) => path);
};

test('a new file adds its rows; the others keep theirs and their row ids', async () => {
  put(bench.folder, 'in/1.csv', file('a,1', 'b,2', 'c,999'));
  assert.deepEqual(told(await run()), ['items create published', 'copies create published']);
  assert.deepEqual(await rows(), ['a 1 #0', 'b 2 #1']);
  put(bench.folder, 'in/2.csv', file('d,4', 'a,5'));
  const result = await run();
  assert.deepEqual(told(result), ['items extend published', 'copies rebuild published']);
  assert.deepEqual(result.steps[0]?.step.reasons, ['1 new file']);
  assert.deepEqual(await rows(), ['a 1 #0', 'b 2 #1', 'd 4 #2']);
  assert.deepEqual(await rows('copies'), ['a 1', 'b 2', 'd 4']);
  assert.equal(detail().quarantined, 2);
  assert.deepEqual(told(await run()), []);
});

test('a changed file exchanges its own rows alone', async () => {
  put(bench.folder, 'in/1.csv', file('a,1', 'b,2'));
  put(bench.folder, 'in/2.csv', file('c,3'));
  await run();
  put(bench.folder, 'in/3.csv', file('d,4'));
  await run();
  const before = await rows();
  put(bench.folder, 'in/1.csv', file('b,22', 'e,5', 'f,-1'));
  const result = await run();
  assert.deepEqual(result.steps[0]?.step.reasons, ['1 changed file']);
  assert.equal(result.steps[0]?.step.action, 'extend');
  const after = await rows();
  assert.deepEqual(
    after.map((row) => row.split(' #')[0]),
    ['b 22', 'c 3', 'd 4', 'e 5'],
  );
  assert.deepEqual(
    after.filter((row) => /^[cd]/.test(row)),
    before.filter((row) => /^[cd]/.test(row)),
  );
  const ids = [...before, ...after].map((row) => row.split('#')[1]);
  assert.equal(new Set(ids).size, 6, 'no row id of a row that left is given again');
  assert.deepEqual(paths().sort(), ['in/1.csv', 'in/2.csv', 'in/3.csv']);
  assert.deepEqual(told(await run()), []);
});

test('a file that was only touched is not loaded again', async () => {
  put(bench.folder, 'in/1.csv', file('a,1'));
  await run();
  const path = join(bench.folder, 'in/1.csv');
  utimesSync(path, new Date(), new Date(Date.now() + 5000));
  put(bench.folder, 'in/.hidden.csv', 'x');
  assert.deepEqual(told(await run()), []);
});

test('a file that vanished keeps its rows, also when others come', async () => {
  put(bench.folder, 'in/1.csv', file('a,1'));
  put(bench.folder, 'in/2.csv', file('b,2'));
  await run();
  rmSync(join(bench.folder, 'in/1.csv'));
  assert.deepEqual(told(await run()), []);
  put(bench.folder, 'in/3.csv', file('c,3'));
  await run();
  assert.deepEqual(await rows(), ['a 1 #0', 'b 2 #1', 'c 3 #2']);
  rmSync(join(bench.folder, 'in'), { recursive: true });
  assert.deepEqual(told(await run()), []);
});

test('another declaration loads everything anew, unless files are gone: then nothing changes', async () => {
  put(bench.folder, 'in/1.csv', file('a,1', 'b,20'));
  put(bench.folder, 'in/2.csv', file('c,3'));
  await run();
  assert.deepEqual(told(await run({ most: 10 })), ['items rebuild published', 'copies rebuild published']);
  assert.deepEqual(await rows('copies'), ['a 1', 'c 3']);
  rmSync(join(bench.folder, 'in/2.csv'));
  const live = bench.workspace.state.live('items');
  const head = bench.workspace.lake.head();
  const result = await run({ most: 50 });
  assert.deepEqual(told(result), ['items rebuild failed', 'copies rebuild blocked']);
  const [problem] = result.steps[0]?.problems ?? [];
  assert.equal(problem?.code, 'MILL_SOURCE_FILES_GONE');
  assert.match(problem?.message ?? '', /1 of its files are gone, in\/2\.csv first/);
  assert.deepEqual(bench.workspace.state.live('items'), live);
  assert.equal(bench.workspace.lake.head(), head);
  // The old declaration finds its version again, whatever became of the files.
  assert.deepEqual(told(await run()), ['items reuse published', 'copies reuse published']);
  assert.deepEqual(await rows('copies'), ['a 1', 'b 20', 'c 3']);
});

test('no file at all is a failed step that says so', async () => {
  const result = await run();
  assert.deepEqual(told(result), ['items create failed', 'copies create blocked']);
  assert.equal(result.steps[0]?.problems[0]?.code, 'MILL_SOURCE_NO_FILES');
});

test('a file that cannot be read loads nothing, names itself, and is loaded when mended', async () => {
  put(bench.folder, 'in/1.csv', file('a,1'));
  await run();
  const before = await rows();
  const head = bench.workspace.lake.head();
  put(bench.folder, 'in/2.csv', file('b,2'));
  put(bench.folder, 'in/3.csv', 'identity,n\nc,3\n');
  put(bench.folder, 'in/4.csv', file('d,4'));
  const result = await run();
  assert.deepEqual(told(result), ['items extend failed', 'copies rebuild blocked']);
  const [problem] = result.steps[0]?.problems ?? [];
  assert.equal(problem?.code, 'MILL_SOURCE_COLUMN_MISSING');
  assert.match(problem?.message ?? '', /in\/3\.csv/);
  assert.deepEqual(await rows(), before);
  assert.equal(bench.workspace.lake.head(), head);
  put(bench.folder, 'in/3.csv', Buffer.from([0x69, 0x64, 0x2c, 0x6e, 0x0a, 0xff, 0xfe, 0x2c, 0x31, 0x0a]));
  const encoded = await run();
  assert.match(encoded.steps[0]?.problems[0]?.message ?? '', /in\/3\.csv/);
  assert.deepEqual(await rows(), before);
  put(bench.folder, 'in/3.csv', file('c,3'));
  await run();
  assert.deepEqual(await rows('copies'), ['a 1', 'b 2', 'c 3', 'd 4']);
});

test('under block, a file with a bad row is a candidate only; the live version stays as it was', async () => {
  put(bench.folder, 'in/1.csv', file('a,1'));
  await run({ onBreach: 'block' });
  const head = bench.workspace.lake.head();
  put(bench.folder, 'in/2.csv', file('b,2', 'c,999'));
  assert.deepEqual(told(await run({ onBreach: 'block' })), [
    'items extend rejected',
    'copies rebuild blocked',
  ]);
  const { state, lake } = bench.workspace;
  assert.equal(state.live('items')?.id, 'items@1');
  assert.equal(state.version('items@2')?.status, 'candidate');
  assert.equal(lake.head(), head);
  assert.deepEqual(await rows(), ['a 1 #0']);
  assert.deepEqual(told(await run({ onBreach: 'block' })), ['items hold held']);
  put(bench.folder, 'in/2.csv', file('b,2', 'c,99'));
  assert.deepEqual(told(await run({ onBreach: 'block' })), [
    'items extend published',
    'copies rebuild published',
  ]);
  assert.deepEqual(await rows('copies'), ['a 1', 'b 2', 'c 99']);
  assert.deepEqual(paths(), ['in/1.csv', 'in/2.csv']);
});

test('too few rows are a candidate until more come', async () => {
  put(bench.folder, 'in/1.csv', file('a,1'));
  assert.deepEqual(told(await run({ atLeast: 2 })), ['items create rejected', 'copies create blocked']);
  assert.deepEqual(await rows(), []);
  put(bench.folder, 'in/2.csv', file('b,2'));
  assert.deepEqual(told(await run({ atLeast: 2 })), ['items create published', 'copies create published']);
  assert.deepEqual(await rows('copies'), ['a 1', 'b 2']);
});

test('a file that is written while the run is under way is loaded whole or not at all', async () => {
  put(bench.folder, 'in/1.csv', file('a,1'));
  put(bench.folder, 'in/2.csv', file('b,2'));
  let first = true;
  const result = await bench.run(shop(), {
    onEvent: (event) => {
      if (event.event !== 'step-started' || !first) return;
      first = false;
      put(bench.folder, 'in/2.csv', file('b,3', 'c,3'));
    },
  });
  assert.equal(result.ok, true);
  await sleep(1);
  assert.deepEqual(await rows('copies'), ['a 1', 'b 3', 'c 3']);
  assert.deepEqual(told(await run()), []);
});

/** A first load, a bad second one, and the way back. */
async function rolledBack(): Promise<void> {
  put(bench.folder, 'in/1.csv', file('a,1'));
  await run();
  put(bench.folder, 'in/bad.csv', file('b,13'));
  await run();
  assert.deepEqual(await rows('copies'), ['a 1', 'b 13']);
  assert.deepEqual(rollback(bench.workspace, 'items'), { from: 'items@2', to: 'items@1' });
}

test('after a roll-back the next run takes along what was made of the bad load, and holds it', async () => {
  await rolledBack();
  assert.deepEqual(await rows(), ['a 1 #0']);
  assert.deepEqual(told(await run()), ['items hold held', 'copies reuse published']);
  assert.deepEqual(await rows('copies'), ['a 1']);
  assert.deepEqual(told(await run()), ['items hold held']);
});

test('after a roll-back a new file adds to what is live, and the bad load does not come back', async () => {
  await rolledBack();
  rmSync(join(bench.folder, 'in/bad.csv'));
  put(bench.folder, 'in/3.csv', file('c,3'));
  assert.deepEqual(told(await run()), ['items extend published', 'copies rebuild published']);
  assert.deepEqual(await rows('copies'), ['a 1', 'c 3']);
  assert.deepEqual(paths(), ['in/1.csv', 'in/3.csv']);
  // A key that only the bad load had is free again.
  put(bench.folder, 'in/4.csv', file('b,4'));
  await run();
  assert.deepEqual(await rows('copies'), ['a 1', 'b 4', 'c 3']);
});

test('after a roll-back a new file does not bring the bad load back that still lies there', async () => {
  await rolledBack();
  put(bench.folder, 'in/3.csv', file('c,3'));
  assert.deepEqual(told(await run()), ['items extend published', 'copies rebuild published']);
  assert.deepEqual(await rows('copies'), ['a 1', 'c 3']);
  assert.deepEqual(told(await run()), []);
  // Mended, it is another content, and comes in.
  put(bench.folder, 'in/bad.csv', file('b,2'));
  await run();
  assert.deepEqual(await rows('copies'), ['a 1', 'b 2', 'c 3']);
});

test('of rows with one key the first to come keeps it, and goes on keeping it when all is loaded anew', async () => {
  const bring = async (name: string, ...lines: string[]): Promise<void> => {
    put(bench.folder, `in/${name}.csv`, file(...lines));
    await run();
  };
  await bring('c', 'k,1', 'a,1');
  await bring('a', 'k,2', 'b,2', 'a,2');
  put(bench.folder, 'in/b.csv', file('b,3', 'c,3'));
  put(bench.folder, 'in/d.csv', file('c,4', 'd,4'));
  await run();
  const summed = (await rows()).map((row) => row.split(' #')[0]);
  assert.deepEqual(summed, ['a 1', 'b 2', 'c 3', 'd 4', 'k 1']);
  assert.deepEqual(told(await run({ most: 101 })), ['items rebuild published', 'copies rebuild published']);
  assert.deepEqual(
    (await rows()).map((row) => row.split(' #')[0]),
    summed,
  );
  assert.equal(detail().quarantined, 4);
  // Under warn all come in, so that no order matters.
  await run({ most: 101, onBreach: 'warn' });
  assert.equal((await rows()).length, 9);
  await run({ most: 101 });
  assert.deepEqual(
    (await rows()).map((row) => row.split(' #')[0]),
    summed,
  );
});
