import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { MINUTE } from '../../../base/index.ts';
import { col, contractOf, openBench, type SourceBench } from './source.fixture.ts';

let bench: SourceBench;
beforeEach(async () => {
  bench = await openBench();
});
afterEach(() => bench.close());

const payments = contractOf(
  [
    col('id', 'string'),
    col('amount', 'double', { rules: [{ rule: 'between', min: 0, max: 100 }] }),
    col('paid_at', 'timestamp'),
  ],
  { key: ['id'], eventTime: 'paid_at' },
);

test('good rows go into the table, bad rows aside with line, rules and raw cells', async () => {
  bench.put(
    'data/a.csv',
    'id,amount,paid_at,note\n' +
      'a,1.5,2024-01-01T00:00:00Z,x\n' +
      'b,-1,2024-01-02,"two\nlines"\n' +
      '\n' +
      'c,"1,5",yesterday,\n' +
      'a,2,2024-01-03T01:00:00+01:00,again\n' +
      'd,3,2024-01-04,"last"',
  );
  const result = await bench.load(payments, { glob: 'data/*.csv' });
  assert.deepEqual(await bench.rows(), [
    { id: 'a', amount: 1.5, paid_at: new Date('2024-01-01'), _load: 1 },
    { id: 'd', amount: 3, paid_at: new Date('2024-01-04'), _load: 1 },
  ]);
  assert.deepEqual(await bench.aside(), [
    {
      load: 1,
      file: 'data/a.csv',
      line: 3,
      rules: ['amount: between 0 and 100'],
      row: { id: 'b', amount: '-1', paid_at: '2024-01-02', note: 'two\nlines' },
    },
    {
      load: 1,
      file: 'data/a.csv',
      line: 6,
      rules: ['amount: not a double', 'paid_at: not a timestamp'],
      row: { id: 'c', amount: '1,5', paid_at: 'yesterday', note: '' },
    },
    {
      load: 1,
      file: 'data/a.csv',
      line: 7,
      rules: ['key: duplicate'],
      row: { id: 'a', amount: '2', paid_at: '2024-01-03T01:00:00+01:00', note: 'again' },
    },
  ]);
  assert.deepEqual(result.loads, [{ load: 1, path: 'data/a.csv', rows: 2, quarantined: 3 }]);
  assert.deepEqual(result.eventTime, { min: Date.UTC(2024, 0, 1) * 1000, max: Date.UTC(2024, 0, 4) * 1000 });
  assert.deepEqual(Object.fromEntries(result.broken), {
    'amount: between 0 and 100': 1,
    'amount: not a double': 1,
    'key: duplicate': 1,
    'paid_at: not a timestamp': 1,
  });
});

test('lines that are no rows are set aside as csv, each costing one line', async () => {
  bench.put(
    'a.csv',
    'id,amount,paid_at\n' +
      'a,1,2024-01-01\n' +
      'short,1\n' +
      'long,1,2024-01-01,x,y\n' +
      'b,"2"x,2024-01-01\n' +
      'c,"open,2024-01-01\n' +
      'd,4,2024-01-01\r\n' +
      'e,"5",2024-01-01\n',
  );
  await bench.load(payments, { glob: '*.csv' });
  assert.deepEqual(
    (await bench.rows()).map((row) => row['id']),
    ['a', 'd', 'e'],
  );
  assert.deepEqual(
    (await bench.aside()).map(({ line, rules, row }) => [line, rules, row]),
    [
      [3, ['csv'], { _text: 'short,1' }],
      [4, ['csv'], { _text: 'long,1,2024-01-01,x,y' }],
      [5, ['csv'], { _text: 'b,"2"x,2024-01-01' }],
      [6, ['csv'], { _text: 'c,"open,2024-01-01' }],
    ],
  );
});

test('JSON lines: text of every value, absent as null, malformed lines aside', async () => {
  const contract = contractOf([
    col('a/b~c', 'string', { nullable: true }),
    col('n', 'double'),
    col('deep', 'string', { nullable: true }),
  ]);
  bench.put(
    'a.jsonl',
    '\uFEFF{"a/b~c":"x","n":1.50,"deep":{"z": [1, 2]},"more":true}\n\n' +
      '{"n":"2"}\r\n' +
      'not json\n' +
      '[1]\n' +
      '{"n":null,"deep":[]}\n' +
      '{"n":true,"a/b~c":12345678901234567890123}\n' +
      '{"n":3,"deep":"\u001f"}\n' +
      '{"n":4}',
  );
  await bench.load(contract, { glob: '*.jsonl' });
  assert.deepEqual(await bench.rows('order by n'), [
    { 'a/b~c': 'x', n: 1.5, deep: '{"z":[1,2]}', _load: 1 },
    { 'a/b~c': null, n: 2, deep: null, _load: 1 },
    { 'a/b~c': null, n: 4, deep: null, _load: 1 },
  ]);
  assert.deepEqual(
    (await bench.aside()).map(({ line, rules, row }) => [line, rules, row]),
    [
      [4, ['json'], { _text: 'not json' }],
      [5, ['json'], { _text: '[1]' }],
      [6, ['n: null'], { n: null, deep: [] }],
      // JSON.parse of the row text, as any reader would.
      [7, ['n: not a double'], { n: true, 'a/b~c': 1.2345678901234568e22 }],
      [8, ['json'], { _text: '{"n":3,"deep":"\u001f"}' }],
    ],
  );
});

test('Parquet keeps its types; values that do not come through whole are set aside', async () => {
  await bench.session.run(
    `copy (select * from (values (1::BIGINT, 1.5::DECIMAL(18,2), 'x', timestamptz '2024-01-01 02:00:00+02', 7.0::DOUBLE, [1]), (9007199254740993, 2, 'y', timestamptz '2024-01-02', 7.5, null), (3, 3, 'z', null, null, null) ) t(big, price, name, "at", whole, extra)) to '${bench.folder}/a.parquet'`.replace(
      `'nan'::DECIMAL(18,2)`,
      '3',
    ),
  );
  const contract = contractOf([
    col('whole', 'integer', { nullable: true }),
    col('big', 'double'),
    col('price', 'double'),
    col('name', 'string'),
    col('at', 'timestamp'),
  ]);
  await bench.load(contract, { glob: '*.parquet' });
  assert.deepEqual(await bench.rows(), [
    { whole: 7, big: 1, price: 1.5, name: 'x', at: new Date('2024-01-01'), _load: 1 },
  ]);
  const aside = await bench.aside();
  assert.deepEqual(
    aside.map(({ line, rules }) => [line, rules]),
    [
      [2, ['whole: not an integer', 'big: not a double']],
      [3, ['at: null']],
    ],
  );
  assert.equal((aside[1]!.row as { name: string }).name, 'z');
});

test('files of one load differ in order of columns, delimiter, line ends, packing and byte order mark', async () => {
  bench.put('d/1.csv', 'id,amount,paid_at\r\na,1,2024-01-01\r\n');
  bench.put('d/2.csv', '\uFEFFpaid_at;id;extra;amount\n2024-01-02;b;e;2\n');
  bench.put('d/3.csv.gz', gzipSync('amount,paid_at,id\n3,2024-01-03,c\nx,2024-01-03,c2\n'));
  bench.put('d/4.tsv', 'id\tamount\tpaid_at\nd\t4\t2024-01-04');
  bench.put('d/5.csv', 'id,amount,paid_at');
  bench.put('d/[6]*.csv', 'id,amount,paid_at\nf,6,2024-01-06\n');
  bench.put('d/6.csv', 'id,amount,paid_at\nsix,6,2024-01-06\n');
  bench.put('d/.hidden.csv', 'x');
  const result = await bench.load(payments, { glob: 'd/*' });
  assert.deepEqual(
    (await bench.rows('order by _load')).map((row) => [row['_load'], row['id'], row['amount']]),
    [
      [1, 'a', 1],
      [2, 'b', 2],
      [3, 'c', 3],
      [4, 'd', 4],
      [6, 'six', 6],
      [7, 'f', 6],
    ],
  );
  assert.deepEqual(
    result.loads.map(({ rows, quarantined }) => [rows, quarantined]),
    [
      [1, 0],
      [1, 0],
      [1, 1],
      [1, 0],
      [0, 0],
      [1, 0],
      [1, 0],
    ],
  );
  assert.deepEqual(await bench.aside(), [
    {
      load: 3,
      file: 'd/3.csv.gz',
      line: 3,
      rules: ['amount: not a double'],
      row: { amount: 'x', paid_at: '2024-01-03', id: 'c2' },
    },
  ]);
});

test('keys: against the table, across batches, across files; a row set aside claims none', async () => {
  bench.put('a.csv', 'id,amount,paid_at\nk1,1,2024-01-01\nk2,bad,2024-01-01\n');
  await bench.load(payments, { glob: 'a.csv' });
  bench.put('b1.csv', 'amount,id,paid_at\n2,k1,2024-01-01\n3,k3,2024-01-01\n');
  bench.put('b2.csv', 'id,amount,paid_at\nk3,4,2024-01-01\nk2,5,2024-01-01\nk2,6,2024-01-01\n');
  for (const batchFiles of [500, 1]) {
    const result = await bench.load(
      payments,
      { glob: 'b*.csv' },
      { firstLoad: 2, batchFiles, leaving: [2, 3] },
    );
    assert.deepEqual(
      (await bench.rows('order by id')).map((row) => [row['id'], row['amount'], row['_load']]),
      [
        ['k1', 1, 1],
        ['k2', 5, 3],
        ['k3', 3, 2],
      ],
    );
    assert.deepEqual(
      (await bench.aside()).slice(1).map(({ load, line, rules }) => [load, line, rules]),
      [
        [2, 2, ['key: duplicate']],
        [3, 2, ['key: duplicate']],
        [3, 4, ['key: duplicate']],
      ],
    );
    assert.equal(result.broken.get('key: duplicate'), 3);
  }
});

test('a changed file’s rows take the place of its old ones; other rows keep their ids and files', async () => {
  bench.put('a.csv', 'id,amount,paid_at\na1,1,2024-01-01\na2,x,2024-01-01\n');
  bench.put('b.csv', 'id,amount,paid_at\nb1,1,2024-01-01\nb2,y,2024-01-01\n');
  await bench.load(payments, { glob: '[ab].csv' });
  bench.put('c.csv', 'id,amount,paid_at\nc1,1,2024-01-01\n');
  await bench.load(payments, { glob: 'c.csv' }, { firstLoad: 3 });
  const ids = async () =>
    bench.session.rows(
      `select id, _row_id from ${bench.session.scan(bench.lake.table('t')!, { rowId: true })} where id in ('b1', 'c1') order by id`,
    );
  const before = await ids();
  const kept = bench.lake.table('t')!.files[1]!.path;
  bench.put('a.csv', 'id,amount,paid_at\na1,7,2024-01-01\na3,z,2024-01-01\n');
  await bench.load(payments, { glob: 'a.csv' }, { firstLoad: 4, leaving: [1] });
  assert.deepEqual(
    (await bench.rows('order by id')).map((row) => [row['id'], row['amount'], row['_load']]),
    [
      ['a1', 7, 4],
      ['b1', 1, 2],
      ['c1', 1, 3],
    ],
  );
  assert.deepEqual(
    (await bench.aside()).map(({ load, row }) => [load, (row as { id: string }).id]),
    [
      [2, 'b2'],
      [4, 'a3'],
    ],
  );
  assert.deepEqual(await ids(), before);
  assert.ok(bench.lake.table('t')!.files.some((file) => file.path === kept));
});

test('policies: warn lets rows with a form in and counts them; block fails a check', async () => {
  bench.put(
    'a.csv',
    'id,amount,paid_at\na,101,2024-01-01\na,1,2024-01-01\nb,x,2024-01-01\n,2,2024-01-01\nc,3,1600-01-01\n',
  );
  const warned = await bench.load({ ...payments, onBreach: 'warn' }, { glob: 'a.csv' });
  assert.deepEqual(
    (await bench.rows('order by amount')).map((row) => row['amount']),
    [1, 101],
  );
  assert.deepEqual(Object.fromEntries(warned.broken), {
    'amount: between 0 and 100': 1,
    'amount: not a double': 1,
    'id: null': 1,
    'key: duplicate': 1,
    'paid_at: not from 1700 to 2254': 1,
  });
  assert.deepEqual(warned.loads, [{ load: 1, path: 'a.csv', rows: 2, quarantined: 3 }]);
  assert.ok(warned.checks.every((check) => check.severity === 'warn'));
  const blocked = await bench.load(
    { ...payments, onBreach: 'block' },
    { glob: 'a.csv' },
    { leaving: [1], firstLoad: 2 },
  );
  assert.ok(
    blocked.checks.some(
      (check) =>
        check.severity === 'block' &&
        !check.passed &&
        check.name === 'amount: not a double' &&
        check.observed === '1 row' &&
        check.wanted === 'no row',
    ),
  );
});

test('table rules see the table as it will be', async () => {
  bench.put('a.csv', 'id,amount,paid_at\na,1,2024-01-01T00:00:00Z\n');
  const contract = contractOf(payments.columns, {
    eventTime: 'paid_at',
    fresh: 5 * MINUTE,
    tableRules: [{ rule: 'rowCount', min: 2 }],
  });
  const now = Date.UTC(2024, 0, 1, 0, 5) * 1000;
  const first = await bench.load(contract, { glob: 'a.csv' }, { now });
  assert.deepEqual(first.checks.slice(0, 2), [
    { name: 'rowCount', passed: false, severity: 'block', observed: '1 row', wanted: 'at least 2 rows' },
    {
      name: 'fresh',
      passed: true,
      severity: 'warn',
      observed: 'newest paid_at is 2024-01-01T00:00:00.000Z',
      wanted: 'at most 5m before 2024-01-01T00:05:00.000Z',
    },
  ]);
  // Then one for each rule about rows, in the contract's order.
  assert.deepEqual(
    first.checks.slice(2).map(({ name, passed }) => [name, passed]),
    [
      ['id: null', true],
      ['amount: not a double', true],
      ['amount: null', true],
      ['amount: between 0 and 100', true],
      ['paid_at: not a timestamp', true],
      ['paid_at: null', true],
      ['paid_at: not from 1700 to 2254', true],
    ],
  );
  bench.put('b.csv', 'id,amount,paid_at\nb,1,2023-01-01\n');
  const second = await bench.load(contract, { glob: 'b.csv' }, { now: now + 1, firstLoad: 2 });
  assert.deepEqual(
    second.checks.slice(0, 2).map((check) => check.passed),
    [true, false],
  );
});

// Regression: a long list made DuckDB join, and the join moved the last rows of a file behind those of other files.
test('bad rows at the ends of many files are found again, whatever the rules', async () => {
  const values = Array.from({ length: 12 }, (_, i) => `v${i}`);
  const contract = contractOf(
    [col('id', 'string'), col('kind', 'string', { rules: [{ rule: 'oneOf', values }] })],
    { key: ['id'] },
  );
  const files = 30;
  for (let f = 0; f < files; f++) {
    // A little more than one of DuckDB's vectors of 2,048, so that the last rows are a small chunk.
    const lines = Array.from({ length: 2060 + f }, (_, i) => `f${f}r${i},v${i % 12}`);
    bench.put(
      `many/${String(f).padStart(2, '0')}.csv`,
      `id,kind\n${lines.join('\n')}\nf${f}r7,v7\nf${f}r9,v9\n`,
    );
  }
  const result = await bench.load(contract, { glob: 'many/*.csv' });
  const aside = await bench.aside();
  assert.equal(aside.length, 2 * files);
  assert.deepEqual(
    aside.map((row) => (row.row as { id: string }).id),
    Array.from({ length: files }, (_, f) => [`f${f}r7`, `f${f}r9`]).flat(),
  );
  assert.equal(
    result.loads.reduce((sum, load) => sum + load.quarantined, 0),
    2 * files,
  );
});
