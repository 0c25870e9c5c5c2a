import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ColumnType } from '../../base/index.ts';
import type { ColumnRange, ColumnStats } from './index.ts';
import { staged, withLake } from './lake.fixture.ts';

type Ends = Omit<ColumnRange, 'column'>;
type Bounds = Omit<ColumnStats, 'columnId' | 'valueCount' | 'nullCount'>;

/** Bounds as some writer may leave them, a range, and whether a value of it may be there. */
const cases: readonly (readonly [ColumnType, Bounds, Ends, kept: boolean])[] = [
  ['string', { min: 'b', max: 'd' }, { min: 'd' }, true],
  ['string', { min: 'b', max: 'd' }, { min: 'e' }, false],
  ['string', { min: 'b', max: 'd' }, { max: 'azzz' }, false],
  // A greatest value may have been cut, and is then less than what it stands for.
  ['string', { min: 'b', max: 'd' }, { min: 'dz' }, true],
  ['string', { min: '', max: '' }, { min: 'x' }, true],
  // Bytes, not UTF-16 units: U+E000 is below an emoji.
  ['string', { min: '\uE000', max: '\uE000' }, { min: '😀' }, false],
  ['string', { min: '😀', max: '😀' }, { max: '\uE000' }, false],
  ['string', { min: '\uE000', max: '😀' }, { min: '\uF000', max: '\uF000' }, true],
  // Cut within a character.
  ['string', { min: 'a\uFFFD', max: 'a\uFFFD' }, { max: 'aé' }, true],
  ['string', { max: '\uFFFD' }, { min: '😀' }, true],
  ['string', {}, { min: 'x', max: 'x' }, true],
  ['double', { min: '1', max: '2', hasNan: false }, { min: 2.5 }, false],
  ['double', { min: '1', max: '2', hasNan: true }, { min: 2.5 }, true],
  ['double', { min: '1', max: '2', hasNan: true }, { min: 2.5, max: 3 }, false],
  ['double', { min: '1', max: '2', hasNan: true }, { min: 2.5, max: Number.NaN }, true],
  ['double', { min: '1', max: '2', hasNan: true }, { min: Number.NaN }, true],
  ['double', { min: '1', max: '2', hasNan: false }, { min: Number.NaN }, false],
  ['double', { min: '1', max: '2', hasNan: false }, { max: Number.NaN }, true],
  ['double', { min: '1', max: '2' }, { min: 2.5 }, true],
  ['double', { min: '-inf', max: '2', hasNan: false }, { max: -1e308 }, true],
  ['double', { min: '1', max: 'inf', hasNan: false }, { min: Number.POSITIVE_INFINITY }, true],
  ['double', { min: '-0.0', max: '-0.0', hasNan: false }, { min: 0, max: 0 }, true],
  ['double', { min: '0', max: '0', hasNan: false }, { min: -0, max: -0 }, true],
  ['double', { min: '1', max: 'big', hasNan: false }, { min: 5 }, true],
  ['double', { min: '1', max: '9007199254740992', hasNan: false }, { min: 9007199254740993n }, true],
  ['integer', { min: '0', max: '9007199254740992' }, { min: 9007199254740993n }, false],
  ['integer', { min: '0', max: '9007199254740993' }, { min: 9007199254740993n }, true],
  // A number that may have been rounded, or stands between two.
  ['integer', { min: '9007199254740993', max: '9007199254740993' }, { max: 2 ** 53 }, true],
  ['integer', { min: '2', max: '2' }, { max: 1.5 }, true],
  ['integer', { min: '1.5', max: '' }, { min: 9, max: 0 }, true],
  ['boolean', { min: '0', max: '0' }, { min: true }, false],
  ['boolean', { min: 'false', max: 'true' }, { min: true }, true],
  ['timestamp', { min: '1970-01-01 00:00:00', max: '1970-01-01 00:00:01.5' }, { min: 1_500_001 }, false],
  ['timestamp', { min: '1970-01-01 00:00:00', max: '1970-01-01 00:00:01.5' }, { min: 1_500_000 }, true],
  ['timestamp', { min: '1970-01-01 00:00:00.000001', max: '1970-01-02' }, { max: 0 }, false],
  ['timestamp', { min: '1969-12-31 23:59:59.999999', max: '1970-01-01' }, { max: -1 }, true],
  ['timestamp', { min: '0050-01-01 00:00:00', max: '0060-01-01 00:00:00' }, { min: 0 }, false],
  ['timestamp', { min: '12345-01-01 00:00:00', max: '12345-01-01 00:00:00' }, { max: 0 }, false],
  ['timestamp', { min: '290000-01-01 00:00:00', max: '290000-01-01 00:00:00' }, { max: 0 }, true],
  ['timestamp', { min: '0044-03-15 (BC) 00:00:00', max: '1970-01-01 00:00:00' }, { min: 1 }, false],
  ['timestamp', { min: '0044-03-15 (BC) 00:00:00', max: '0044-03-15 (BC) 00:00:00' }, { min: 1 }, true],
  ['timestamp', { min: '-infinity', max: 'infinity' }, { min: 1, max: 2 }, true],
  ['timestamp', { min: '2020-13-45 00:00:00', max: '2020-02-01 00:00:00+00' }, { min: 1, max: 2 }, true],
];

test('bounds of every kind: a file goes only when no value of the range can be in it', () => {
  withLake((lake, database) => {
    const columns = (['string', 'double', 'integer', 'boolean', 'timestamp'] as const).map((type) => ({
      name: type,
      type,
      nullable: true,
    }));
    for (const [type, bounds, ends, kept] of cases) {
      const columnId = columns.findIndex((column) => column.name === type) + 1;
      const stats = [{ columnId, valueCount: 1, nullCount: 1, ...bounds }];
      if (lake.table('t')) lake.commit(lake.head(), [{ kind: 'drop', table: 't' }]);
      const files = [staged(lake, 't', 2, { stats })];
      lake.commit(lake.head(), [{ kind: 'create', table: 't', columns, files }]);
      const found = lake.pruned(lake.table('t')!, [{ column: type, ...ends }]).files.length === 1;
      const said = `${type} ${JSON.stringify([bounds, ends], (_, v) => (typeof v === 'bigint' ? `${v}` : v))}`;
      assert.equal(found, kept, said);
    }
    // Some of these bounds are none that a sound catalog has.
    database.run('delete from ducklake_file_column_stats');
  });
});

type Parts = readonly (readonly [transform: string, value: string | null])[];

/** What a file's partition says of its column alone, with nothing known but that. */
const partitions: readonly (readonly [ColumnType, Parts, Ends, kept: boolean])[] = [
  ['string', [['identity', 'DE']], { min: 'DE', max: 'DE' }, true],
  ['string', [['identity', 'DE']], { min: 'ES' }, false],
  ['string', [['identity', '']], { max: '' }, true],
  ['string', [['identity', '']], { min: 'DE' }, false],
  ['string', [['identity', null]], { max: 'x' }, false],
  ['integer', [['identity', '-5']], { max: -5 }, true],
  ['integer', [['identity', '-5']], { min: -4 }, false],
  ['boolean', [['identity', 'false']], { min: true }, false],
  ['boolean', [['identity', 'true']], { min: true }, true],
  ['double', [['identity', 'nan']], { min: 5 }, true],
  ['double', [['identity', '1.5']], { min: 5 }, true],
  ['timestamp', [['identity', 'infinity']], { min: 5 }, true],
  ['timestamp', [['identity', '1970-01-01 00:00:01']], { min: 1_000_001 }, false],
  ['timestamp', [['year', '1970']], { min: at('1971-01-01') }, false],
  ['timestamp', [['year', '1970']], { min: at('1971-01-01') - 1n }, true],
  ['timestamp', [['year', '1970']], { max: -1 }, false],
  ['timestamp', [['year', '99']], { max: at('0098-12-31T23:59:59') }, false],
  ['timestamp', [['year', '99']], { max: at('0099-01-01') }, true],
  ['timestamp', [['year', '0']], { min: at('0001-01-01') }, false],
  ['timestamp', [['year', '-43']], { min: 0 }, true],
  ['timestamp', [['year', '12345']], { max: 0 }, true],
  // Infinity has no year, and null has none.
  ['timestamp', [['year', null]], { min: 0 }, true],
  ['timestamp', months('1970', '12'), { min: at('1971-01-01') }, false],
  ['timestamp', months('1970', '12'), { max: at('1970-11-30T23:59:59') }, false],
  ['timestamp', months('1970', '12'), { max: at('1970-12-01') }, true],
  ['timestamp', [...months('1972', '2'), ['day', '29']], { min: at('1972-03-01') - 1n }, true],
  ['timestamp', [...months('1972', '2'), ['day', '29']], { min: at('1972-03-01') }, false],
  [
    'timestamp',
    [...months('1972', '2'), ['day', '29'], ['hour', '23']],
    { max: at('1972-02-29T22:59:59') },
    false,
  ],
  // A month of any year, a day of any month.
  ['timestamp', [['month', '2']], { min: at('1971-03-01'), max: at('1971-03-02') }, true],
  [
    'timestamp',
    [
      ['year', '1971'],
      ['day', '5'],
    ],
    { min: at('1971-03-01'), max: at('1971-03-02') },
    true,
  ],
  ['timestamp', [['bucket(4)', '2']], { min: 0, max: 1 }, true],
];

test('partitions of every kind: a file goes only when no value of the range can be in it', () => {
  withLake((lake, database) => {
    for (const [type, parts, ends, kept] of partitions) {
      if (lake.table('t')) lake.commit(lake.head(), [{ kind: 'drop', table: 't' }]);
      const column = { name: 'c', type, nullable: true };
      const by = [{ column: 'c', transform: 'identity' as const }];
      lake.commit(lake.head(), [
        { kind: 'create', table: 't', columns: [column], partitionBy: by, files: [] },
      ]);
      const keys = [{ columnId: 1, transform: 'identity' }];
      const file = staged(lake, 't', 2, { partition: { keys, values: [null] } });
      lake.commit(lake.head(), [{ kind: 'append', table: 't', files: [file] }]);
      const table = lake.table('t')!;
      const partition = {
        keys: parts.map(([transform]) => ({ columnId: 1, transform })),
        values: parts.map(([, value]) => value),
      };
      const as = { ...table, files: table.files.map((one) => ({ ...one, partition })) };
      const found = lake.pruned(as, [{ column: 'c', ...ends }]).files.length === 1;
      assert.equal(
        found,
        kept,
        JSON.stringify([type, parts, ends], (_, v) => (typeof v === 'bigint' ? `${v}` : v)),
      );
    }
    // The year of an instant with a zone is that of the zone of who wrote it.
    const zoned = lake.table('t')!;
    const keys = [{ columnId: 1, transform: 'year' }];
    const as = { ...zoned, files: zoned.files.map((f) => ({ ...f, partition: { keys, values: ['1970'] } })) };
    const kept = () => lake.pruned(as, [{ column: 'c', max: -1 }]).files.length;
    assert.equal(kept(), 0);
    database.run("update ducklake_column set column_type = 'timestamptz'");
    assert.equal(kept(), 1);
  });
});

function at(text: string): bigint {
  return BigInt(Date.parse(`${text}${text.includes('T') ? '' : 'T00:00:00'}Z`)) * 1000n;
}

function months(year: string, month: string): Parts {
  return [
    ['year', year],
    ['month', month],
  ];
}
