import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { openDatabase } from '../../src/store/database.ts';
import { openLake } from '../../src/store/lake/index.ts';
import { spoil, takeDeviations } from './every-catalog.ts';

const wrong = 'update ducklake_snapshot set next_file_id = 0, next_catalog_id = 0';

function lakeIn(folder: string): string {
  const path = join(folder, 'state.db');
  const database = openDatabase(path);
  openLake(database, join(folder, 'data'));
  database.close();
  return path;
}

test('a catalog that departs from its layout is noticed when it is closed, whoever forgets to ask', () => {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-'));
  const before = takeDeviations();
  assert.deepEqual(before.found, []);
  const path = lakeIn(folder);
  assert.deepEqual(takeDeviations(), { checked: before.checked + 1, found: [] });
  const database = openDatabase(path);
  database.run(wrong);
  database.close();
  const [said, ...more] = takeDeviations().found;
  assert.match(said ?? '', /state\.db: catalog id 0: the next to be given is 0/);
  assert.deepEqual(more, []);
  spoil(path);
  openDatabase(path).close();
  rmSync(folder, { recursive: true });
  assert.deepEqual(takeDeviations().found, []);
});

test('one that another process has made is noticed when its folder goes', async () => {
  for (const remove of [rmSync, rm]) {
    const folder = mkdtempSync(join(tmpdir(), 'millrace-'));
    const path = lakeIn(folder);
    const code = `new (require('node:sqlite').DatabaseSync)(${JSON.stringify(path)}).exec(${JSON.stringify(wrong)})`;
    assert.equal(spawnSync(process.execPath, ['-e', code]).status, 0);
    assert.deepEqual(takeDeviations().found, []);
    await remove(folder, { recursive: true });
    assert.equal(takeDeviations().found.length, 1);
  }
});
