import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { openOnlineFolder } from './lmdb.ts';
import { onlineStoreConforms } from './online.conformance.ts';
import { allAt, anotherAtOnce, numberOf, type OnlinePlace, SPACE, stream } from './online.fixture.ts';

const folder = mkdtempSync(join(tmpdir(), 'millrace-'));
after(() => {
  if (mounted) spawnSync('umount', ['-l', small]);
  rmSync(folder, { recursive: true, force: true });
});

const placeAt = (...path: string[]): OnlinePlace => ({
  module: new URL('./lmdb.ts', import.meta.url).href,
  open: 'openOnlineFolder',
  args: [join(folder, ...path)],
});

onlineStoreConforms('LMDB', async () => placeAt('a.b', 'c'));

test('LMDB: a look sees what another process did before it, though the event loop has not turned since the last look', async () => {
  const store = await openOnlineFolder(join(folder, 'turn'));
  await store.fill(SPACE, { n: 0 }, stream(allAt(0)));
  const before = numberOf(store);
  anotherAtOnce(placeAt('turn'), { kind: 'move', times: 1, fills: false });
  const later = numberOf(store);
  assert.deepStrictEqual(await Promise.all([before, later]), [0, 1]);
  await store.close();
});

test('LMDB: another process that moves and fills in the middle of a look does not change what the look sees', async () => {
  const store = await openOnlineFolder(join(folder, 'view'));
  await store.fill(SPACE, { n: 0 }, stream(allAt(0)));
  await store.fill('other', { n: 0 }, stream(allAt(0)));
  const entities = ['entity 0', 'entity 1', 'entity 2'];
  Object.defineProperty(entities, 1, {
    get() {
      // 14 moves and a filling, which clears the side that this look reads.
      anotherAtOnce(placeAt('view'), { kind: 'move', times: 15, fills: true });
      return 'entity 1';
    },
  });
  const look = (names: string[]) => store.get([{ space: SPACE, entities: names }]);
  const at = (n: number) => [{ coverage: { n }, states: [{ n }, { n }, { n }] }];
  assert.deepStrictEqual(await look(entities), at(0));
  assert.deepStrictEqual(await look(['entity 0', 'entity 1', 'entity 2']), at(15));
  await store.close();
});

test('LMDB: a filling larger than the file was made for makes it grow', async () => {
  const store = await openOnlineFolder(join(folder, 'grows'));
  const entries = function* () {
    for (let i = 0; i < 40; i++)
      yield {
        entity: `e${i}`,
        state: Array.from({ length: 40_000 }, (_, j) => (i * 7919 + j * 104_729) % 999_983),
      };
  };
  assert.equal(await store.fill(SPACE, 0, stream(entries())), 40);
  const [found] = await store.get([{ space: SPACE, entities: ['e39'] }]);
  assert.deepStrictEqual(found?.states[0], [...entries()][39]?.state);
  await store.close();
});

const small = join(folder, 'small');
const isRoot = process.platform === 'linux' && process.getuid?.() === 0;
mkdirSync(small);
const mounted = isRoot && spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', small]).status === 0;

test('LMDB: a full disk is told as such, and what was there before is there', {
  skip: mounted ? false : 'only root on Linux can make a small disk',
}, async () => {
  const store = await openOnlineFolder(small);
  await store.fill(SPACE, { n: 0 }, stream(allAt(0)));
  const large = Array.from({ length: 3000 }, (_, i) => ({
    entity: `large ${i}`,
    state: Array.from({ length: 60 }, (_, j) => Math.sin(i * 60 + j)),
  }));
  await assert.rejects(store.fill(SPACE, { n: 1 }, stream(large)), { code: 'MILL_ONLINE_WRITE_FAILED' });
  assert.equal(await numberOf(store), 0);
  await assert.rejects(store.move(SPACE, { n: 0 }, { n: 1 }, large), { code: 'MILL_ONLINE_WRITE_FAILED' });
  assert.equal(await numberOf(store), 0);
  await store.close();
  const reopened = await openOnlineFolder(small);
  assert.equal(await numberOf(reopened), 0);
  await reopened.drop('nothing').catch(() => {});
  assert.equal(await reopened.move(SPACE, { n: 0 }, { n: 1 }, allAt(1)), true);
  assert.equal(await numberOf(reopened), 1);
  await reopened.close();
});

test('LMDB: a place that cannot be one says so', async () => {
  const path = join(folder, 'a file');
  writeFileSync(path, 'x');
  await assert.rejects(openOnlineFolder(path), { code: 'MILL_ONLINE_UNREADABLE' });
});
