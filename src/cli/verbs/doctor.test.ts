import assert from 'node:assert/strict';
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { spoil } from '../../../test/house/every-catalog.ts';
import { openWorkspace } from '../../graph/index.ts';
import { makeShop, type Shop } from '../../server/shop.fixture.ts';
import { openDatabase } from '../../store/index.ts';
import { openLog } from '../../store/log/index.ts';

// A project is built, and then spoilt by hand in each way that the doctor looks for.

let shop: Shop;
let home: string;
let worker: ChildProcess;

interface Told {
  readonly level: string;
  readonly room: string;
  readonly what: string;
  readonly todo: string;
  readonly mended: string | null;
}

async function mill(...args: string[]): Promise<{ code: number | null; text: string }> {
  const answer = once(worker, 'message');
  worker.send(args);
  const [{ code, stdout, stderr }] = (await answer) as [{ code: number; stdout: string; stderr: string }];
  return { code, text: stdout + stderr };
}

async function doctor(...args: string[]): Promise<{ code: number | null; findings: Told[] }> {
  const { code, text } = await mill('--json', 'doctor', ...args);
  return { code, findings: (JSON.parse(text) as { findings: Told[] }).findings };
}

const filesOf = (...path: string[]): string[] => {
  const folder = join(home, ...path);
  return readdirSync(folder).map((name) => join(folder, name));
};
const LONG_AGO = new Date('2020-01-01');

before(() => {
  shop = makeShop(20);
  home = join(shop.folder, '.millrace');
  const { CI: _, FORCE_COLOR: __, ...env } = process.env;
  worker = fork(new URL('../mill.fixture.ts', import.meta.url), {
    cwd: shop.folder,
    env: { ...env, NO_COLOR: '1' },
    execArgv: [],
  });
});
after(() => {
  worker.kill();
  shop.remove();
});

describe('millrace doctor', () => {
  test('before anything is built there is nothing to look at, and nothing is made', async () => {
    assert.match((await mill('doctor')).text, /Nothing has been built yet/);
    assert.ok(!existsSync(home));
    assert.equal((await mill('--project', 'nowhere.ts', 'doctor')).code, 1);
  });

  test('a project that was built is well, and being asked changes nothing', async () => {
    assert.equal((await mill('run')).code, 0);
    const { code, text } = await mill('doctor');
    assert.equal(text, 'All is well.\n');
    assert.equal(code, 0);
  });

  test('what is left behind is told, and tidied up with --fix alone', async () => {
    const [data] = filesOf('lake', 'main', 'payments');
    const orphan = join(home, 'lake', 'main', 'payments', 'ducklake-left.parquet');
    const blob = join(home, 'blobs', 'a'.repeat(64));
    for (const path of [orphan, blob]) {
      writeFileSync(path, readFileSync(data as string));
      utimesSync(path, LONG_AGO, LONG_AGO);
    }
    const half = join(home, 'pulls', 'millrace-load-left');
    mkdirSync(half, { recursive: true });
    writeFileSync(join(half, 'unpacked-0.csv'), 'of a load that was killed');
    const empty = join(home, 'log', 'predictions-screen', `${'0'.repeat(20)}-${'0'.repeat(16)}.log`);
    mkdirSync(dirname(empty), { recursive: true });
    writeFileSync(empty, '');
    for (const path of [join(half, 'unpacked-0.csv'), half, empty]) utimesSync(path, LONG_AGO, LONG_AGO);
    const young = join(home, 'lake', 'main', 'payments', 'ducklake-young.parquet');
    writeFileSync(young, 'of a build at work');
    const workspace = await openWorkspace(shop.folder, {});
    await workspace.online.fill('activity-00000000000000000000', null, (async function* () {})());
    await workspace.close();
    const { code, findings } = await doctor();
    assert.equal(code, 0);
    assert.deepEqual(
      findings.map(({ level, room, mended }) => [level, room, mended]),
      ['blobs', 'online', 'log', 'temp', 'lake'].map((room) => ['left', room, null]),
    );
    assert.ok(existsSync(orphan) && existsSync(blob), 'without --fix nothing changes');
    const mended = await doctor('--fix');
    assert.deepEqual(mended.findings.map((found) => found.mended).toSorted(), [
      '1 file deleted',
      `1 file of ${/of (\S+ \S+) deleted/.exec(mended.findings[4]?.mended ?? '')?.[1]} deleted`,
      '1 file without a record deleted',
      '1 thing deleted',
      'the state of 1 build dropped',
    ]);
    assert.ok(!existsSync(orphan) && !existsSync(blob) && !existsSync(half) && !existsSync(empty));
    assert.ok(existsSync(young));
    assert.deepEqual((await doctor()).findings, []);
  });

  test('predictions that a killed server left in its log are brought to the lake', async () => {
    const folder = join(home, 'log', 'predictions-screen');
    const log = await openLog(folder);
    const prediction = {
      id: 'x',
      version: 'screen@1',
      model: 'fraud@1',
      asOf: 0,
      output: 0.5,
      decision: null,
    };
    await log.append({ ...prediction, keys: {}, request: {}, features: {}, states: {}, latencyMs: 1 });
    await log.close();
    assert.deepEqual((await doctor()).findings, [], 'a server may be about to bring it');
    for (const path of filesOf('log', 'predictions-screen')) utimesSync(path, LONG_AGO, LONG_AGO);
    assert.match(
      (await doctor()).findings[0]?.what ?? '',
      /^predictions-screen: 1 record that a process has left/,
    );
    const { findings } = await doctor('--fix');
    assert.equal(findings[0]?.mended, '1 prediction brought to the lake');
    assert.deepEqual(await doctor().then((told) => told.findings), []);
    assert.deepEqual(filesOf('log', 'predictions-screen'), []);
  });

  test('old snapshots expire but for those of a version, and a roll-back goes on working', async () => {
    shop.deliver(20);
    assert.equal((await mill('run')).code, 0);
    const database = openDatabase(join(home, 'state.db'));
    database.run("update ducklake_snapshot set snapshot_time = '2020-01-01 00:00:00.000000+00'");
    const count = () =>
      database.get<{ n: number }>('select count(*) as n from ducklake_snapshot')?.n as number;
    const before = count();
    assert.deepEqual((await doctor('--keep', '100')).findings, []);
    const { code, findings } = await doctor('--fix', '--keep', '1');
    assert.equal(code, 0);
    assert.match(findings[0]?.mended ?? '', /^\d+ snapshots? expired$/);
    assert.ok(count() < before);
    const lost = database.all(
      'select id from mill_version where snapshot not in (select snapshot_id from ducklake_snapshot)',
    );
    assert.deepEqual(lost, []);
    database.close();
    assert.deepEqual((await doctor('--keep', '1')).findings, []);
    assert.equal((await mill('rollback', 'payments')).code, 0);
    assert.equal((await mill('run')).code, 0);
    assert.equal((await mill('show', 'payments')).code, 0);
  });

  test('what is broken is told with what needs it, and the exit code is 1', async () => {
    const files = filesOf('lake', 'main', 'payments').filter((path) => /-[0-9a-f]{12}\.parquet$/.test(path));
    truncateSync(files[0] as string, 100);
    // Neither a page nor data: which name comes first depends on the hash of what they say.
    const [onnx] = filesOf('blobs').filter((path) => !/^[<{]/.test(readFileSync(path, 'utf8')));
    rmSync(onnx as string);
    rmSync(join(home, 'online'), { recursive: true });
    const { code, findings } = await doctor('--fix');
    assert.equal(code, 1);
    const broken = findings.filter(({ level }) => level === 'broken');
    assert.deepEqual(
      broken.map(({ room }) => room),
      ['lake', 'blobs', 'online'],
    );
    assert.match(broken[0]?.what ?? '', /of 'payments' .*payments@\d.*: it has 100 bytes instead of \d+/);
    assert.match(broken[1]?.what ?? '', /^fraud@\d: the model itself is missing/);
    assert.match(broken[2]?.what ?? '', /^activity@\d is live, but its state by entity is missing/);
    assert.equal(broken[2]?.todo, 'millrace run activity');
    assert.ok(broken.every(({ mended }) => mended === null));
    const { text } = await mill('doctor');
    assert.match(text, /✗ online {2}activity@\d is live/);
  });

  test('by a catalog that is wrong nothing is deleted', async () => {
    const database = openDatabase(join(home, 'state.db'));
    spoil(join(home, 'state.db'));
    database.run('update ducklake_snapshot set next_file_id = 0');
    database.close();
    const orphan = join(home, 'lake', 'main', 'payments', 'ducklake-left.parquet');
    writeFileSync(orphan, 'old');
    utimesSync(orphan, LONG_AGO, LONG_AGO);
    const { code, findings } = await doctor('--fix');
    assert.equal(code, 1);
    assert.ok(
      findings.some(({ room, what }) => room === 'catalog' && /the next to be given is 0/.test(what)),
    );
    assert.ok(existsSync(orphan));
  });
});
