import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import { inspect } from 'node:util';
import { kinds, sourceVersionOf } from '../../src/assets/index.ts';
import {
  graphOf,
  openWorkspace,
  type Project,
  type RunOptions,
  type RunResult,
  run,
  specOf,
  type Workspace,
} from '../../src/graph/index.ts';
import { type Columns, col, env, postgres, project, source } from '../../src/index.ts';
import type { Version } from '../../src/store/state/index.ts';
import { noPostgres, openPostgres, type Server, type Sql, sqlOf } from './postgres.fixture.ts';

// What is PostgreSQL's own; what every way in does is in postgres.conformance.slow.test.ts. The server's settings are odd on purpose.

describe('postgres', { skip: noPostgres }, () => {
  let server: Server;
  let sql: Sql;
  let folder: string;
  let workspace: Workspace;
  before(async () => {
    server = await openPostgres();
    process.env['TEST_PG_URL'] = server.url;
  });
  after(async () => {
    delete process.env['TEST_PG_URL'];
    await server.close();
  });
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'millrace-'));
    workspace = await openWorkspace(folder, {});
    sql = await sqlOf(server.url);
    await sql.query('drop schema public cascade; create schema public');
  });
  afterEach(async () => {
    await workspace.close();
    await sql.end();
    rmSync(folder, { recursive: true, force: true });
  });

  const url = env('TEST_PG_URL');
  function items(from: Parameters<typeof postgres>[0], columns: Columns, key?: string): Project {
    const options = { from: postgres(from), columns };
    const asset =
      key === undefined ? source('items', options) : source('items', { ...options, key: key as never });
    return project('bench', { items: asset }) as unknown as Project;
  }
  const go = (given: Project, options: RunOptions = {}): Promise<RunResult> =>
    run(graphOf(given), kinds, workspace, { retry: { attempts: 1 }, ...options });
  async function published(given: Project): Promise<void> {
    const { steps } = await go(given);
    assert.deepEqual(
      steps.map(({ outcome, problems }) => [outcome, ...problems]),
      [['published']],
    );
  }
  /** The problem that a run ends with, wherever it is found. */
  async function problem(given: Project): Promise<{ code: string; message: string; whole: string }> {
    const result = await go(given).catch((error: unknown) => error);
    const problems = (result as RunResult).steps?.[0]?.problems ?? (result as { problems: [] }).problems;
    const [first] = problems as readonly { code: string; message: string }[];
    return {
      code: first?.code ?? '',
      message: first?.message ?? '',
      whole: inspect(result, { depth: 20, showHidden: true }),
    };
  }
  async function rows<R extends object = Record<string, unknown>>(
    select = '*',
    table = 'items',
  ): Promise<R[]> {
    const live = workspace.state.live('items');
    const session = await workspace.engine.session();
    try {
      return await session.rows<R>(
        `select ${select} from ${session.scan(workspace.lake.table(table, live?.snapshot) as never)} order by all`,
      );
    } finally {
      session.close();
    }
  }
  const ids = async () => (await rows<{ id: number }>('id')).map(({ id }) => id);

  test('every type comes as PostgreSQL writes it, whatever the server’s settings', async () => {
    await sql.query(`
      create table items (id bigint, small smallint, exact numeric(30, 10), single real, twice double precision, yes boolean,
        word text, fixed char(5), day date, moment timestamp, instant timestamptz, doc jsonb, list int[], bytes bytea, id2 uuid)`);
    await sql.query(`
      insert into items values (9007199254740991, -32768, 0.1, 0.1, 0.1, true, 'it''s "x"', 'ab', '2026-02-01',
        '2026-02-01 03:04:05.678901', '2026-02-01 03:04:05.678901+02', '{"a": [1, "b"]}', '{1,null,3}', '\\x00ff',
        '00000000-0000-0000-0000-000000000001')`);
    const nullable = () => col.string().nullable();
    const columns = {
      id: col.integer(),
      small: col.integer(),
      exact: col.double(),
      single: col.double(),
      twice: col.double(),
      yes: col.boolean(),
      word: col.string(),
      fixed: nullable(),
      day: col.timestamp(),
      moment: col.timestamp(),
      instant: col.timestamp(),
      doc: nullable(),
      list: nullable(),
      bytes: nullable(),
      id2: nullable(),
    };
    await published(items({ url, table: 'items' }, columns));
    const [row] = await rows(
      '* exclude (moment, instant), epoch_us(moment) as moment, epoch_us(instant) as instant',
    );
    const { _load, ...cells } = row as Record<string, unknown>;
    assert.equal(_load, 1);
    assert.deepEqual(cells, {
      id: 9007199254740991,
      small: -32768,
      exact: 0.1,
      single: 0.1,
      twice: 0.1,
      yes: true,
      word: `it's "x"`,
      fixed: 'ab   ',
      day: new Date('2026-02-01T00:00:00Z'),
      moment: Date.UTC(2026, 1, 1, 3, 4, 5) * 1000 + 678901,
      instant: Date.UTC(2026, 1, 1, 1, 4, 5) * 1000 + 678901,
      doc: '{"a": [1, "b"]}',
      list: '{1,NULL,3}',
      bytes: '\\x00ff',
      id2: '00000000-0000-0000-0000-000000000001',
    });
  });

  test('cells that have no form in the contract are set aside as they were', async () => {
    await sql.query('create table items (id bigint, x double precision, at timestamptz)');
    await sql.query(`insert into items values
      (1, 1.5, '2026-01-01'), (9007199254740993, 1, '2026-01-01'), (3, 'NaN', '2026-01-01'), (4, '-Infinity', '2026-01-01'),
      (5, 1, 'infinity'), (6, 1, '0044-03-15 BC'), (null, 1, '2026-01-01'), (8, null, null)`);
    await published(
      items(
        { url, table: 'items' },
        { id: col.integer(), x: col.double().nullable(), at: col.timestamp().nullable() },
      ),
    );
    assert.deepEqual(await ids(), [1, 8]);
    const aside = await rows<{ _rules: string; _row: string; _file: string }>(
      '_file, _rules, _row',
      'items__quarantine',
    );
    assert.deepEqual(new Set(aside.map(({ _file }) => _file)), new Set(['postgres items']));
    assert.deepEqual(
      aside.map(({ _rules, _row }) => [JSON.parse(_row).id, JSON.parse(_rules)[0]]).sort(),
      [
        [null, 'id: null'],
        ['3', 'x: not a double'],
        ['4', 'x: not a double'],
        ['5', 'at: not a timestamp'],
        ['6', 'at: not a timestamp'],
        ['9007199254740993', 'id: not an integer'],
      ].sort(),
    );
  });

  test('many rows and wide rows come in portions, each once', async () => {
    await sql.query(`create table items as select i as id, case when i % 5000 = 0 then repeat('x', 1500000) else 'y' || i end as word
      from generate_series(1, 30000) i`);
    await published(items({ url, table: 'items' }, { id: col.integer(), word: col.string() }));
    const [sums] = await rows(
      'count(*) as n, count(distinct id) as ids, sum(id)::BIGINT as sum, sum(length(word))::BIGINT as letters',
    );
    const { rows: wanted } = await sql.query(
      'select count(*)::int as n, sum(id)::int as sum, sum(length(word))::int as letters from items',
    );
    assert.deepEqual(sums, { ...wanted[0], ids: 30000 });
  });

  test('a row too large for a line is set aside, and the others come', async () => {
    await sql.query(
      "create table items as select i as id, repeat('x', case i when 2 then 3000000 else 3 end) as word from generate_series(1, 3) i",
    );
    await published(items({ url, table: 'items' }, { id: col.integer(), word: col.string() }));
    assert.deepEqual(await ids(), [1, 3]);
    assert.deepEqual(await rows('_line, _rules', 'items__quarantine'), [{ _line: 2, _rules: '["json"]' }]);
  });

  test('a statement that takes too long ends, as a passing failure', async () => {
    await sql.query('create table items (id int); insert into items values (1)');
    const slow = "select id from items, pg_sleep(30) where id::text <> ''";
    const { code, message } = await problem(
      items({ url, query: slow, timeout: '1s' }, { id: col.integer() }),
    );
    assert.equal(code, 'MILL_CONNECTOR_UNREACHABLE');
    assert.match(message, /statement timeout/);
  });

  test('what is read is one moment: money moved while rows are fetched is neither lost nor doubled', async () => {
    await sql.query('create table items as select i as id, 100 as n from generate_series(1, 2000) i');
    let moved = 0;
    let moving = Promise.resolve();
    const result = await go(items({ url, table: 'items' }, { id: col.integer(), n: col.integer() }), {
      onEvent: (event) => {
        if (event.event !== 'step-progress' || moved > 20) return;
        moved++;
        moving = moving.then(async () => {
          await sql.query('update items set n = n + case id when 1 then -7 else 7 end where id in (1, 2000)');
        });
      },
    });
    await moving;
    assert.ok(result.ok && moved > 0);
    assert.deepEqual(await rows('count(*) as n, sum(n)::BIGINT as sum'), [{ n: 2000, sum: 200_000 }]);
    await published(items({ url, table: 'items' }, { id: col.integer(), n: col.integer() }));
    assert.deepEqual(await rows('n', 'items').then((all) => all[0]), { n: 100 - 7 * moved });
  });

  describe('by cursor', () => {
    const columns = { id: col.integer(), n: col.integer(), at: col.timestamp() };
    const since = (lookBack?: '1h') =>
      items(
        { url, table: 'items', cursor: 'at', ...(lookBack === undefined ? {} : { lookBack }) },
        columns,
        'id',
      );
    beforeEach(async () => {
      await sql.query('create table items (id int, n int, at timestamptz)');
      await sql.query("insert into items values (1, 1, '2026-01-01 10:00Z'), (2, 2, '2026-01-01 12:00Z')");
    });

    test('a row that became visible late is found within the look-back, and not before it', async () => {
      await published(since('1h'));
      await sql.query("insert into items values (3, 3, '2026-01-01 11:15Z'), (4, 4, '2026-01-01 10:45Z')");
      await published(since('1h'));
      assert.deepEqual(await ids(), [1, 2, 3]);
      assert.deepEqual((await go(since('1h'))).steps, []);
    });

    test('without look-back only what lies beyond the edge is asked for', async () => {
      await published(since());
      await sql.query(
        "insert into items values (3, 3, '2026-01-01 12:00Z'), (4, 4, '2026-01-01 12:00:00.000001Z')",
      );
      await published(since());
      assert.deepEqual(await ids(), [1, 2, 4]);
    });

    test('a changed row replaces its earlier version; the others keep their row ids and loads', async () => {
      await published(since('1h'));
      const before = await rows('id, _load');
      await sql.query("update items set n = 20, at = '2026-01-01 13:00Z' where id = 1");
      await published(since('1h'));
      assert.deepEqual(before, [
        { id: 1, _load: 1 },
        { id: 2, _load: 1 },
      ]);
      assert.deepEqual(await rows('id, n, _load'), [
        { id: 1, n: 20, _load: 2 },
        { id: 2, n: 2, _load: 1 },
      ]);
      const live = workspace.state.live('items');
      assert.equal(live?.rows, 2);
      const { loads } = sourceVersionOf(live as Version);
      assert.deepEqual(
        workspace.state.loadsIn('items', loads).map(({ rows }) => rows),
        [2, 1],
      );
    });

    test('a clock that runs ahead does not put off what is yet to come', async () => {
      await sql.query("insert into items values (9, 9, '2999-01-01Z')");
      await published(since('1h'));
      await sql.query('insert into items values (3, 3, now())');
      await published(since('1h'));
      assert.deepEqual(await ids(), [1, 2, 3, 9]);
      assert.deepEqual((await go(since('1h'))).steps, []);
    });

    test('a row without cursor would never be read, so it is refused', async () => {
      await sql.query('insert into items values (3, 3, null)');
      assert.equal((await problem(since())).code, 'MILL_CONNECTOR_CURSOR_NULL');
    });

    test('another cursor: what was reached by the first means nothing', async () => {
      await published(since());
      await sql.query("insert into items values (3, 3, '2025-01-01 12:00Z')");
      await published(items({ url, table: 'items', cursor: 'id' }, columns, 'id'));
      assert.deepEqual(await ids(), [1, 2, 3]);
    });
  });

  test('names in the database’s own spelling are names and nothing else', async () => {
    const odd = 'it"s; drop table items; --';
    const quoted = `"${odd.replaceAll('"', '""')}"`;
    await sql.query(
      `create schema "Sales Dept"; create table "Sales Dept".${quoted} (${quoted} int, "At" timestamp)`,
    );
    await sql.query(`insert into "Sales Dept".${quoted} values (1, '2026-01-01')`);
    const given = items(
      { url, table: `Sales Dept.${odd}`, cursor: 'At' },
      { [odd]: col.integer(), At: col.timestamp() },
    );
    await published(given);
    assert.equal((await rows()).length, 1);
  });

  test('nothing can be written, whatever the query says', async () => {
    await sql.query('create table items (id int); insert into items values (1)');
    const query = 'with gone as (delete from items returning id) select id from gone';
    assert.equal(
      (await problem(items({ url, query }, { id: col.integer() }))).code,
      'MILL_CONNECTOR_REFUSED',
    );
    const { rows: left } = await sql.query('select id from items');
    assert.deepEqual(left, [{ id: 1 }]);
  });

  test('faults are told by name', async () => {
    await sql.query('create table items (id int, amount int)');
    const columns = { id: col.integer(), amuont: col.integer() };
    const missing = await problem(items({ url, table: 'items' }, columns));
    assert.equal(missing.code, 'MILL_SOURCE_COLUMN_MISSING');
    assert.match(missing.message, /'postgres items' has no column 'amuont'; the nearest it has is 'amount'/);
    const cursor = await problem(items({ url, table: 'items', cursor: 'at' }, { id: col.integer() }));
    assert.equal(cursor.code, 'MILL_SOURCE_COLUMN_MISSING');
    const table = await problem(items({ url, table: 'itemz' }, { id: col.integer() }));
    assert.equal(table.code, 'MILL_CONNECTOR_REFUSED');
    assert.match(table.message, /relation "itemz" does not exist/);
    const unset = await problem(
      items({ url: env('TEST_PG_URL_UNSET'), table: 'items' }, { id: col.integer() }),
    );
    assert.equal(unset.code, 'MILL_SECRET_MISSING');
    assert.match(unset.message, /TEST_PG_URL_UNSET/);
  });

  test('the password is in no message, no declaration and no file', async () => {
    await sql.query('create table items (id int); insert into items values (1)');
    const given = items({ url, table: 'items' }, { id: col.integer() });
    await published(given);
    const { password } = server;
    assert.ok(server.url.includes(password));
    assert.ok(!JSON.stringify(specOf(graphOf(given))).includes(password));
    for (const wrong of [
      server.url.replace('/postgres?', '/nowhere').replace(/postgres$/, 'nowhere'),
      server.url.replace(/:\d+\/postgres/, ':1/postgres'),
      server.url.replace('127.0.0.1', 'nowhere.invalid'),
      server.url.replace('millrace:', 'nobody:'),
      server.url.replace('postgres://', 'postgress://'),
      `${server.url}?sslmode=verify-full`,
    ]) {
      process.env['TEST_PG_WRONG'] = wrong;
      const { code, message, whole } = await problem(
        items({ url: env('TEST_PG_WRONG'), table: 'items' }, { id: col.integer() }),
      );
      assert.match(code, /^MILL_CONNECTOR_/, wrong);
      assert.ok(!message.includes(password) && !whole.includes(password), wrong);
    }
    delete process.env['TEST_PG_WRONG'];
    await workspace.close();
    const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) =>
      entry.isFile(),
    );
    assert.ok(files.length > 0);
    for (const { parentPath, name } of files)
      assert.ok(!readFileSync(join(parentPath, name)).includes(password), name);
    workspace = await openWorkspace(folder, {});
  });

  test('a connection that is cut in the middle is a passing failure; the next run does all of it', async () => {
    await sql.query(
      "create table items as select i as id, repeat('x', 2000) as word from generate_series(1, 20000) i",
    );
    const given = items({ url, table: 'items' }, { id: col.integer(), word: col.string() });
    // In a process of its own, waited for: the reading cannot go on before it is cut.
    const cut = `const { default: pg } = await import('pg');
      const client = new pg.Client(process.env.TEST_PG_URL);
      await client.connect();
      await client.query("select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'millrace'");
      await client.end();`;
    let done = false;
    const result = await go(given, {
      onEvent: (event) => {
        if (event.event !== 'step-progress' || done) return;
        done = true;
        const { status, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', cut], {
          cwd: import.meta.dirname,
          encoding: 'utf8',
        });
        assert.equal(status, 0, stderr);
      },
    });
    assert.deepEqual(
      result.steps[0]?.problems.map(({ code, retry }) => [code, retry]),
      [['MILL_CONNECTOR_UNREACHABLE', true]],
    );
    assert.equal(workspace.state.live('items'), undefined);
    assert.deepEqual(readdirSync(join(folder, '.millrace', 'pulls')), []);
    await published(given);
    assert.equal((await ids()).length, 20000);
  });
});
