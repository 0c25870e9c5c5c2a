import assert from 'node:assert/strict';
import fc from 'fast-check';
import { type ColumnType, quoteName, quoteText } from '../../../base/index.ts';
import { openDuckDb, type Session } from '../../../engine/index.ts';
import type { Cell } from '../cell.ts';
import type { Comparison, Literal } from './condition.ts';
import { type ConditionSpec, checkCondition, compileCondition, conditionSql } from './index.ts';

// Random conditions over random rows, both from a few values that sit at the edges, so that they meet often.

export const columnTypes: Readonly<Record<string, ColumnType>> = {
  country: 'string',
  'an "odd" name': 'string',
  amount: 'double',
  "o'ther": 'double',
  items: 'integer',
  limit: 'integer',
  online: 'boolean',
  'é 😀': 'boolean',
  paid_at: 'timestamp',
  'valid to': 'timestamp',
};
const columns = Object.entries(columnTypes).map(([name, type]) => ({ name, type }));
export const typeOf = (column: string): ColumnType => columnTypes[column] as ColumnType;

const texts = [
  '',
  ' ',
  'a',
  'A',
  'ab',
  'ba',
  'é',
  'e\u0301',
  'ß',
  "O'Neil",
  "'; drop table rows; --",
  '"',
  '\\',
  '%',
  '_b',
  '\n',
  '\u{1F600}',
  'a\u{1F600}b',
  '\u{1F601}',
  '\uFFFD',
  '\u{10FFFF}',
  'longer than twelve bytes',
  'longer than twelve letters',
];
const doubles = [0, 1, 1.5, -1, 0.1, 0.1 + 0.2, 0.3, 100, 2 ** 53, 2 ** 53 + 2, -(2 ** 53), 1e300, -1e300];
const tiniest = [5e-324, -5e-324, Number.MAX_VALUE, -Number.MAX_VALUE, 1e-7, 1e21];
const integers = [0, 1, -1, 100, 2 ** 31, 2 ** 32 + 1, 2 ** 53 - 1, 2 ** 53, -(2 ** 53), 1 - 2 ** 53];
const last = BigInt(Date.UTC(9999, 11, 31, 23, 59, 59, 999)) * 1000n;
const first = BigInt(Date.parse('0001-01-01T00:00:00Z')) * 1000n;
const instants = [
  ...[0n, 1n, -1n, -86_400_000_001n, 1_800_000_000_123_456n],
  ...[2n ** 53n - 1n, 2n ** 53n, 2n ** 53n + 1n, 2n ** 53n + 2n, 1n - 2n ** 53n, -(2n ** 53n) - 1n],
  ...[last, last + 1n, last + 999n, last - 16n, last - 999_999n, first, first + 1n],
];

const aText = fc.oneof(
  { weight: 5, arbitrary: fc.constantFrom(...texts) },
  {
    weight: 1,
    arbitrary: fc.string({ unit: 'binary', maxLength: 3 }).map((text) => text.replaceAll('\0', 'a')),
  },
);
const aDouble = fc.oneof(
  { weight: 5, arbitrary: fc.constantFrom(...doubles, ...tiniest) },
  { weight: 1, arbitrary: fc.double({ noNaN: true, noDefaultInfinity: true }) },
);
const anInteger = fc.oneof(
  { weight: 5, arbitrary: fc.constantFrom(...integers) },
  { weight: 1, arbitrary: fc.maxSafeInteger() },
);
const anInstant = fc.oneof(
  { weight: 5, arbitrary: fc.constantFrom(...instants) },
  { weight: 1, arbitrary: fc.bigInt({ min: first, max: last }) },
);

/** A cell in all its forms: as JavaScript has it, and as SQL writes it. */
interface RawCell {
  readonly cell: Cell;
  readonly sql: string;
}

const sqlTypes = {
  string: 'VARCHAR',
  double: 'DOUBLE',
  integer: 'BIGINT',
  boolean: 'BOOLEAN',
  timestamp: 'TIMESTAMP',
} as const;
const someCells: Readonly<Record<ColumnType, fc.Arbitrary<RawCell>>> = {
  string: aText.map((cell) => ({ cell, sql: quoteText(cell) })),
  double: fc
    .oneof(
      { weight: 5, arbitrary: aDouble },
      { weight: 1, arbitrary: fc.constantFrom(-0, Number.NaN, Infinity, -Infinity) },
    )
    .map((cell) => ({ cell, sql: `'${Object.is(cell, -0) ? '-0' : cell}'` })),
  integer: anInteger.map((cell) => ({ cell, sql: String(cell) })),
  boolean: fc.boolean().map((cell) => ({ cell, sql: String(cell) })),
  timestamp: anInstant.map((micros) => ({ cell: Number(micros), sql: `make_timestamp(${micros})` })),
};
const aCell = (type: ColumnType): fc.Arbitrary<RawCell> =>
  fc.oneof(
    { weight: 8, arbitrary: someCells[type] },
    { weight: 1, arbitrary: fc.constant({ cell: null, sql: 'null' }) },
  );
const aRow = fc.tuple(...columns.map(({ type }) => aCell(type)));

const unsigned = (value: number): number => (value === 0 ? 0 : value);
const aLiteral = (type: ColumnType): fc.Arbitrary<Literal> => {
  switch (type) {
    case 'string':
      return aText;
    case 'boolean':
      return fc.boolean();
    case 'timestamp':
      return anInstant.map((micros) => ({ micros: Number(micros) }));
    case 'double':
      return aDouble.map(unsigned);
    case 'integer':
      return fc
        .oneof({ weight: 5, arbitrary: anInteger }, { weight: 1, arbitrary: aDouble })
        .map((value) => unsigned(value));
  }
};

const amountOf = (literal: Literal): number =>
  typeof literal === 'object' ? literal.micros : Number(literal);
const sort = (type: ColumnType): ColumnType => (type === 'integer' ? 'double' : type);

const aLeaf: fc.Arbitrary<ConditionSpec> = fc.constantFrom(...columns).chain(({ name: column, type }) => {
  const literal = aLiteral(type);
  const ordered = type !== 'string' && type !== 'boolean';
  const signs: Comparison[] = ordered
    ? ['is', 'isNot', 'above', 'atLeast', 'below', 'atMost']
    : ['is', 'isNot'];
  const others = columns.filter((other) => sort(other.type) === sort(type)).map(({ name }) => name);
  const aComparison = fc
    .constantFrom(...signs)
    .chain((test) =>
      fc
        .oneof(
          { weight: 3, arbitrary: literal },
          { weight: 1, arbitrary: fc.constantFrom(...others).map((other) => ({ column: other })) },
        )
        .map((to): ConditionSpec => ({ test, column, to })),
    );
  const aList = fc
    .array(literal, { minLength: 1, maxLength: 20 })
    .map((values): ConditionSpec => ({ test: 'oneOf', column, values }));
  const aPresence = fc
    .constantFrom('isMissing' as const, 'isThere' as const)
    .map((test): ConditionSpec => ({ test, column }));
  const aRange = fc.tuple(literal, literal).map(([a, b]): ConditionSpec => {
    const [from, to] = amountOf(a) <= amountOf(b) ? [a, b] : [b, a];
    return { test: 'between', column, from, to };
  });
  const aPiece = fc
    .record({
      test: fc.constantFrom('startsWith' as const, 'contains' as const),
      whole: aText,
      from: fc.nat(2),
      length: fc.nat(3),
    })
    .map(({ test, whole, from, length }): ConditionSpec => {
      const start = test === 'startsWith' ? 0 : from;
      return { test, column, text: [...whole].slice(start, start + length).join('') };
    });
  return fc.oneof(
    { weight: 4, arbitrary: aComparison },
    { weight: 1, arbitrary: aList },
    { weight: 1, arbitrary: aPresence },
    ...(ordered ? [{ weight: 1, arbitrary: aRange }] : []),
    ...(type === 'string' ? [{ weight: 2, arbitrary: aPiece }] : []),
  );
});

const { condition: aCondition } = fc.letrec<{ condition: ConditionSpec }>((tie) => ({
  condition: fc.oneof(
    { maxDepth: 4, depthIdentifier: 'condition' },
    { weight: 3, arbitrary: aLeaf },
    {
      weight: 2,
      arbitrary: fc
        .record(
          {
            test: fc.constantFrom('and' as const, 'or' as const),
            of: fc.array(tie('condition'), { minLength: 1, maxLength: 3, depthIdentifier: 'condition' }),
          },
          { noNullPrototype: true },
        )
        .map((join): ConditionSpec => join),
    },
    { weight: 1, arbitrary: tie('condition').map((of): ConditionSpec => ({ test: 'not', of })) },
  ),
}));

const sqlOf = (column: string): string => `given.${quoteName(column)}`;

export async function loadRows(session: Session, rows: readonly (readonly RawCell[])[]): Promise<void> {
  const list = columns.map(({ name, type }) => `${quoteName(name)} ${sqlTypes[type]}`).join(', ');
  await session.run(`create or replace temp table rows (_row INTEGER, ${list})`);
  const values = rows.map((row, i) => `(${i}, ${row.map(({ sql }) => sql).join(', ')})`);
  await session.run(`insert into rows values ${values.join(',\n')}`);
}

/** The cells of all rows as the engine gives them to JavaScript. */
async function readRows(session: Session): Promise<ReadonlyMap<string, readonly Cell[]>> {
  const read = await session.columns('select * from rows order by _row');
  return new Map(
    read.map(({ name, type, values }) => [
      name,
      [...values].map((value): Cell => {
        if (type === 'string' || value === null) return value;
        if (Number.isNaN(value)) return null;
        return type === 'boolean' ? value === 1 : value;
      }),
    ]),
  );
}

/** What the engine says of each condition, row by row; what is unknown is not true. */
export async function verdictsOf(
  session: Session,
  conditions: readonly ConditionSpec[],
): Promise<boolean[][]> {
  const sql = conditions.map((spec) => conditionSql(spec, typeOf, sqlOf));
  const verdicts = await session.columns(
    `select ${sql.map((one, i) => `coalesce(${one}, false) as c${i}`).join(',\n')} from rows as given order by _row`,
  );
  // As the caller writes it.
  const counts = await session.columns(
    `select ${sql.map((one, i) => `count(*) filter (where ${one}) as c${i}`).join(',\n')} from rows as given`,
  );
  return verdicts.map(({ values }, i) => {
    const taken = [...values].map((value) => value === 1);
    assert.equal(counts[i]?.values[0], taken.filter(Boolean).length);
    return taken;
  });
}

/**
 * Holds the two compilations against one another: `batches` of up to 50 conditions on up to 40 rows, each condition on each row a case.
 * Gives the number of cases.
 */
export async function provesOneVerdict(batches: number): Promise<number> {
  const engine = await openDuckDb({ threads: 1 });
  const seen = new Set<string>();
  let cases = 0;
  try {
    const session = await engine.session();
    const law = fc.asyncProperty(
      fc.array(aRow, { minLength: 1, maxLength: 40, size: 'max' }),
      fc.array(aCondition, { minLength: 1, maxLength: 50, size: 'max' }),
      async (rows, conditions) => {
        await loadRows(session, rows);
        const read = await readRows(session);
        const index = new Map(columns.map(({ name }, i) => [name, i]));
        const truth = await verdictsOf(session, conditions);
        conditions.forEach((spec, c) => {
          assert.deepEqual(checkCondition(spec, columns), []);
          assert.deepStrictEqual(JSON.parse(JSON.stringify(spec)), spec);
          const takes = compileCondition(spec, typeOf);
          rows.forEach((row, r) => {
            const wanted = truth[c]?.[r];
            const said = () => `${JSON.stringify(spec)} of ${row.map(({ sql }) => sql).join(', ')}`;
            assert.equal(
              takes((column) => row[index.get(column) as number]?.cell ?? null),
              wanted,
              said(),
            );
            assert.equal(
              takes((column) => read.get(column)?.[r] ?? null),
              wanted,
              said(),
            );
            seen.add(`${spec.test} ${wanted}`);
            cases++;
          });
        });
      },
    );
    await fc.assert(law, { numRuns: batches });
  } finally {
    await engine.close();
  }
  const tests =
    'is isNot above atLeast below atMost between oneOf startsWith contains isMissing isThere and or not';
  for (const test of tests.split(' '))
    for (const verdict of [true, false])
      assert.ok(seen.has(`${test} ${verdict}`), `${test} never ${verdict}`);
  return cases;
}
