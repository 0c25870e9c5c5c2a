import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import { type Engine, openDuckDb, type Session } from '../../engine/index.ts';
import { judgeKeys, judgeRow, type OracleValue, type Surroundings, type Verdict } from './enforce.oracle.ts';
import { enforceSql } from './enforce.ts';
import { contestedKeysSql, duplicatesSql } from './key-duplicates.ts';
import { prepareReferences } from './references.ts';
import type { BreachPolicy, ContractSpec, RuleNote } from './spec.ts';

// Lengths, references, rules over rows, and the severity of single rules: judged in SQL as the oracle does.

let engine: Engine;
let session: Session;
before(async () => {
  engine = await openDuckDb({});
  session = await engine.session();
});
after(() => engine.close());

const known = {
  'cards.id': ['a', 'é', "O'Neil", '', '\u{1F600}'],
  'cards.limit': [0, 1, 2.5, 1e300],
  'cards.number': [0, 7, 9007199254740991],
  'cards.open': [true],
  'cards.since': [Date.UTC(2024, 0, 1) * 1000],
};
const CARDS = `(select 'x' as junk, * from (values
  ('a', 0.0::DOUBLE, 0::BIGINT, true, timestamp '2024-01-01'), ('é', 1, 7, true, null), ('O''Neil', 2.5, 9007199254740991, null, null),
  ('', 1e300, null, true, null), ('\u{1F600}', null, 7, true, null), (null, null, null, null, null))
  t(id, "limit", number, open, since))`;

const refers = (column: string, note: RuleNote = {}) =>
  ({ rule: 'references', dataset: 'cards', column, ...note }) as const;

const where: Surroundings['where'] = {
  amount_positive: ({ v1 }) => (v1 === null ? null : (v1 as number) > 0),
  // Its cast fails for some rows; these pass.
  word_small: ({ 'wo"rd': word }) =>
    word !== null && /^[0-9]{1,3}$/.test(word as string) ? Number(word) < 50 : null,
  in_order: ({ n, v1 }) => (n === null || v1 === null ? null : (n as number) <= (v1 as number)),
};

const contract = (onBreach: BreachPolicy, notes: readonly RuleNote[]): ContractSpec => {
  const note = (i: number): RuleNote => notes[i % notes.length] as RuleNote;
  return {
    columns: [
      {
        name: 'wo"rd',
        type: 'string',
        nullable: true,
        rules: [{ rule: 'length', min: 1, max: 3, ...note(0) }, refers('id', note(1))],
      },
      // A name of ours inside the generated query.
      { name: 'v1', type: 'double', nullable: true, rules: [refers('limit', note(2))] },
      { name: 'n', type: 'integer', nullable: false, rules: [refers('number', note(3))] },
      { name: 'on', type: 'boolean', nullable: true, rules: [refers('open', note(4))] },
      { name: 'at', type: 'timestamp', nullable: true, rules: [refers('since', note(5))] },
    ],
    key: ['n'],
    availableAfter: 0,
    rowRules: [
      { rule: 'where', name: 'amount_positive', sql: 'v1 > 0 -- a comment', ...note(6) },
      {
        rule: 'where',
        name: 'word_small',
        sql: `case when regexp_matches("wo""rd", '^[a-z0-9]') then "wo""rd"::INTEGER < 50 when length("wo""rd") > 40 then false end`,
        ...note(7),
      },
      { rule: 'where', name: 'in_order', sql: 'n <= v1', ...note(8) },
    ],
    tableRules: [],
    onBreach,
  };
};

async function judgeInSql(spec: ContractSpec, rows: readonly (readonly string[])[]): Promise<Verdict[]> {
  await session.load('raw', [
    { name: '_at', type: 'integer', values: Float64Array.from(rows, (_, i) => i) },
    ...spec.columns.map((_, i) => ({
      name: `c${i}`,
      type: 'string' as const,
      values: rows.map((row) => row[i] as string),
    })),
  ]);
  await prepareReferences(session, spec, () => CARDS);
  const cells = spec.columns.map((_, i) => ({ sql: `c${i}`, form: 'text' }));
  const sql = enforceSql(spec, { from: 'raw', cells, nulls: ['NA'], keep: ['_at as _at'] });
  await session.run(`create or replace temp table judged as ${sql}`);
  const judged = { name: 'judged', order: '_at' };
  await session.run(`create or replace temp table contested as ${contestedKeysSql(spec, judged, [])}`);
  const found = await session.rows<Record<string, unknown>>(
    `select v0, v1, v2, v3, epoch_us(v4) as v4, to_json(_rules)::VARCHAR as rules, _unfit as unfit, d._rid is not null as duplicate
     from judged j left join (${duplicatesSql(spec, judged, 'contested')}) d on d._rid = j.rowid order by _at`,
  );
  return found.map((row) => ({
    values: spec.columns.map((_, i) => row[`v${i}`] as OracleValue),
    rules: [
      ...(JSON.parse((row['rules'] as string | null) ?? '[]') as string[]),
      ...(row['duplicate'] ? ['key: duplicate'] : []),
    ],
    unfit: row['unfit'] as boolean,
  }));
}

const rowOf = fc.tuple(
  fc.constantFrom(
    'a',
    'é',
    "O'Neil",
    '',
    '\u{1F600}',
    '\u{1F600}\u{1F600}\u{1F600}',
    'abcd',
    '7',
    '77',
    'NA',
    'é\u0301a',
  ),
  fc.constantFrom('0', '-0', '1', '2.5', '1e300', '3', '-1', 'NA', 'x'),
  fc.constantFrom('0', '7', '7.0', '9007199254740991', '8', 'NA', '-0'),
  fc.constantFrom('true', 'no', 'NA', '1'),
  fc.constantFrom('2024-01-01', '2024-01-01T02:00:00+02:00', '2024-01-02', 'NA'),
);
const note = fc.constantFrom<RuleNote>({}, { severity: 'warn' }, { severity: 'block', owner: 'x' });

const zeroed = (verdicts: readonly Verdict[]) =>
  verdicts.map((v) => ({ ...v, values: v.values.map((x) => (Object.is(x, -0) ? 0 : x)) }));

test('lengths, references, rules over rows and severities: the oracle’s verdict', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(rowOf, { minLength: 1, maxLength: 60, size: 'max' }),
      fc.constantFrom<BreachPolicy>('quarantine', 'warn', 'block'),
      fc.array(note, { minLength: 9, maxLength: 9 }),
      async (rows, policy, notes) => {
        const spec = contract(policy, notes);
        const wanted = judgeKeys(
          spec,
          rows.map((row) => judgeRow(spec, row, ['NA'], { known, where })),
          [],
        );
        assert.deepEqual(zeroed(await judgeInSql(spec, rows)), zeroed(wanted));
      },
    ),
    { numRuns: 25 },
  );
});

test('against an empty dataset every value is unknown, and no value is no fault', async () => {
  const spec: ContractSpec = {
    ...contract('quarantine', [{}]),
    columns: [{ name: 'id', type: 'string', nullable: true, rules: [refers('id')] }],
    key: [],
    rowRules: [],
  };
  await session.load('raw', [{ name: 'c', type: 'string', values: ['a', null] }]);
  await prepareReferences(session, spec, () => `(select * from ${CARDS} where false)`);
  const raw = { from: 'raw', cells: [{ sql: 'c', form: 'text' }], nulls: [], keep: [] };
  const rows = await session.rows<{ _rules: unknown }>(enforceSql(spec, raw));
  assert.deepEqual(
    rows.map(({ _rules }) => _rules),
    [['id: not in cards.id'], null],
  );
});

test('looking up in another dataset leaves rows in their order', async () => {
  const spec: ContractSpec = {
    columns: [{ name: 'id', type: 'string', nullable: false, rules: [refers('id')] }],
    key: [],
    availableAfter: 0,
    rowRules: [{ rule: 'where', name: 'short', sql: 'length(id) < 6' }],
    tableRules: [],
    onBreach: 'quarantine',
  };
  await prepareReferences(
    session,
    spec,
    () => '(select i::VARCHAR as id from range(50000) r(i) where i % 3 = 0)',
  );
  const raw = {
    from: '(select i as _at, i::VARCHAR as c from range(300000) r(i))',
    cells: [{ sql: 'c', form: 'text' }],
    nulls: [],
    keep: ['_at as _at'],
  };
  await session.run(`create or replace temp table judged as ${enforceSql(spec, raw)}`);
  const [odd] = await session.rows<{ n: number; out: number; short: number }>(
    `select count(*) filter (rowid <> _at) as n, count(*) filter (_unfit) as out, count(*) filter (list_contains(_rules, 'short')) as short from judged`,
  );
  assert.deepEqual(odd, { n: 0, out: 300_000 - 16_667, short: 200_000 });
});
