import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { HOME, openWorkspace } from './open.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test('a log that could not be opened is opened by the next who asks, and closing closes the rest', async () => {
  const workspace = await openWorkspace(folder, {});
  const place = join(folder, HOME, 'log');
  writeFileSync(place, 'in the way');
  await assert.rejects(workspace.log('a'), { code: 'MILL_LOG_FOLDER' });
  rmSync(place);
  const log = await workspace.log('a');
  await log.append({ n: 1 });
  assert.equal(await workspace.log('a'), log, 'one log of a name');
  rmSync(place, { recursive: true });
  writeFileSync(place, 'in the way again');
  await assert.rejects(workspace.log('b'), { code: 'MILL_LOG_FOLDER' });
  await workspace.close();
  await assert.rejects(workspace.engine.session(), 'the engine is closed');
});

test('what fails to open leaves nothing open', async () => {
  mkdirSync(join(folder, HOME, 'lake'), { recursive: true });
  rmSync(join(folder, HOME, 'lake'), { recursive: true });
  writeFileSync(join(folder, HOME, 'lake'), 'in the way');
  await assert.rejects(openWorkspace(folder, {}));
  // SQLite takes its side files away when the last connection closes.
  assert.ok(existsSync(join(folder, HOME, 'state.db')));
  assert.ok(!existsSync(join(folder, HOME, 'state.db-wal')));
});
