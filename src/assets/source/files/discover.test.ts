import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { fixedClock, sha256 } from '../../../base/index.ts';
import { batchesOf } from '../load/batches.ts';
import { arrivals } from './arrivals.ts';
import { contentHash, type HashCache, type KnownHash } from './content-hash.ts';
import { discover, formatOf } from './discover.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const put = (path: string, content = 'x') => {
  const absolute = join(folder, path);
  mkdirSync(dirname(absolute), { recursive: true });
  writeFileSync(absolute, content);
  return absolute;
};
const found = (glob: string, from = folder) => discover({ glob, nulls: [] }, from).map((file) => file.path);

test('globs find files, sorted, with forward slashes, without folders and passing files', () => {
  for (const path of [
    'b.csv',
    'a.csv',
    'deep/er/c.csv',
    '.a.csv',
    '.git/d.csv',
    '_SUCCESS',
    '_temporary/0.csv',
    'e.csv.tmp',
    'f.csv~',
    '[x].csv',
    'é.csv',
  ])
    put(path);
  mkdirSync(join(folder, 'folder.csv'));
  symlinkSync(join(folder, 'a.csv'), join(folder, 'link.csv'));
  symlinkSync(join(folder, 'nowhere'), join(folder, 'dangling.csv'));
  assert.deepEqual(found('*.csv'), ['[x].csv', 'a.csv', 'b.csv', 'link.csv', 'é.csv']);
  assert.deepEqual(found('**/[abc0].csv'), ['a.csv', 'b.csv', 'deep/er/c.csv']);
  assert.deepEqual(found('{a,deep/*/c}.csv'), ['a.csv', 'deep/er/c.csv']);
  assert.deepEqual(found('?.csv'), ['a.csv', 'b.csv', 'é.csv']);
  assert.deepEqual(found('.a.csv'), ['.a.csv']);
  assert.deepEqual(found(join(folder, '[ab].csv')), ['a.csv', 'b.csv']);
  assert.deepEqual(found('../b.csv', join(folder, 'deep')), ['../b.csv']);
  const [file] = discover({ glob: 'a.csv', nulls: [] }, folder);
  assert.equal(file!.bytes, 1);
  assert.equal(file!.absolute, join(folder, 'a.csv'));
});

test('the ending tells the format', () => {
  const told = (path: string) => formatOf({ nulls: [] }, path);
  assert.deepEqual(
    ['a.csv', 'a.TSV', 'a.b.csv.gz', 'a.jsonl', 'a.ndjson.gz', 'a.json', 'a.parquet'].map(told),
    ['csv', 'csv', 'csv', 'jsonl', 'jsonl', 'jsonl', 'parquet'],
  );
  assert.equal(formatOf({ nulls: [], format: 'csv' }, 'a.dat'), 'csv');
  assert.throws(() => told('a.gz'), { message: /MILL_SOURCE_FORMAT_UNKNOWN/ });
});

test('a remembered hash is trusted only when the file was at rest for two seconds before it was read', async () => {
  const absolute = put('a.csv', 'first');
  const rest = 1_700_000_000;
  utimesSync(absolute, rest, rest);
  const kept = new Map<string, KnownHash>();
  let asked = 0;
  const cache: HashCache = {
    get: (path) => {
      asked++;
      return kept.get(path);
    },
    set: (path, known) => kept.set(path, known),
  };
  const hash = async (seconds: number) => {
    const [file] = discover({ glob: 'a.csv', nulls: [] }, folder);
    return contentHash(file!, cache, fixedClock((rest + seconds) * 1e6));
  };
  assert.equal(await hash(2), sha256('first'));
  // Same size, time and inode, other content: what a second write within one tick of the clock looks like.
  writeFileSync(absolute, 'other');
  utimesSync(absolute, rest, rest);
  assert.equal(await hash(3), sha256('other'));
  writeFileSync(absolute, 'third');
  utimesSync(absolute, rest, rest);
  // Now it was read three seconds after: trusted, and so the (impossible) change is not seen.
  assert.equal(await hash(9), sha256('other'));
  utimesSync(absolute, rest, rest + 1);
  assert.equal(await hash(9), sha256('third'));
  assert.equal(asked, 4);
});

test('arrivals: new, changed, unchanged; what vanished is left alone', () => {
  for (const path of ['a.csv', 'b.csv', 'c.csv']) put(path);
  const files = discover({ glob: '*.csv', nulls: [] }, folder).map((file) => ({
    file,
    hash: `h-${file.path}`,
  }));
  const result = arrivals(files, [
    { load: 1, path: 'a.csv', hash: 'h-a.csv' },
    { load: 2, path: 'b.csv', hash: 'old' },
    { load: 3, path: 'gone.csv', hash: 'h' },
  ]);
  assert.deepEqual(
    result.unchanged.map(({ file }) => file.path),
    ['a.csv'],
  );
  assert.deepEqual(
    result.changed.map(({ file, replaces }) => [file.path, replaces]),
    [['b.csv', [2]]],
  );
  assert.deepEqual(
    result.fresh.map(({ file }) => file.path),
    ['c.csv'],
  );
});

test('batches keep the order and the bounds', () => {
  const file = (path: string, bytes: number) => ({
    found: { path, bytes, absolute: path, mtime: 0, mtimeNs: 0n, inode: 0n },
  });
  const files = [
    file('a.csv', 6),
    file('b.csv', 4),
    file('c.csv', 1),
    file('d.csv', 99),
    file('e.csv.gz', 1),
    file('f.csv', 4),
  ];
  const names = (bytes: number, count: number) =>
    batchesOf(files, bytes, count).map((batch) => batch.map((one) => one.found.path[0]).join(''));
  assert.deepEqual(names(10, 9), ['ab', 'c', 'd', 'ef']);
  assert.deepEqual(names(1000, 2), ['ab', 'cd', 'ef']);
  assert.deepEqual(batchesOf([], 10, 10), []);
});
