import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { ColumnDef } from '../../src/base/index.ts';
import { type Engine, openDuckDb, type Session } from '../../src/engine/index.ts';
import { type Database, openDatabase } from '../../src/store/database.ts';
import {
  checkCatalog,
  exchangeTable,
  type Lake,
  openLake,
  type TableState,
} from '../../src/store/lake/index.ts';
import { askReference, skip } from './reference.fixture.ts';

// The reference implementation reads what we have written, row ids and time travel included, and writes what we then read.

const columns: readonly ColumnDef[] = [
  { name: 'id', type: 'integer', nullable: false },
  { name: 'a "name"', type: 'string', nullable: true },
  { name: 'x', type: 'double', nullable: true },
  { name: 'ok', type: 'boolean', nullable: true },
  { name: 'at', type: 'timestamp', nullable: true },
];
const rows = (from: number, to: number, more = ''): string =>
  `select i::BIGINT as id, case when i % 3 = 0 then null else 'it''s ' || i end as "a ""name""", i / 4 as x, i % 2 = 0 as ok,
   make_timestamp(1700000000123456 + i) as at${more} from range(${from}, ${to}) t(i)`;

let folder: string;
let engine: Engine;
let session: Session;
let database: Database;
let lake: Lake;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-'));
  engine = await openDuckDb({});
  session = await engine.session();
  database = openDatabase(join(folder, 'state.db'));
  lake = openLake(database, join(folder, 'lake'));
});

after(async () => {
  await engine.close();
  database.close();
  rmSync(folder, { recursive: true, force: true });
});

const reference = (...statements: string[]) => askReference(join(folder, 'state.db'), statements);

async function ours(sql: (scan: string) => string, snapshot?: number): Promise<Record<string, unknown>[]> {
  return session.rows(sql(session.scan(lake.table('things', snapshot) as TableState, { rowId: true })));
}

test('the reference implementation reads our tables, row ids and snapshots, and we read what it writes', {
  skip,
}, async () => {
  const folderOf = lake.folderOf('things');
  const made = exchangeTable(lake, 'things', columns);
  lake.commit(0, made.changes(await session.write(folderOf, made.columns, rows(0, 5000))));
  const first = lake.head();
  const more = await session.write(folderOf, made.columns, rows(5000, 6000));
  lake.commit(first, [{ kind: 'append', table: 'things', files: more }]);
  lake.commit(lake.head(), [
    { kind: 'addColumn', table: 'things', column: { name: 'note', type: 'string' } },
  ]);
  const kept = lake.table('things') as TableState;
  const rest = await session.write(
    folderOf,
    kept.columns,
    `select * from ${session.scan(kept, { rowId: true })} where id between 1000 and 1999`,
    { rowId: true },
  );
  // The second file stays, the first is exchanged for a part of it that keeps its row ids.
  lake.commit(lake.head(), [
    { kind: 'replace', table: 'things', keep: [kept.files[1]?.id as number], files: rest },
  ]);

  const question =
    'select count(*), sum(id), count("a ""name"""), sum(x), count(*) filter (ok), max(epoch_us("at")), sum(ROWID) from ';
  const [mine] = await ours((scan) => question.replace('ROWID', '_row_id') + scan);
  const [theirs, then, added] = reference(
    `${question.replace('ROWID', 'rowid')}things`,
    `select count(*), min(id), max(id) from things at (version => ${first})`,
    'select count(*) from things where note is null',
  );
  assert.deepEqual(theirs?.[0]?.map(Number), Object.values(mine as object).map(Number));
  assert.deepEqual(then, [[5000, 0, 4999]]);
  assert.deepEqual(added, [[2000]]);

  reference(
    `insert into things select id + 100000, 'theirs', x, ok, "at", 'new' from things where id >= 5990`,
    "create table other as select 1::BIGINT as one, 'x' as two",
  );
  assert.deepEqual(checkCatalog(database), []);
  assert.deepEqual(lake.tables(), ['other', 'things']);
  const [after] = await ours(
    (scan) =>
      `select count(*)::INTEGER as n, count(distinct _row_id)::INTEGER as ids, max(note) as note from ${scan}`,
  );
  assert.deepEqual(after, { n: 2010, ids: 2010, note: 'new' });
});
