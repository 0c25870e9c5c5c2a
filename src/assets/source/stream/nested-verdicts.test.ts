import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import type { ColumnSpec, ContractSpec } from '../../contract/index.ts';
import { textAt } from './json-source.ts';
import { openVerdictBench, type VerdictBench } from './verdicts.fixture.ts';

// As row-verdicts.test.ts, for columns that lie within objects and arrays.

let bench: VerdictBench;
before(async () => {
  bench = await openVerdictBench();
});
after(() => bench.close());

const column = (
  name: string,
  at: string | undefined,
  type: ColumnSpec['type'],
  more: Partial<ColumnSpec> = {},
) => ({
  name,
  type,
  nullable: false,
  rules: [],
  ...(at === undefined ? {} : { at }),
  ...more,
});
/** Places within each other, by number, with dots, slashes and quotes in their names. */
const contract: ContractSpec = {
  columns: [
    column('id', undefined, 'string', { rules: [{ rule: 'length', min: 1, max: 3 }] }),
    column('whole', '/o', 'string', {
      nullable: true,
      rules: [
        { rule: 'matches', pattern: '^\\{"b' },
        { rule: 'length', min: 0, max: 20 },
      ],
    }),
    column('deep', '/o/b/c', 'integer', { nullable: true, rules: [{ rule: 'between', min: 0, max: 9 }] }),
    column('first', '/l/0', 'double', { nullable: true }),
    column('of', '/l/1/b', 'string', {
      nullable: true,
      rules: [{ rule: 'oneOf', values: ['x', '1.0', '[1,{}]'] }],
    }),
    column('dot', '/o/a.b', 'boolean', { nullable: true }),
    column('odd', '/~1 "\'~0;--/', 'timestamp', { nullable: true }),
    column('proto', '/constructor/length', 'integer', { nullable: true }),
    column('digits', '/o/10', 'string', { nullable: true, rules: [{ rule: 'length', min: 0, max: 4 }] }),
  ],
  key: ['id'],
  availableAfter: 0,
  tableRules: [],
  onBreach: 'quarantine',
};

const name = fc.constantFrom('b', 'c', 'a.b', '10', '2', '0', '01', '', 'length', 'é', '"', '\\');
const scalar = fc.constantFrom(
  '1',
  '0',
  '1.0',
  '1e0',
  '12',
  '-0',
  '1e21',
  '1E-7',
  '123456789012345680000',
  '0.1000',
  '1e400',
  'true',
  'false',
  'null',
  '"x"',
  '"5"',
  '"yes"',
  '"\\u0061"',
  '"\\/"',
  '"2026-01-01"',
  '"2026-01-01T10:00Z"',
  '""',
  '"a b"',
  '"{\\"b\\":1}"',
);
const { value } = fc.letrec<{ value: string }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    scalar,
    fc
      .uniqueArray(fc.tuple(name, tie('value')), { maxLength: 3, selector: ([k]) => k })
      .map((all) => `{ ${all.map(([k, v]) => `${JSON.stringify(k)} : ${v}`).join(',')} }`),
    fc.array(tie('value'), { maxLength: 3 }).map((all) => `[${all.join(' , ')}]`),
  ),
}));
const inside = fc.record({ b: value, 'a.b': value, '10': value, '2': value }, { requiredKeys: [] }).map(
  (all) =>
    `{${Object.entries(all)
      .reverse()
      .map(([k, v]) => `${JSON.stringify(k)}: ${v}`)
      .join(', ')}}`,
);
const good: Readonly<Record<string, readonly string[]>> = {
  o: ['{"b":{"c":1},"a.b":true}', '{"b":{"c":"2"},"10":5}', '{"b" : 1, "2" : 2}', '{"b":{"c":null}}'],
  l: ['[1.5, {"b": "x"}]', '["2"]', '[null, {"b": [1, { }]}]', '[1, {"b": 1.0}, 3]', '{"0": 7}', '[]'],
  '/ "\'~;--': ['{"": "2026-01-01"}', '{}', 'null', '1', '{"":"2026-01-01T10:00Z"}'],
  constructor: ['{"length": 3}', '[1,2]', '"text"'],
};
const twice = fc.constantFrom('{"b":{"c":1,"c":2}}', '{"b":1,"b":2}', '{"x":[{"y":1,"y":1}]}');
const member = (key: string, any: fc.Arbitrary<string>) =>
  membered(
    key,
    fc.oneof(
      { weight: 12, arbitrary: fc.constantFrom(...(good[key] as readonly string[])) },
      { weight: 8, arbitrary: any },
      { weight: 1, arbitrary: twice },
    ),
  );
const membered = (key: string, of: fc.Arbitrary<string>) =>
  fc
    .option(of, { nil: undefined })
    .map((text) => (text === undefined ? [] : [`${JSON.stringify(key)}:${text}`]));
const row = fc
  .tuple(
    fc.constantFrom(['"id":"a"'], ['"id":"b"'], ['"id":"c"'], ['"id":"long"'], ['"id":1'], []),
    member('o', fc.oneof(inside, value)),
    member(
      'l',
      fc.oneof(
        fc.array(value, { maxLength: 3 }).map((all) => `[${all.join(',')}]`),
        value,
      ),
    ),
    member(
      '/ "\'~;--',
      value.map((text) => `{"": ${text}}`),
    ),
    member('constructor', value),
  )
  .map((parts) => `{${parts.flat().join(', ')}}`);

test('what lies within each other is judged alike at the door and by the loader', async () => {
  let accepted = 0;
  let plain = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(row, { minLength: 20, maxLength: 60 }), async (raw) => {
      const door = await bench.atTheDoor(contract, raw);
      const sql = await bench.bySql(
        contract,
        door.map(({ line }) => line),
      );
      assert.equal(sql.length, raw.length);
      for (const [i, { rules, unfit, value, line }] of door.entries()) {
        const seen = sql[i] as (typeof sql)[number];
        assert.deepEqual(
          { rules, unfit },
          { rules: seen.rules, unfit: seen.unfit },
          `${raw[i]} kept as ${line}`,
        );
        if (value === undefined) continue;
        plain++;
        assert.equal(line, raw[i], 'the line is kept as it came');
        // Texts to the letter, not only as far as rules can tell.
        for (const [c, { name, type }] of contract.columns.entries())
          if (type === 'string') assert.equal(value[name] ?? null, seen.cells[c], `${name} of ${line}`);
        if (!unfit) accepted++;
      }
    }),
    { numRuns: Number(process.env['MILLRACE_FUZZ'] ?? 150) },
  );
  assert.ok(accepted > 200 && plain > 1000, `${accepted} of ${plain} rows were good`);
});

test('a member that stands twice within an object is no row where something lies there, and a row where nothing does', async () => {
  const twice = '{"id":"a","o":{"b":{"c":1,"c":2}}}';
  const [strict] = await bench.atTheDoor(contract, [twice]);
  assert.deepEqual(strict?.rules, ['json']);
  const flat = { ...contract, columns: contract.columns.slice(0, 1) };
  const [lenient] = await bench.atTheDoor(flat, [twice]);
  assert.deepEqual(lenient?.rules, []);
});

test('a text within a JSON text, as the engine writes it', () => {
  const json = '{"a": [1.50, {"2": "\\u0061\\/", "1": [ ] } , true], "b.c": {"": -0}}';
  for (const [steps, wanted] of [
    [[], '{"a":[1.5,{"2":"a/","1":[]},true],"b.c":{"":0}}'],
    [['a'], '[1.5,{"2":"a/","1":[]},true]'],
    [['a', '1'], '{"2":"a/","1":[]}'],
    [['a', '1', '1'], '[]'],
    [['b.c', ''], '0'],
    [['a', '3'], undefined],
    [['a', '01'], undefined],
    [['a', '0', 'x'], undefined],
    [['b', 'c'], undefined],
  ] as const)
    assert.equal(textAt(json, steps), wanted, steps.join('/'));
});
