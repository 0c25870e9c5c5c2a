import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { openOnlineStore } from './lmdb.ts';
import { onlineStoreConforms } from './online.conformance.ts';

const folder = mkdtempSync(join(tmpdir(), 'millrace-'));
after(() => rmSync(folder, { recursive: true, force: true }));

onlineStoreConforms('LMDB', () => openOnlineStore(join(folder, 'a.b', 'c')));

/** Another process that fills space 's' of a store and says 'half' in between. */
function filler(path: string, entities: number) {
  const script = `
    import { openOnlineStore } from ${JSON.stringify(new URL('./lmdb.ts', import.meta.url).href)};
    const store = await openOnlineStore(${JSON.stringify(path)});
    await store.fill('s', (async function* () {
      for (let i = 0; i < ${entities}; i++) {
        if (i === ${Math.floor(entities / 2)}) {
          process.stdout.write('half');
          await new Promise((go) => process.stdin.once('data', go));
        }
        yield ['e' + i, [i]];
      }
    })());
    process.stdin.unref();
    await store.close();
  `;
  return spawn(process.execPath, ['--conditions=source', '--input-type=module', '-e', script], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
}

test('LMDB: a process killed while filling leaves nothing that counts as filled', async () => {
  const path = join(folder, 'killed');
  const child = filler(path, 4000);
  await once(child.stdout, 'data');
  child.kill('SIGKILL');
  await once(child, 'exit');
  const store = await openOnlineStore(path);
  assert.equal(store.has('s'), false);
  assert.deepStrictEqual(store.spaces(), ['s']);
  await store.fill(
    's',
    (async function* () {
      yield ['e1', 'mine'] as const;
    })(),
  );
  assert.equal(store.has('s'), true);
  assert.deepStrictEqual(store.get('s', ['e0', 'e1']), [undefined, 'mine']);
  await store.close();
});

test('LMDB: one process reads while another fills', async () => {
  const path = join(folder, 'shared');
  const store = await openOnlineStore(path);
  const child = filler(path, 4000);
  await once(child.stdout, 'data');
  assert.equal(store.has('s'), false);
  child.stdin.write('go');
  await once(child, 'exit');
  assert.equal(store.has('s'), true);
  assert.deepStrictEqual(store.get('s', ['e0', 'e3999', 'e4000']), [[0], [3999], undefined]);
  await store.close();
});

test('LMDB: a place that cannot be one says so', async () => {
  const path = join(folder, 'a file');
  writeFileSync(path, 'x');
  await assert.rejects(openOnlineStore(path), { code: 'MILL_ONLINE_UNREADABLE' });
});
