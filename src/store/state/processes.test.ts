import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { openDatabase } from '../database.ts';
import { type NewVersion, openState, type Version } from './index.ts';

// This file is also what the other processes run: `node <this file> <name> <folder>`.

const WRITERS = 4;
const VERSIONS = 25;

const newVersion = (run: string, i: number): NewVersion => ({
  ...{ asset: 'a', kind: 'table', fingerprint: `${run} ${i}`, definition: '', inputs: {}, snapshot: 0 },
  ...{ rows: null, detail: null, status: 'published', createdAt: i, run },
});

/** Adds versions to one asset, reserves load ids, and moves the alias by compare and set. */
function write(name: string, folder: string): void {
  const database = openDatabase(join(folder, 'state.db'));
  const state = openState(database);
  const versions: string[] = [];
  const loads: number[] = [];
  for (let i = 0; i < VERSIONS; i++) {
    loads.push(...state.nextLoadIds(3));
    state.transaction(() => {
      const before = state.live('a');
      const version = state.addVersion(newVersion(name, i), [
        { name: 'of', passed: true, severity: 'warn', observed: name, wanted: before?.id ?? '' },
      ]);
      state.moveAlias('a', version.id, i, name);
      versions.push(version.id);
    });
  }
  database.close();
  process.stdout.write(JSON.stringify({ versions, loads }));
}

async function writer(name: string, folder: string): Promise<{ versions: string[]; loads: number[] }> {
  const child = spawn(
    process.execPath,
    ['--conditions=source', fileURLToPath(import.meta.url), name, folder],
    { env: { ...process.env, NODE_TEST_CONTEXT: undefined }, stdio: ['ignore', 'pipe', 'inherit'] },
  );
  let said = '';
  child.stdout.on('data', (text) => {
    said += text;
  });
  const [code] = (await once(child, 'close')) as [number];
  assert.equal(code, 0);
  return JSON.parse(said);
}

if (process.argv[3] !== undefined) write(process.argv[2] as string, process.argv[3]);
else
  test('processes that write at once: numbers without gap or double, one chain of alias moves', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'millrace-'));
    try {
      const names = Array.from({ length: WRITERS }, (_, i) => `writer ${i}`);
      const told = await Promise.all(names.map((name) => writer(name, folder)));
      const database = openDatabase(join(folder, 'state.db'));
      const state = openState(database);
      const all = WRITERS * VERSIONS;
      const versions = state.versions('a');
      assert.deepEqual(
        versions.map(({ number }) => number),
        Array.from({ length: all }, (_, i) => all - i),
      );
      told.forEach(({ versions: mine }, i) => {
        assert.equal(mine.length, VERSIONS);
        mine.forEach((id, j) => {
          assert.deepEqual(state.version(id)?.fingerprint, `${names[i]} ${j}`);
          assert.equal(state.checks(id)[0]?.observed, names[i]);
        });
      });
      const loads = told.flatMap((one) => one.loads).sort((a, b) => a - b);
      assert.deepEqual(
        loads,
        Array.from({ length: all * 3 }, (_, i) => i + 1),
      );
      const moves = state.aliasMoves('a').reverse();
      assert.deepEqual(
        moves.map(({ from, to }) => [from, to]),
        Array.from({ length: all }, (_, i) => [i === 0 ? null : `a@${i}`, `a@${i + 1}`]),
      );
      assert.equal((state.live('a') as Version).number, all);
      database.close();
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
