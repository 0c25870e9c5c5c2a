import assert from 'node:assert/strict';
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { kinds, readmit, type SourceBody, sourceVersionOf } from '../../src/assets/index.ts';
import { MillraceError } from '../../src/base/index.ts';
import { graphOf, type Node, rollback } from '../../src/graph/index.ts';
import { col, files, type Project, project, rowCount, source, sql, table, unique } from '../../src/index.ts';
import type { Version } from '../../src/store/state/index.ts';
import { ask } from './digest.fixture.ts';
import { type Bench, NOW, openBench, put, told } from './line.fixture.ts';
import { eventsIn, outcomesOf } from './openlineage.fixture.ts';

let bench: Bench;
beforeEach(async () => {
  bench = await openBench();
});
afterEach(() => bench.close());

interface Change {
  readonly most?: number;
  readonly onBreach?: 'quarantine' | 'warn';
  readonly named?: boolean;
  readonly atMost?: number;
}

function shop({ most = 10, onBreach = 'quarantine', atMost = 100 }: Change = {}): Project {
  const cards = source('cards', { from: files('cards/*.csv'), columns: { card: col.string() }, key: 'card' });
  const items = source('items', {
    from: files('in/*', { nulls: ['', 'NA'] }),
    columns: {
      id: col.string(),
      card: col.string().references(cards, 'card').nullable(),
      n: col.integer().between(0, most),
    },
    key: 'id',
    expect: [rowCount.between(0, atMost), unique('n', { severity: 'warn' })],
    onBreach,
  });
  const copies = table('copies', {
    columns: { id: col.string(), n: col.integer() },
    query: sql`select id, n from ${items}`,
  });
  return project('shop', { cards, items, copies }) as unknown as Project;
}

const again = (change: Change = {}, rule?: string) => {
  const graph = graphOf(shop(change));
  return readmit(graph.nodes.get('items') as Node<SourceBody>, graph, kinds, bench.workspace, rule);
};

const rows = async (asset = 'items'): Promise<string[]> => {
  const found = await ask<{ id: string; n: number; _row_id: number; _load: number }>(
    bench.workspace,
    asset,
    (relation) => `select * from ${relation} order by id`,
    { rowId: true },
  );
  return found.map(({ id, n, _row_id, _load }) =>
    asset === 'items' ? `${id} ${n} load ${_load} #${_row_id}` : `${id} ${n}`,
  );
};
const aside = async (): Promise<string[]> => {
  const { lake, engine, state } = bench.workspace;
  const held = lake.table('items__quarantine', state.live('items')?.snapshot);
  if (held === undefined) return [];
  const session = await engine.session();
  try {
    const found = await session.rows<{ _line: number; _rules: string }>(
      `select _line, _rules from ${session.scan(held)} order by _load, _line`,
    );
    return found.map(({ _line, _rules }) => `${_line} ${_rules}`);
  } finally {
    session.close();
  }
};
const detail = () => sourceVersionOf(bench.workspace.state.live('items') as Version);

function begin(): void {
  put(bench.folder, 'cards/1.csv', 'card\nc1\n');
  put(
    bench.folder,
    'in/1.csv',
    'n,id,card,more\n1,a,c1,x\n2,b,c2,x\n30,c,c1,x\n40,d,c2,x\n3,e,NA,x\nx,f,c1,x\n5,b,c2,x\n',
  );
  put(
    bench.folder,
    'in/2.jsonl',
    '{"id":"g","n":20,"card":"c1"}\n{"id":"h","n":6,"card":"c2"}\n{"id":"i","n":7,"card":""}\nno row\n',
  );
}

test('after the reference data came, rows are let in under their loads, once, and what is built follows', async () => {
  begin();
  await bench.run(shop());
  assert.deepEqual(await rows(), ['a 1 load 2 #0', 'e 3 load 2 #1']);
  assert.equal((await again()).admitted, 0);
  assert.equal(bench.workspace.state.versions('items').length, 1);

  put(bench.folder, 'cards/2.csv', 'card\nc2\n');
  // That reference data came is no reason to load anything anew.
  assert.deepEqual(told(await bench.run(shop())), ['cards extend published']);
  const first = await again();
  assert.equal(first.version?.id, 'items@2');
  assert.equal(first.judged, 8);
  assert.equal(first.admitted, 2);
  // Of two rows with the key b the first by load and line is in.
  assert.deepEqual(await rows(), ['a 1 load 2 #0', 'b 2 load 2 #2', 'e 3 load 2 #1', 'h 6 load 3 #3']);
  assert.deepEqual(await aside(), [
    '4 ["n: between 0 and 10"]',
    '5 ["card: not in cards.card","n: between 0 and 10"]',
    '7 ["n: not an integer"]',
    '8 ["card: not in cards.card"]',
    '1 ["n: between 0 and 10"]',
    '3 ["card: not in cards.card"]',
    '4 ["json"]',
  ]);
  assert.equal(detail().quarantined, 7);
  assert.equal(first.version?.inputs['cards'], 'cards@2');

  assert.equal((await again()).admitted, 0);
  assert.deepEqual(told(await bench.run(shop())), ['copies rebuild published']);
  assert.deepEqual(await rows('copies'), ['a 1', 'b 2', 'e 3', 'h 6']);
  assert.deepEqual(told(await bench.run(shop())), []);

  // New files are added to it, and the count of what is set aside goes on from there.
  put(bench.folder, 'in/3.csv', 'id,card,n\nz,c1,9\ny,c1,99\n');
  assert.deepEqual(told(await bench.run(shop())), ['items extend published', 'copies rebuild published']);
  assert.equal((await rows()).length, 5);
  assert.equal(detail().quarantined, 8);
  assert.equal((await aside()).length, 8);
  assert.deepEqual(told(await bench.run(shop())), []);
});

test('after a rule became looser; files need not be there any more; a roll-back takes it back', async () => {
  begin();
  await bench.run(shop());
  rmSync(join(bench.folder, 'in'), { recursive: true });
  const one = await again({ most: 30 }, 'n: between 0 and 10');
  assert.equal(one.judged, 3);
  assert.equal(one.admitted, 2);
  assert.deepEqual(
    (await rows()).map((row) => row.split(' ')[0]),
    ['a', 'c', 'e', 'g'],
  );
  // It is what is declared now: nothing is loaded anew.
  assert.deepEqual(told(await bench.run(shop({ most: 30 }))), ['copies rebuild published']);
  rollback(bench.workspace, 'items');
  assert.equal((await rows()).length, 2);
});

test('what would pass something off as built that is not is refused', async () => {
  begin();
  await assert.rejects(again(), /Nothing of it is live/);
  await bench.run(shop());
  await assert.rejects(again({ most: 2 }), /more than looser rules/);
  put(bench.folder, 'in/9.csv', 'id,card,n\nq,c1,9\n');
  await assert.rejects(again({ most: 30 }), /new arrivals.*: 1 new file/);
});

test('a rule about the table can keep them out', async () => {
  begin();
  await bench.run(shop({ atMost: 2 }));
  put(bench.folder, 'cards/2.csv', 'card\nc2\n');
  await bench.run(shop({ atMost: 2 }));
  const kept = await again({ atMost: 2 });
  assert.equal(kept.admitted, 0);
  assert.ok(kept.checks.some(({ name, passed }) => name === 'rowCount' && !passed));
  assert.equal((await rows()).length, 2);
});

test('two at once: each row is let in once', async () => {
  begin();
  await bench.run(shop());
  put(bench.folder, 'cards/2.csv', 'card\nc2\n');
  await bench.run(shop());
  const ends = await Promise.allSettled([again(), again(), again({ most: 10 }, 'n: between 0 and 10')]);
  const ok = ends.filter((end) => end.status === 'fulfilled');
  for (const end of ends)
    if (end.status === 'rejected') assert.match(String(end.reason), /MILL_RUN_BEATEN|MILL_LAKE_CONFLICT/);
  assert.equal(
    ok.reduce((sum, { value }) => sum + value.admitted, 0),
    2,
  );
  assert.deepEqual(
    (await rows()).map((row) => row.split(' ')[0]),
    ['a', 'b', 'e', 'h'],
  );
});

test('raw cells come back as they were read: texts that mean nothing, names that want quotes, JSON of any form', async () => {
  const put2 = (most: number): Project => {
    const odd = source('odd', {
      from: files('odd/*', { nulls: ['', 'NA'] }),
      columns: {
        id: col.string(),
        'a/b~"c"': col.double().nullable().between(0, most),
        note: col.string().nullable(),
        at: col.timestamp().nullable(),
      },
      key: 'id',
    });
    return project('odd', { odd }) as unknown as Project;
  };
  put(
    bench.folder,
    'odd/1.csv',
    'id,"a/b~""c""",note,at\n1,1,x,\n2,50,NA,2024-01-01\n3,60,"two\nlines, ""quoted""",NA\n',
  );
  put(
    bench.folder,
    'odd/2.jsonl',
    '{"id":"4","a/b~\\"c\\"":70,"note":"","at":null}\n{"id":"5","a/b~\\"c\\"":1,"note":{"deep":[1]},"at":"2024-01-01T00:00:00Z"}\n{"id":"6","a/b~\\"c\\"":80.5,"note":"NA"}\n',
  );
  await bench.run(put2(10));
  const all = (loaded: string) =>
    ask<Record<string, unknown>>(
      bench.workspace,
      loaded,
      (relation) => `select * exclude (_load) from ${relation} order by id`,
    );
  assert.equal((await all('odd')).length, 2);
  const graph = graphOf(put2(100));
  const node = graph.nodes.get('odd') as Node<SourceBody>;
  assert.equal((await readmit(node, graph, kinds, bench.workspace)).admitted, 4);
  const letIn = await all('odd');
  assert.equal(letIn.length, 6);

  // The same as had it been loaded so in the first place.
  const fresh = await openBench();
  try {
    for (const name of ['1.csv', '2.jsonl'])
      put(fresh.folder, `odd/${name}`, readFileSync(join(bench.folder, 'odd', name), 'utf8'));
    await fresh.run(put2(100));
    assert.deepEqual(
      letIn,
      await ask(
        fresh.workspace,
        'odd',
        (relation) => `select * exclude (_load) from ${relation} order by id`,
      ),
    );
  } finally {
    await fresh.close();
  }
});

test('whatever fails on the way, nothing has happened, and the next time it succeeds', async () => {
  begin();
  await bench.run(shop());
  put(bench.folder, 'cards/2.csv', 'card\nc2\n');
  await bench.run(shop());
  const before = { rows: await rows(), aside: await aside(), files: filesOf() };
  const graph = graphOf(shop());
  const node = graph.nodes.get('items') as Node<SourceBody>;
  const { state, lake } = bench.workspace;
  const broken = (): never => {
    throw new Error('pulled the plug');
  };
  const faulty = [
    { ...bench.workspace, state: { ...state, moveAlias: broken } },
    { ...bench.workspace, state: { ...state, addVersion: broken } },
    { ...bench.workspace, lake: { ...lake, commit: broken } },
  ];
  for (const workspace of faulty) {
    await assert.rejects(readmit(node, graph, kinds, workspace), /pulled the plug/);
    assert.deepEqual({ rows: await rows(), aside: await aside(), files: filesOf() }, before);
  }
  assert.equal((await again()).admitted, 2);
});

test('a commit of which the answer is lost keeps its files', async () => {
  begin();
  await bench.run(shop());
  put(bench.folder, 'cards/2.csv', 'card\nc2\n');
  await bench.run(shop());
  const graph = graphOf(shop());
  const node = graph.nodes.get('items') as Node<SourceBody>;
  const { state } = bench.workspace;
  const lost: typeof state.transaction = (work) => {
    const before = state.versions('items').length;
    const result = state.transaction(work);
    if (state.versions('items').length > before) throw new Error('pulled the plug');
    return result;
  };
  const workspace = { ...bench.workspace, state: { ...state, transaction: lost } };
  await assert.rejects(readmit(node, graph, kinds, workspace), /pulled the plug/);
  assert.deepEqual(
    (await rows()).map((row) => row.split(' ')[0]),
    ['a', 'b', 'e', 'h'],
  );
  assert.equal((await again()).admitted, 0);
});

/** The data files of the lake. */
function filesOf(): string[] {
  return readdirSync(join(bench.folder, '.millrace', 'lake'), { recursive: true })
    .map(String)
    .filter((file) => file.endsWith('.parquet'))
    .sort();
}

test('others are told of it as of a run', async () => {
  await bench.close();
  const env = { MILLRACE_CLOCK: NOW, MILLRACE_OPENLINEAGE: 'file:events.ndjson' };
  bench = await openBench(undefined, env);
  put(bench.folder, 'cards/a.csv', 'card\nx\n');
  put(bench.folder, 'in/a.csv', 'id,card,n\na,x,1\nb,z,2\n');
  await bench.run(shop());
  put(bench.folder, 'cards/b.csv', 'card\nz\n');
  await bench.run(shop());
  const path = join(bench.folder, 'events.ndjson');
  const before = eventsIn(readFileSync(path, 'utf8')).length;
  const { version } = await again();
  const events = eventsIn(readFileSync(path, 'utf8')).slice(before);
  assert.deepEqual(Object.fromEntries(outcomesOf(events)), {
    shop: ['START COMPLETE'],
    'shop.items': ['START COMPLETE'],
  });
  const made = events.map(({ outputs }) => outputs[0]?.facets?.['millrace_version']).find((facet) => facet);
  assert.equal(made?.['version'], version?.id);
});

test('whichever look at the source fails, rows are let in under what the next run knows, or not at all', async () => {
  for (const failing of [1, 2, 3, 4, 5, 6]) {
    await bench.close();
    bench = await openBench();
    begin();
    await bench.run(shop());
    const { state } = bench.workspace;
    let looks = 0;
    const fails = {
      ...bench.workspace,
      state: {
        ...state,
        loadsIn: (...args: Parameters<typeof state.loadsIn>) => {
          if (++looks !== failing) return state.loadsIn(...args);
          throw new MillraceError({
            code: 'MILL_STATE_BUSY',
            message: 'The state is busy for once.',
            todo: 'Again.',
            owner: 'service',
          });
        },
      },
    };
    const graph = graphOf(shop({ most: 30 }));
    const node = graph.nodes.get('items') as Node<SourceBody>;
    const { version } = await readmit(node, graph, kinds, fails).catch((error: unknown) => {
      assert.ok(error instanceof MillraceError, String(error));
      assert.equal(state.versions('items').length, 1);
      return again({ most: 30 });
    });
    assert.ok(looks >= failing, `look ${failing} came`);
    assert.equal(version?.id, 'items@2');
    assert.deepEqual(
      told(await bench.run(shop({ most: 30 }))),
      ['copies rebuild published'],
      `look ${failing}`,
    );
  }
});
