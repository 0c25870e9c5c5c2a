import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import { type Engine, openDuckDb, type Session } from '../../engine/index.ts';
import { judgeKeys, judgeRow, type Verdict } from './enforce.oracle.ts';
import { enforceSql, type RawCell } from './enforce.ts';
import { contestedKeysSql, duplicatesSql } from './key-duplicates.ts';
import type { BreachPolicy, ColumnSpec, ContractSpec } from './spec.ts';

let engine: Engine;
let session: Session;
before(async () => {
  engine = await openDuckDb({});
  session = await engine.session();
});
after(() => engine.close());

const column = (name: string, type: ColumnSpec['type'], more: Partial<ColumnSpec> = {}): ColumnSpec => ({
  name,
  type,
  nullable: false,
  rules: [],
  ...more,
});

const contract = (
  onBreach: BreachPolicy,
  columns: readonly ColumnSpec[],
  key: string[] = [],
): ContractSpec => ({
  columns,
  key,
  ...(columns.some((c) => c.name === 'at') ? { eventTime: 'at' } : {}),
  availableAfter: 0,
  tableRules: [],
  onBreach,
});

const everything: readonly ColumnSpec[] = [
  column('id', 'string', { rules: [{ rule: 'matches', pattern: '^[a-zé]+$' }] }),
  column('part', 'integer', { nullable: true, rules: [{ rule: 'between', min: 0, max: 10 }] }),
  column(`"am''ount; --`, 'double', { rules: [{ rule: 'between', min: -1.5, max: 1e3 }] }),
  column('free', 'double', { nullable: true }),
  column('flag', 'boolean', { nullable: true }),
  column('at', 'timestamp'),
  column('seen', 'timestamp', { nullable: true }),
  column('land', 'string', { nullable: true, rules: [{ rule: 'oneOf', values: ['DE', `O'Neil`, 'Ω'] }] }),
];

const space = fc.constantFrom('', '', '', ' ', '\t', ' \n', '\v\f\r', ' ', ' ');
const digits = (min: number, max: number) =>
  fc.array(fc.constantFrom(...'0123456789'), { minLength: min, maxLength: max }).map((d) => d.join(''));
const numberText = fc.oneof(
  fc.double({ noNaN: true }).map(String),
  fc.integer({ min: -3, max: 12 }).map(String),
  fc.constantFrom(
    '1_000',
    '+1',
    '.5',
    '5.',
    '.',
    '1e5',
    '1e',
    '0x1F',
    '1,5',
    'nan',
    'NaN',
    'inf',
    '-Infinity',
    '1e400',
    '1e-400',
    '-0',
    '+-1',
    '-+1',
    '--1',
    '1d',
    '٣',
    '1e+5',
    '1E-2',
    '1.0',
    '1e0',
    '9007199254740991',
    '9007199254740992',
    '9007199254740993',
    '-9007199254740991',
    '123456789012345678901234567890',
    '0.1',
    '1 2',
    '１',
    '1e1_0',
    '2.5',
    '00007',
    '1e',
    'e1',
    '4.9e-324',
    '-999',
  ),
  fc
    .tuple(
      fc.constantFrom('', '-', '+'),
      digits(0, 20),
      fc.constantFrom('', '.'),
      digits(0, 20),
      fc.constantFrom('', 'e5', 'E-7', 'e+30'),
    )
    .map((p) => p.join('')),
);
const two = (max: number) => fc.integer({ min: 0, max }).map((n) => String(n).padStart(2, '0'));
const instantText = fc.oneof(
  fc
    .date({ min: new Date('1650-01-01'), max: new Date('2300-01-01'), noInvalidDate: true })
    .map((d) => d.toISOString()),
  fc
    .tuple(
      fc.constantFrom('2024', '1700', '1699', '2255', '2254', '0001', '0000', '9999', '10000', '24'),
      fc.constantFrom('-'),
      two(13),
      fc.constantFrom('-', '-', '-', '/'),
      two(32),
      fc.constantFrom('T', ' ', 't', '', '  '),
      two(25),
      fc.constantFrom(':'),
      two(60),
      fc.constantFrom(
        '',
        ':00',
        ':59',
        ':60',
        ':30.1',
        ':30.123456789',
        ':30.9999999',
        ':30.1234567890',
        ':30.',
        ':30,5',
      ),
      fc.constantFrom(
        '',
        'Z',
        '+02',
        '+02:30',
        '-0330',
        '+15:59',
        '+16',
        '-15',
        ' +01',
        'z',
        ' Europe/Berlin',
        '+1',
        '-00:00',
        'UTC',
      ),
    )
    .map((p) => p.join('')),
  fc.constantFrom(
    'infinity',
    'epoch',
    'now',
    '2024-02-29',
    '2023-02-29',
    '2024-1-1',
    '20240101',
    '2024-01-01 (BC)',
    '2024-01-01Z',
    '1700-01-01',
    '1700-01-01T00:00:00+00:01',
    '2254-12-31T23:59:59.999999',
    '2254-12-31T23:59:59-01',
  ),
);
const wordText = fc.constantFrom(
  'true',
  'T',
  'yes',
  'Y',
  '1',
  'FALSE',
  'f',
  'No',
  'n',
  '0',
  'on',
  '2',
  'tru',
  'ＴＲＵＥ',
  'nO',
);
const freeText = fc.oneof(
  fc.constantFrom(
    'DE',
    `O'Neil`,
    'Ω',
    'abc',
    'é',
    'ABC',
    'a\nb',
    '"',
    `'`,
    ';--',
    '',
    'NA',
    ' DE',
    'NaN',
    '\u{1F600}',
    '\\',
  ),
  fc.string({ unit: 'binary', maxLength: 6 }).map((t) => t.replaceAll('\0', '')),
);
const spaced = (text: fc.Arbitrary<string>) => fc.tuple(space, text, space).map((p) => p.join(''));
const cellFor = (c: ColumnSpec): fc.Arbitrary<string | undefined> => {
  const own: fc.Arbitrary<string> =
    c.type === 'string'
      ? freeText
      : c.type === 'boolean'
        ? spaced(wordText)
        : c.type === 'timestamp'
          ? spaced(instantText)
          : spaced(numberText);
  const good =
    c.name === 'id'
      ? fc.constantFrom('a', 'b', 'c', 'é')
      : c.name === 'part'
        ? fc.constantFrom('1', '2', '1.0')
        : c.type === 'timestamp'
          ? fc.constantFrom('2024-05-01T10:00:00Z', '2024-05-01 10:00')
          : c.type === 'boolean'
            ? fc.constantFrom('true', '0')
            : c.type === 'string'
              ? fc.constantFrom('DE', 'Ω')
              : fc.constantFrom('1.5', '0.25');
  return fc.oneof(
    { weight: 12, arbitrary: good },
    { weight: 3, arbitrary: own },
    {
      weight: 1,
      arbitrary: fc.constantFrom<string | undefined>('', 'NA', ' ', ' NA ', undefined, numberOrWord()),
    },
  );
};
function numberOrWord(): string {
  return '-999';
}
const rowOf = (columns: readonly ColumnSpec[]) => fc.tuple(...columns.map(cellFor));

async function judgeInSql(
  spec: ContractSpec,
  rows: readonly (readonly (string | undefined)[])[],
  nulls: readonly string[],
  existing: readonly string[] = [],
): Promise<Verdict[]> {
  await session.load('raw', [
    { name: '_at', type: 'integer', values: Float64Array.from(rows, (_, i) => i) },
    ...spec.columns.map((_, i) => ({
      name: `c${i}`,
      type: 'string' as const,
      values: rows.map((row) => row[i] ?? null),
    })),
  ]);
  const cells: RawCell[] = spec.columns.map((_, i) => ({ sql: `c${i}`, form: 'text' }));
  await session.run(
    `create or replace temp table judged as ${enforceSql(spec, { from: 'raw', cells, nulls, keep: ['_at as _at'] })}`,
  );
  const judged = { name: 'judged', order: '_at' };
  if (spec.key.length > 0) {
    await session.run(
      `create or replace temp table contested as ${contestedKeysSql(spec, judged, existing)}`,
    );
    await session.run(
      `create or replace temp table duplicates as ${duplicatesSql(spec, judged, 'contested')}`,
    );
  } else await session.run('create or replace temp table duplicates (_rid BIGINT)');
  const values = spec.columns
    .map((c, i) => (c.type === 'timestamp' ? `epoch_us(v${i}) as v${i}` : `v${i}`))
    .join(', ');
  const found = await session.rows<Record<string, unknown>>(
    `select ${values}, to_json(_rules)::VARCHAR as rules, _unfit as unfit, d._rid is not null as duplicate from judged j left join duplicates d on d._rid = j.rowid order by _at`,
  );
  return found.map((row) => ({
    values: spec.columns.map((_, i) => asNumber(row[`v${i}`])),
    rules: [
      ...(JSON.parse((row['rules'] as string | null) ?? '[]') as string[]),
      ...(row['duplicate'] ? ['key: duplicate'] : []),
    ],
    unfit: row['unfit'] as boolean,
  }));
}

/** Instants past 2255 come as bigint. */
const asNumber = (value: unknown) =>
  (typeof value === 'bigint' ? Number(value) : value) as Verdict['values'][number];

const zeroed = (verdicts: Verdict[]) =>
  verdicts.map((v) => ({ ...v, values: v.values.map((x) => (Object.is(x, -0) ? 0 : x)) }));

test('every verdict, value and broken rule is the oracle’s', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(rowOf(everything), { minLength: 1, maxLength: 200, size: 'max' }),
      fc.constantFrom<BreachPolicy>('quarantine', 'warn'),
      fc.constantFrom([''], [], ['', 'NA'], ['-999', 'NA', '0']),
      fc.boolean(),
      async (rows, policy, nulls, withExisting) => {
        const spec = contract(policy, everything, ['id', 'part']);
        const wanted = judgeKeys(
          spec,
          rows.map((row) => judgeRow(spec, row, nulls)),
          withExisting
            ? [
                ['a', 1],
                ['q', 3],
              ]
            : [],
        );
        const found = await judgeInSql(
          spec,
          rows,
          nulls,
          withExisting ? [`(select * from (values ('a', 1::BIGINT), ('q', 3)) t(k0, k1))`] : [],
        );
        assert.deepEqual(zeroed(found), zeroed(wanted));
      },
    ),
    { numRuns: 60 },
  );
});

test('long sets of values and of null texts: the oracle’s verdict, and no join that would change the order of rows', async () => {
  for (const count of [3, 60, 100, 101, 3000]) {
    const values = Array.from({ length: count }, (_, i) => `v'${i}`);
    const spec = contract('quarantine', [
      column('kind', 'string', {
        nullable: true,
        rules: [{ rule: 'oneOf', values: [...values, values[0]!] }],
      }),
      column('n', 'double', { nullable: true }),
    ]);
    const nulls = Array.from({ length: count }, (_, i) => `none ${i}`);
    const rows = Array.from({ length: 2 * count }, (_, i) => [
      i % 5 === 0 ? undefined : i % 7 === 0 ? `none ${i}` : `v'${i}`,
      i % 3 === 0 ? ` none ${i} ` : String(i),
    ]);
    assert.deepEqual(
      await judgeInSql(spec, rows, nulls),
      rows.map((row) => judgeRow(spec, row, nulls)),
    );
    const cells = spec.columns.map((_, i) => ({ sql: `c${i}`, form: 'text' }));
    const plan = await session.rows<{ explain_value: string }>(
      `explain ${enforceSql(spec, { from: 'raw', cells, nulls, keep: ['_at as _at'] })}`,
    );
    assert.doesNotMatch(plan[0]!.explain_value, /JOIN/);
    assert.match(plan[0]!.explain_value, /PROJECTION/);
  }
});
