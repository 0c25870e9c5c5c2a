import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import { judgeRow } from '../../contract/enforce.oracle.ts';
import type { ColumnSpec, ContractSpec } from '../../contract/index.ts';
import { rowReader } from './row-text.ts';
import { openVerdictBench, type VerdictBench } from './verdicts.fixture.ts';

// The verdicts at the door beside those of the loader's SQL over the line that is kept, and beside the slow twin.

let bench: VerdictBench;
before(async () => {
  bench = await openVerdictBench();
});
after(() => bench.close());
const bySql = async (lines: readonly string[]) =>
  (await bench.bySql(contract, lines)).map(({ rules, unfit }) => ({ rules, unfit }));
const atTheDoor = (raw: readonly string[]) => bench.atTheDoor(contract, raw);

const column = (name: string, type: ColumnSpec['type'], more: Partial<ColumnSpec> = {}): ColumnSpec => ({
  name,
  type,
  nullable: false,
  rules: [],
  ...more,
});
const contract: ContractSpec = {
  columns: [
    column('id', 'string', {
      rules: [
        { rule: 'matches', pattern: '^[a-zé]+$' },
        { rule: 'length', min: 1, max: 3, severity: 'warn' },
      ],
    }),
    column('part', 'integer', { nullable: true, rules: [{ rule: 'between', min: 0, max: 10 }] }),
    column(`"am'o/~unt; --`, 'double', {
      rules: [{ rule: 'between', min: -1.5, max: 1e3, severity: 'block' }],
    }),
    column('flag', 'boolean', { nullable: true }),
    column('at', 'timestamp'),
    column('seen', 'timestamp', { nullable: true }),
    column('constructor', 'string', {
      nullable: true,
      rules: [{ rule: 'oneOf', values: ['DE', `O'Neil`, 'true', '1.0', '[1.0,{}]'] }],
    }),
  ],
  key: ['id', 'part'],
  eventTime: 'at',
  availableAfter: 0,
  tableRules: [],
  onBreach: 'quarantine',
};

const numberText = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((n) => JSON.stringify(n)),
  fc.integer({ min: -3, max: 12 }).map(String),
  fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n }).map(String),
  fc
    .tuple(
      fc.constantFrom('', '-'),
      fc.nat(999),
      fc.constantFrom('', '.0', '.50', '.125'),
      fc.constantFrom('', 'e0', 'E+2', 'e-7', 'e21', 'e-400', 'e400'),
    )
    .map((parts) => parts.join('')),
  fc.constantFrom(
    '-0',
    '-0.0',
    '0',
    '1',
    '1.0',
    '1e0',
    '9007199254740991',
    '9007199254740992',
    '9007199254740993',
    '18446744073709551616',
    '1e20',
    '1e21',
    '1e22',
    '1e16',
    '123456789012345680000',
    '5e-324',
    '0.000001',
    '1e-7',
    '1.7976931348623157e308',
    '1e309',
  ),
);
const words = fc.constantFrom(
  'a',
  'bc',
  'é',
  'ABC',
  'DE',
  "O'Neil",
  'true',
  ' T ',
  'no',
  '1',
  '0',
  ' 0\t',
  'on',
  'ＴＲＵＥ',
  '1.5',
  ' 2 ',
  '\v3\f',
  '1_000',
  '+1',
  '+-1',
  '.5',
  '5.',
  '.',
  '1e3',
  'NaN',
  'inf',
  '0x1F',
  '٣',
  '1e400',
  '-999',
  '',
  '2024-02-29',
  '2023-02-29',
  '2024-05-01T10:00:00Z',
  ' 2024-05-01 10:00\n',
  '2024-05-01T10:00+02',
  '2024-05-01T10:00:00.1234567+15:59',
  '2024-05-01T10:00:00+16',
  '2024-05-01T24:00',
  '2024-05-01T10:00:60Z',
  '1699-12-31T23:59:59.999999Z',
  '1700-01-01',
  '1700-01-01T00:00:00+00:01',
  '2254-12-31T23:59:59.999999',
  '2254-12-31T23:59:59-01',
  '0000-01-01',
  '0001-01-01',
  '9999-12-31T23:59:59-15',
  '24-01-01',
  'now',
  'infinity',
  '2024-13-01',
  '2024-00-10',
  '2024-04-31',
  '\0',
  'x\0y',
  '\u{1F600}',
  '\u{1F600}ab',
  '漢字',
  '\u2028',
  '\ufeff',
  '\u0085',
  '\u00a01',
  'a\nb',
  '"',
  '\\',
  '\u007f',
  '\u001f',
);
const text = fc.oneof(
  words,
  fc.string({ unit: 'binary', maxLength: 5 }),
  fc.string({ unit: 'grapheme', maxLength: 4 }),
);
const textJson = fc.oneof(
  text.map((t) => JSON.stringify(t)),
  fc.constantFrom('"\\u0061"', '"\\ud83d\\ude00"', '"\\ud800"', '"\\udc00x"', '"\\/"', '"\\u0000"'),
);
const flat = fc.oneof(
  { weight: 3, arbitrary: textJson },
  { weight: 2, arbitrary: numberText },
  fc.constantFrom('true', 'false', 'null'),
);
const nested = fc.oneof(
  fc.array(flat, { maxLength: 3 }).map((a) => `[${a.join(', ')}]`),
  fc
    .array(fc.tuple(textJson, flat), { maxLength: 2 })
    .map((o) => `{${o.map((m) => m.join(' : ')).join(',')}}`),
);
const cell = fc.oneof({ weight: 8, arbitrary: flat }, { weight: 1, arbitrary: nested });
const good: Readonly<Record<string, string[]>> = {
  id: ['"a"', '"é"', '"bc"'],
  part: ['1', '"2"', '3.0', '1e0'],
  [`"am'o/~unt; --`]: ['1.5', '-0', '" 7 "'],
  flag: ['true', '"no"', '1', '0'],
  at: ['"2024-05-01T10:00:00Z"'],
  seen: ['null', '"2024-05-01"'],
  constructor: ['"DE"', 'true', '1.0', '[1.0, {}]'],
};
const member = (name: string) =>
  fc
    .oneof(
      { weight: 40, arbitrary: fc.constantFrom(...(good[name] as string[])) },
      { weight: 3, arbitrary: cell },
      { weight: 1, arbitrary: fc.constant(undefined) },
    )
    .map((value) => (value === undefined ? [] : [`${JSON.stringify(name)}:${value}`]));
const spare = fc.oneof(
  { weight: 8, arbitrary: fc.constant<string[]>([]) },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.constantFrom('"x"', '"id"', '"__proto__"', '"toString"', '"\\u0069d"', '""'), cell)
      .map((m) => [m.join(':')]),
  },
);
const row = fc.oneof(
  {
    weight: 20,
    arbitrary: fc
      .tuple(...contract.columns.map(({ name }) => member(name)), spare)
      .map((parts) => `{${parts.flat().join(', ')}}`),
  },
  { weight: 1, arbitrary: cell },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      '{',
      '{}',
      '',
      '[',
      '{"id":"a"} x',
      "{'id':1}",
      '{"id":NaN}',
      '{"id":"a",}',
      '{"id":01}',
      '\ufeff{}',
      '{"a":\n1}',
      `${'['.repeat(5000)}${']'.repeat(5000)}`,
      `{"x":${'['.repeat(101)}${']'.repeat(101)}}`,
    ),
  },
);

test('the door, the loader and the slow twin judge alike, whatever JSON is posted', async () => {
  let accepted = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(row, { minLength: 1, maxLength: 60 }), async (raw) => {
      const door = await atTheDoor(raw);
      const sql = await bySql(door.map(({ line }) => line));
      assert.equal(sql.length, raw.length);
      for (const [i, { rules, unfit, blocks, value, line }] of door.entries()) {
        assert.ok(!/[\r\n]/.test(line));
        assert.deepEqual({ rules, unfit }, sql[i], `${raw[i]} kept as ${line}`);
        if (value === undefined) assert.deepEqual(rules, ['json']);
        assert.equal(
          blocks,
          rules.some((rule) => rule.startsWith(`"am'o`) && rule.includes('between')),
        );
        if (!unfit) accepted++;
      }
      // Texts and their verdicts once more by the twin, for rows whose cells are texts, numbers within doubles, or nothing.
      for (const { value, rules, unfit } of door) {
        const cells = contract.columns.map(({ name }) =>
          value !== undefined && Object.hasOwn(value, name) ? value[name] : null,
        );
        if (
          value === undefined ||
          !cells.every(
            (c) => c === null || typeof c === 'string' || (typeof c === 'number' && Number.isFinite(c)),
          )
        )
          continue;
        const twin = judgeRow(
          contract,
          cells.map((c) => (c === null ? undefined : String(c))),
          [],
        );
        assert.deepEqual({ rules, unfit }, { rules: twin.rules, unfit: twin.unfit });
      }
    }),
    { numRuns: Number(process.env['MILLRACE_FUZZ'] ?? 150) },
  );
  assert.ok(accepted > 100, `${accepted} rows were good`);
});

test('what JSON lines in a file are judged as, single posted rows are judged as', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(row, { minLength: 1, maxLength: 60 }), async (all) => {
      const raw = all.filter((text) => text.trim() !== '' && !/[\r\n]/.test(text));
      const door = await atTheDoor(raw);
      // Stricter at the door: members that stand twice, what lies too deep, and what is no JSON by the standard.
      const plain = door.flatMap(({ value }, i) => (value === undefined ? [] : [i]));
      if (plain.length === 0) return;
      const sql = await bySql(plain.map((i) => raw[i] as string));
      for (const [k, i] of plain.entries()) {
        const { rules, unfit } = door[i] as (typeof door)[number];
        assert.deepEqual({ rules, unfit }, sql[k], raw[i]);
      }
    }),
    { numRuns: 60 },
  );
});

test('what is no plain object is set aside as it came', () => {
  const read = rowReader(contract);
  for (const raw of [
    '{"id":"a","id":"b"}',
    '{"id":"\\ud800"}',
    '{"\\udc00":1}',
    '[1]',
    '1',
    'null',
    'x',
    '{"a":1,}',
  ]) {
    const { value, line } = read(raw);
    assert.equal(value, undefined, raw);
    assert.equal(JSON.parse(line), raw);
  }
});
