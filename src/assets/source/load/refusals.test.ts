import assert from 'node:assert/strict';
import { chmodSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { MillraceError } from '../../../base/index.ts';
import { discover } from '../files/discover.ts';
import { col, contractOf, openBench, type SourceBench } from './source.fixture.ts';

// Each way a file can be wrong as a whole, with the very words a user gets; nothing of the load may be left behind.

let bench: SourceBench;
beforeEach(async () => {
  bench = await openBench();
  bench.put('d/0-good.csv', 'id,amount\na,1\n');
});
afterEach(() => bench.close());

const contract = contractOf([col('id', 'string'), col('amount', 'double')]);

async function refused(glob = 'd/*', using = contract): Promise<{ code: string; text: string }> {
  const { lake, folder } = bench;
  try {
    await bench.load(using, { glob });
  } catch (error) {
    assert.ok(error instanceof MillraceError);
    assert.equal(lake.head(), 0);
    assert.deepEqual(discover({ glob: 'lake/**/*', nulls: [] }, folder), []);
    return { code: error.code, text: error.problems.map((problem) => problem.message).join(' ') };
  }
  throw new Error('It was let through.');
}

const unreadable = (text: string) => ({ code: 'MILL_SOURCE_FILE_UNREADABLE', text });
const many = `id,amount\n${Array.from({ length: 5000 }, (_, i) => `id-${i},${i}\n`).join('')}`;

test('a gzip file that was cut off, even only by its checksum', async () => {
  const packed = gzipSync(many);
  for (const cut of [6, 300, 1]) {
    bench.put('d/1.csv.gz', packed.subarray(0, packed.length - cut));
    assert.deepEqual(
      await refused(),
      unreadable(
        `'d/1.csv.gz' cannot be read: its gzip data ends too early, so it was cut off or is still being written.`,
      ),
    );
  }
});

test('a gzip file whose content does not match its checksum', async () => {
  const packed = gzipSync(many);
  packed[packed.length - 5]! ^= 0xff;
  bench.put('d/1.csv.gz', packed);
  assert.deepEqual(
    await refused(),
    unreadable(`'d/1.csv.gz' cannot be read: its gzip data is damaged (incorrect data check).`),
  );
});

test('a name that lies about packing', async () => {
  bench.put('d/1.csv.gz', 'id,amount\na,1\n');
  assert.deepEqual(
    await refused(),
    unreadable(`'d/1.csv.gz' cannot be read: its name ends in .gz, but its content is not gzip.`),
  );
  bench.put('d/1.csv.gz', gzipSync('id,amount\n'));
  bench.put('d/2.csv', gzipSync('id,amount\nb,1\n'));
  assert.deepEqual(
    await refused(),
    unreadable(`'d/2.csv' cannot be read: its content is gzip, but its name does not end in .gz.`),
  );
});

test('wrong encodings', async () => {
  bench.put('d/1.csv', Buffer.from('id,amount\na,1\ncafé,2\n', 'latin1'));
  assert.deepEqual(await refused(), unreadable(`'d/1.csv' cannot be read: it is not UTF-8 (line 3).`));
  bench.put('d/1.csv', Buffer.from('\uFEFFid,amount\na,1\n', 'utf16le'));
  assert.deepEqual(await refused(), unreadable(`'d/1.csv' cannot be read: it is UTF-16, not UTF-8.`));
  bench.put('d/1.csv', Buffer.from('idé,amount\na,1\n', 'latin1'));
  assert.deepEqual(await refused(), unreadable(`'d/1.csv' cannot be read: line 1 is not UTF-8.`));
  bench.put('d/1.csv', 'id,amount\n');
  bench.put('d/2.jsonl', Buffer.from('{"id":"é","amount":1}\n', 'latin1'));
  assert.deepEqual(await refused(), unreadable(`'d/2.jsonl' cannot be read: it is not UTF-8 (line 1).`));
});

test('empty files, files of blank lines, JSON arrays, zip archives', async () => {
  for (const name of ['1.csv', '1.jsonl', '1.parquet']) {
    bench.put(`e/${name}`, '');
    assert.deepEqual(await refused(`e/${name}`), unreadable(`'e/${name}' cannot be read: it is empty.`));
  }
  bench.put('e/1.csv.gz', gzipSync(''));
  assert.deepEqual(await refused('e/1.csv.gz'), unreadable(`'e/1.csv.gz' cannot be read: it is empty.`));
  bench.put('e/2.csv', '\n\n');
  assert.deepEqual(
    await refused('e/2.csv'),
    unreadable(`'e/2.csv' cannot be read: it has no first line that could be its header.`),
  );
  bench.put('e/3.json', '[\n{"id":"a","amount":1}\n]');
  assert.deepEqual(
    await refused('e/3.json'),
    unreadable(
      `'e/3.json' cannot be read: it is a JSON array, where one JSON object on each line is wanted.`,
    ),
  );
  bench.put('e/4.csv', 'PK\u0003\u0004xxxx');
  assert.deepEqual(
    await refused('e/4.csv'),
    unreadable(`'e/4.csv' cannot be read: its content is a zip archive.`),
  );
});

test('a folder, a file that went away', async () => {
  const found = discover({ glob: 'd/*', nulls: [] }, bench.folder)[0]!;
  mkdirSync(join(bench.folder, 'x.csv'));
  const load = (absolute: string) =>
    bench.load(
      contract,
      { glob: 'none*' },
      { files: [{ found: { ...found, path: 'x.csv', absolute }, load: 1 }] },
    );
  await assert.rejects(load(join(bench.folder, 'x.csv')), {
    message:
      /^'x\.csv' cannot be read: it is a folder\. Deliver the file again.*\[MILL_SOURCE_FILE_UNREADABLE\]$/,
  });
  await assert.rejects(load(join(bench.folder, 'gone.csv')), {
    message: /^'x\.csv' cannot be read: it is not there any more\./,
  });
});

const noPermissions = process.getuid?.() === 0 ? 'root may read everything' : false;

test('a file that may not be read', { skip: noPermissions }, async () => {
  chmodSync(join(bench.folder, 'd/0-good.csv'), 0);
  assert.deepEqual(
    await refused(),
    unreadable(`'d/0-good.csv' cannot be read: there is no permission to read it.`),
  );
});

test('a file that is written to while it is loaded', async () => {
  const [found] = discover({ glob: 'd/*', nulls: [] }, bench.folder);
  const files = [{ found: { ...found!, mtimeNs: found!.mtimeNs - 1n }, load: 1 }];
  await assert.rejects(bench.load(contract, { glob: 'd/*' }, { files }), {
    message: /'d\/0-good\.csv' cannot be read: it was written to while it was read\./,
  });
});

test('half a Parquet file', async () => {
  await bench.session.run(
    `copy (select 'a' as id, 1.0::double as amount from range(1000)) to '${bench.folder}/whole.parquet'`,
  );
  const { readFileSync } = await import('node:fs');
  const whole = readFileSync(join(bench.folder, 'whole.parquet'));
  bench.put('e/1.parquet', whole.subarray(0, whole.length - 20));
  const { code, text } = await refused('e/1.parquet');
  assert.equal(code, 'MILL_SOURCE_FILE_UNREADABLE');
  assert.match(text, /^'e\/1\.parquet' cannot be read: it is no whole Parquet file \(.*magic bytes.*\)\.$/);
  // A sound footer over damaged pages shows only when the rows are read.
  const damaged = Buffer.from(whole);
  damaged.fill(0xff, 4, whole.length - 400);
  bench.put('e/1.parquet', damaged);
  assert.equal((await refused('e/1.parquet')).code, 'MILL_SOURCE_FILE_UNREADABLE');
});

test('columns: missing, renamed, doubled', async () => {
  bench.put('d/1.csv', 'id,amout\na,1\n');
  assert.deepEqual(await refused(), {
    code: 'MILL_SOURCE_COLUMN_MISSING',
    text: `'d/1.csv' has no column 'amount'; the nearest it has is 'amout'.`,
  });
  bench.put('d/1.csv', 'x,y\na,1\n');
  assert.deepEqual(await refused(), {
    code: 'MILL_SOURCE_COLUMN_MISSING',
    text: `'d/1.csv' has no column 'id'; it has 'x', 'y'. 'd/1.csv' has no column 'amount'; it has 'x', 'y'.`,
  });
  bench.put('d/1.csv', 'id,amount,amount\na,1,1\n');
  assert.deepEqual(await refused(), {
    code: 'MILL_SOURCE_COLUMN_DUPLICATE',
    text: `'d/1.csv' has the column 'amount' 2 times.`,
  });
  bench.put('d/1.csv', 'id,amount,,\na,1,,\n');
  bench.put('d/2.jsonl', '{"id":"x","Amount":1}\n{"id":"y"}\n');
  assert.deepEqual(await refused(), {
    code: 'MILL_SOURCE_COLUMN_MISSING',
    text: `'d/2.jsonl' has no column 'amount'; the nearest it has is 'Amount'.`,
  });
});

test('a header of any length is read whole', async () => {
  for (const letters of [100, 8_000, 16_380, 17_000, 1_500_000]) {
    const wide = `"${'w\n'.repeat(letters / 2)}"`;
    bench.put('w/1.csv', `${wide},id,amount\n1,a,${'0'.repeat(20_000)}1\n2,b\n`);
    const { loads } = await bench.load(contract, { glob: 'w/*' }, { firstLoad: letters, leaving: [] });
    assert.deepEqual([loads[0]!.rows, loads[0]!.quarantined], [1, 1]);
  }
});

test('Parquet columns whose type cannot become the declared one', async () => {
  const { session, folder } = bench;
  mkdirSync(join(folder, 'p'));
  await session.run(`copy (select 1.5::double as id, 'x' as amount) to '${folder}/p/1.parquet'`);
  assert.deepEqual(await refused('p/*'), {
    code: 'MILL_SOURCE_TYPE_CHANGED',
    text: `'p/1.parquet' has column 'id' as DOUBLE, which cannot become string without loss. 'p/1.parquet' has column 'amount' as VARCHAR, which cannot become double without loss.`,
  });
  await session.run(`copy (select 'a' as id, 1 as amont) to '${folder}/p/1.parquet'`);
  assert.deepEqual(await refused('p/*'), {
    code: 'MILL_SOURCE_COLUMN_MISSING',
    text: `'p/1.parquet' has no column 'amount'; the nearest it has is 'amont'.`,
  });
});

test('a delimiter that cannot be one, an ending that tells nothing, no file at all', async () => {
  await assert.rejects(bench.load(contract, { glob: 'd/*', delimiter: '::' }), {
    message: /^'::' cannot stand between the cells of a CSV file\. .*\[MILL_SOURCE_DELIMITER_INVALID\]$/,
  });
  bench.put('d/1.dat', 'x');
  assert.deepEqual(await refused(), {
    code: 'MILL_SOURCE_FORMAT_UNKNOWN',
    text: `The ending of 'd/1.dat' does not tell its format.`,
  });
  assert.deepEqual(discover({ glob: 'no/*', nulls: [] }, bench.folder), []);
  assert.throws(() => discover({ glob: 'no/*', nulls: [] }, bench.folder, { atLeastOne: true }), {
    message: /^No file matches 'no\/\*' in .*\[MILL_SOURCE_NO_FILES\]$/,
  });
});
