import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import { type Engine, openDuckDb, type Session } from '../../../engine/index.ts';
import { type QueryLineage, queryLineage } from './query.ts';
import { queryTrees } from './query-tree.ts';

let engine: Engine;
let session: Session;
const inputs = new Map([
  ['t', ['k', 'a', 'b', 'c']],
  ['u', ['k', 'a', 'd', 'e']],
]);

before(async () => {
  engine = await openDuckDb({ threads: 1 });
  session = await engine.session();
});
after(() => engine.close());

async function lineageOf(sql: string): Promise<QueryLineage | undefined> {
  const [tree] = await queryTrees(session, [sql]);
  return tree && queryLineage(tree, inputs);
}

/** In short: `name: direct / indirect`, and the rows. */
async function told(sql: string): Promise<string[]> {
  const found = await lineageOf(sql);
  if (found === undefined) return ['unknown'];
  const list = (refs: readonly { input: string; column: string }[]): string =>
    refs.map(({ input, column }) => `${input}.${column}`).join(' ');
  return [
    ...found.columns.map((c) => `${c.name ?? '?'}: ${list(c.direct)} / ${list(c.indirect)}`),
    `rows: ${list(found.rows)}`,
  ];
}

const cases: readonly (readonly [sql: string, ...wanted: string[]])[] = [
  ['select a, b + c as s from t where k > 1', 'a: t.a / ', 's: t.b t.c / ', 'rows: t.k'],
  ['from t select T.A', 'A: t.a / ', 'rows: '],
  ['select x.b from t as x join u using (k)', 'b: t.b / ', 'rows: t.k u.k'],
  ['select * exclude (b) replace (a + 1 as a) from t', 'k: t.k / ', 'a: t.a / ', 'c: t.c / ', 'rows: '],
  [
    'select t.*, d from t natural join u',
    'k: t.k / ',
    'a: t.a / ',
    'b: t.b / ',
    'c: t.c / ',
    'd: u.d / ',
    'rows: t.a t.k u.a u.k',
  ],
  ['select a * 2 as x, x + b as y from t', 'x: t.a / ', 'y: t.a t.b / ', 'rows: '],
  [
    'select a, count(*) as n, sum(b) filter (where c > 0) as s from t group by 1',
    'a: t.a / ',
    'n:  / ',
    's: t.b / t.c',
    'rows: t.a',
  ],
  ['select a, sum(b) as s from t group by all having s > 1', 'a: t.a / ', 's: t.b / ', 'rows: t.a t.b'],
  [
    'select k, sum(a) over (partition by b order by c) as s from t',
    'k: t.k / ',
    's: t.a / t.b t.c',
    'rows: ',
  ],
  ['with w as (select a, b from t where c > 0) select a from w', 'a: t.a / ', 'rows: t.c'],
  ['with w as (select a from t), unused as (select e from u) select a from w', 'a: t.a / ', 'rows: '],
  ['select a from t union all select d from u where e > 0', 'a: t.a u.d / ', 'rows: u.e'],
  ['select a from t union select d from u', 'a: t.a u.d / ', 'rows: t.a u.d'],
  [
    'select a, b from t union all by name select d as b, a from u',
    'a: t.a u.a / ',
    'b: t.b u.d / ',
    'rows: ',
  ],
  ['select distinct on (a) b from t order by c', 'b: t.b / ', 'rows: t.a t.c'],
  ['select k, (select max(d) from u where u.k = t.k) as m from t', 'k: t.k / ', 'm: u.d / t.k u.k', 'rows: '],
  ['select k from t where exists (from u where u.k = t.a)', 'k: t.k / ', 'rows: t.a u.a u.d u.e u.k'],
  ['select k from t where a in (select d from u)', 'k: t.k / ', 'rows: t.a u.d'],
  [
    'select t.k, l.m from t, lateral (select max(d) as m from u where u.a = t.b) l',
    'k: t.k / ',
    'm: u.d / ',
    'rows: t.b u.a',
  ],
  ['select list_transform([a], lambda x: x + b) as l from t', 'l: t.a t.b / ', 'rows: '],
  ['select case when a > 1 then b else c end as x from t limit 3', 'x: t.a t.b t.c / ', 'rows: '],
  ['select n from t, unnest([a, b]) as q(n)', 'n: t.a t.b / ', 'rows: t.a t.b'],
  ['select unnest([a, b]) as n, c from t', 'n: t.a t.b / ', 'c: t.c / ', 'rows: t.a t.b'],
  ['select to_json(t) as j from t', 'j: t.a t.b t.c t.k / ', 'rows: '],
  ['select x.q from t as x(p, q)', 'q: t.a / ', 'rows: '],
  ['select count(*) as n from t semi join u on t.a = u.d', 'n:  / ', 'rows: t.a u.d'],
  [
    'with recursive r as (select a as n from t union all select n + d from r join u on u.k = n) select n from r',
    'n: t.a / u.d u.k',
    'rows: t.a u.d u.k',
  ],
  ["select columns('a|b') from t", 'unknown'],
  ['select * from t positional join u', 'unknown'],
  ["select * from query_table('t')", 'unknown'],
  ['select a from other', 'unknown'],
  ['select nothing from t', 'unknown'],
  ['pivot t on a using sum(b)', 'unknown'],
];

for (const [sql, ...wanted] of cases)
  test(sql, async () => {
    const found = await told(sql);
    assert.deepEqual(found, wanted);
  });

// The twin: what lineage calls unused may be changed at will in real rows, and nothing else of the answer changes.

type Rows = Readonly<Record<string, readonly (readonly (number | null)[])[]>>;

const aCell = fc.option(fc.integer({ min: -2, max: 3 }), { nil: null, freq: 6 });
const someRows: fc.Arbitrary<Rows> = fc.record({
  t: fc.array(fc.tuple(aCell, aCell, aCell), { minLength: 1, maxLength: 6 }),
  u: fc.array(fc.tuple(aCell, aCell, aCell), { minLength: 1, maxLength: 6 }),
});

/** The key is the number of the row, so that orders can be made total. */
async function fill(rows: Rows): Promise<void> {
  for (const [name, columns] of inputs) {
    const values = (rows[name] ?? []).map((row, i) => `(${[i, ...row].map((v) => v ?? 'null').join(', ')})`);
    await session.run(
      `create or replace temp table ${name} as select ${columns.map((c) => `${c}::BIGINT as ${c}`).join(', ')} from (values ${values.join(', ')}) v(${columns.join(', ')})`,
    );
  }
}

interface Source {
  readonly sql: string;
  readonly columns: readonly string[];
}

const pick = <T>(items: readonly T[]): fc.Arbitrary<T> => fc.constantFrom(...items);

const scalar = (columns: readonly string[], depth: number): fc.Arbitrary<string> => {
  const leaf = fc.oneof({ weight: 4, arbitrary: pick(columns) }, fc.integer({ min: -2, max: 2 }).map(String));
  if (depth === 0) return leaf;
  const inner = scalar(columns, depth - 1);
  return fc.oneof(
    { weight: 2, arbitrary: leaf },
    fc.tuple(inner, pick(['+', '-', '*']), inner).map(([x, op, y]) => `(${x} ${op} ${y})`),
    fc.tuple(inner, inner, inner).map(([x, y, z]) => `case when ${x} > 0 then ${y} else ${z} end`),
    inner.map((x) => `coalesce(${x}, 0)`),
    inner.map((x) => `list_sum(list_transform([${x}, 1], lambda v: v + ${x}))::BIGINT`),
    inner.map((x) => `(select count(*) from u s where s.d > ${x})`),
    inner.map((x) => `(select max(s.a) from t s where s.b = ${x})`),
  );
};

const from: fc.Arbitrary<Source> = fc.oneof(
  fc.constant({ sql: 't', columns: ['t.k', 't.a', 't.b', 't.c'] }),
  fc.constant({ sql: 't as x(p, q)', columns: ['x.p', 'q', 'x.b', 'c'] }),
  fc.constant({ sql: 't join u using (k)', columns: ['k', 't.a', 'b', 'c', 'd', 'u.e'] }),
  fc.constant({ sql: 't left join u on t.a = u.d', columns: ['t.k', 't.a', 'b', 'c', 'u.k', 'd', 'e'] }),
  fc.constant({ sql: 't natural join u', columns: ['k', 'a', 'b', 'c', 'd', 'e'] }),
  fc.constant({ sql: 't semi join u on t.b = u.e', columns: ['k', 'a', 'b', 'c'] }),
  fc.constant({
    sql: '(select a, sum(b) as s, max(c) as m from t where k < 4 group by a) g',
    columns: ['a', 's', 'g.m'],
  }),
  fc.constant({
    sql: '(select *, row_number() over (partition by b order by c, k) as n from t) w',
    columns: ['k', 'a', 'b', 'c', 'n'],
  }),
  fc.constant({
    sql: '(select * exclude (b) replace (a + d as d) from u join (select k, b from t) using (k)) z',
    columns: ['k', 'a', 'd', 'z.e'],
  }),
  fc.constant({ sql: '(select a, b from t union select d, e from u) q', columns: ['a', 'q.b'] }),
  fc.constant({
    sql: '(select a, c from t union all by name select e as c, k from u) q',
    columns: ['a', 'c', 'k'],
  }),
  fc.constant({
    sql: 't, lateral (select max(d) as top from u where u.a = t.b) l',
    columns: ['t.k', 'a', 'top', 'c'],
  }),
  fc.constant({ sql: '(select k, a, c from t order by b, k limit 3) f', columns: ['k', 'a', 'c'] }),
  fc.constant({ sql: 't, unnest([b, c]) as n(v)', columns: ['k', 'a', 'v'] }),
);

const query: fc.Arbitrary<string> = from.chain(({ sql, columns }) => {
  const value = scalar(columns, 2);
  const where = fc.option(
    value.map((x) => ` where ${x} > 0`),
    { nil: '' },
  );
  const plain = fc
    .tuple(fc.array(value, { minLength: 1, maxLength: 3 }), where, pick(['', ' distinct']))
    .map(([items, w, d]) => `select${d} ${items.map((x, i) => `${x} as o${i}`).join(', ')} from ${sql}${w}`);
  const lateral = fc
    .tuple(value, pick(columns), where)
    .map(([x, y, w]) => `select ${x} as o0, o0 + ${y} as o1 from ${sql}${w}`);
  const grouped = fc
    .tuple(
      value,
      value,
      pick(columns),
      where,
      pick(['1', 'all', 'o0']),
      pick(['', ' having count(*) > 1', ' having o1 > 0']),
    )
    .map(
      ([g, x, y, w, by, h]) =>
        `select ${g} as o0, sum(${x})::BIGINT as o1, count(*) filter (where ${y} > 0) as o2 from ${sql}${w} group by ${by}${h}`,
    );
  const window = fc
    .tuple(value, pick(columns), pick(columns), where)
    .map(
      ([x, p, o, w]) =>
        `select ${x} as o0, sum(${p}) over (partition by ${o})::BIGINT as o1 from ${sql}${w} qualify o1 > -50`,
    );
  const cte = fc
    .tuple(plain, pick(['o0', 'o0 * 2']))
    .map(([q, x]) => `with w as (${q}), v as (select e from u) select ${x} as o0 from w`);
  const one = fc.oneof(plain, lateral, grouped, window, cte);
  return fc.oneof(
    { weight: 4, arbitrary: one },
    one.map((q) => `select o0 from (${q}) union all select a from t`),
  );
});

const asText = (rows: readonly object[], columns: readonly string[]): string[] =>
  rows.map((row) => columns.map((c) => String((row as Record<string, unknown>)[c])).join('|')).sort();

test('what lineage calls unused can change without a trace; what it calls the same has the same values', async () => {
  let understood = 0;
  let tried = 0;
  await fc.assert(
    fc.asyncProperty(query, someRows, fc.infiniteStream(aCell), async (sql, rows, other) => {
      const found = await lineageOf(sql);
      await fill(rows);
      let before: object[];
      try {
        before = await session.rows(sql);
      } catch {
        return; // Grouped by an expression with a sub-query, a name that is not clear: the engine refuses some.
      }
      tried++;
      if (found === undefined) return;
      understood++;
      const names = (await session.describe(sql)).map(({ name }) => name);
      assert.equal(found.columns.length, names.length);
      for (const column of found.columns) {
        if (column.identity === undefined || column.name === undefined) continue;
        const { input, column: of } = column.identity;
        const there = await session.rows<{ v: unknown }>(`select ${of} as v from ${input}`);
        const known = new Set([...there.map(({ v }) => String(v)), 'null']);
        for (const value of asText(before, [column.name]))
          assert.ok(known.has(value), `${column.name}: ${value}`);
      }
      for (const [input, columns] of inputs)
        for (const [i, changed] of columns.entries()) {
          const uses = (refs: readonly { input: string; column: string }[]): boolean =>
            refs.some((ref) => ref.input === input && ref.column === changed);
          if (i === 0 || uses(found.rows)) continue;
          const spared: string[] = found.columns.flatMap(({ name, direct, indirect }) =>
            name === undefined || uses(direct) || uses(indirect) ? [] : [name],
          );
          const mutated = (rows[input] ?? []).map((row) =>
            row.map((cell, j) => (j === i - 1 ? (other.next().value as number | null) : cell)),
          );
          await fill({ ...rows, [input]: mutated });
          const after = await session.rows(sql);
          assert.deepEqual(asText(after, spared), asText(before, spared), `${input}.${changed} of ${sql}`);
        }
    }),
    { numRuns: 250 },
  );
  assert.ok(tried > 100 && understood === tried, `${understood} of ${tried} understood`);
});

test('which queries give one row for each of an input, or of a group', async () => {
  const of = async (sql: string): Promise<unknown> => {
    const found = await lineageOf(sql);
    return (
      found && {
        single: found.single,
        by: found.lookups.map(({ input, by }) => `${input}.${by}`),
        grouped: found.grouped,
      }
    );
  };
  assert.deepEqual(await of('select a from t where b > 0'), { single: 't', by: [], grouped: null });
  assert.deepEqual(await of('select t.a from t left join u using (k)'), {
    single: 't',
    by: ['u.k'],
    grouped: null,
  });
  assert.deepEqual(await of('select t.a from t join u as x on x.d = t.a and t.b > 1'), {
    single: 't',
    by: ['u.d'],
    grouped: null,
  });
  assert.deepEqual(await of('select t.a from t join u on u.d = u.e'), {
    single: 't',
    by: ['u.'],
    grouped: null,
  });
  assert.deepEqual(await of('select t.a from t, u'), { single: null, by: [], grouped: null });
  assert.deepEqual(await of('select t.a from t full join u using (k)'), {
    single: null,
    by: [],
    grouped: null,
  });
  assert.deepEqual(await of('select unnest([a, b]) as n from t'), { single: null, by: [], grouped: null });
  assert.deepEqual(await of('with t as (select 1 as a) select a from t'), {
    single: null,
    by: [],
    grouped: null,
  });
  assert.deepEqual(await of('select a + 1 as g, b as h, sum(c) as s from t group by a + 1, 2'), {
    single: 't',
    by: [],
    grouped: ['g', 'h'],
  });
  assert.deepEqual(await of('select a, sum(c) as s from t group by all'), {
    single: 't',
    by: [],
    grouped: ['a'],
  });
  assert.deepEqual((await lineageOf('select sum(c) as s from t group by a'))?.grouped, null);
  assert.deepEqual((await lineageOf('select a, sum(c) as s from t group by rollup(a)'))?.grouped, null);
});

test('an edit of one item is none of the others, nor of the rows, unless they name it', async () => {
  const changed = async (before: string, after: string): Promise<string[]> => {
    const [a, b] = [(await lineageOf(before)) as QueryLineage, (await lineageOf(after)) as QueryLineage];
    const columns = b.columns.flatMap(({ name, by }) =>
      a.columns.find((column) => column.name === name)?.by === by ? [] : [String(name)],
    );
    return a.rowsBy === b.rowsBy ? columns : ['rows', ...columns];
  };
  const same = 'select  k , a + 1 as x from t -- words';
  assert.deepEqual(await changed('select k, a + 1 as x from t', same), []);
  assert.deepEqual(await changed(same, 'select k, a + 2 as x from t'), ['x']);
  assert.deepEqual(await changed(same, 'select k, a + 1 as x, b from t'), ['b']);
  assert.deepEqual(await changed(same, 'select k, a + 1 as x from t where b > 0'), ['rows']);
  assert.deepEqual(
    await changed('select a as x, x + b as y from t', 'select a + 1 as x, x + b as y from t'),
    ['x', 'y'],
  );
  assert.deepEqual(
    await changed('select a + 1 as x, b from t where x > 0', 'select a + 2 as x, b from t where x > 0'),
    ['rows', 'x'],
  );
  assert.deepEqual(await changed('select distinct k, a from t', 'select distinct k, a + 1 as a from t'), [
    'rows',
    'a',
  ]);
  assert.deepEqual(
    await changed('select a, b from t order by 1 limit 2', 'select a + 1 as a, b from t order by 1 limit 2'),
    ['rows', 'a'],
  );
  assert.deepEqual(await changed('select sum(a) as x from t', 'select 1 as x from t'), ['rows', 'x']);
  assert.deepEqual(
    await changed('select k, sum(a) as x from t group by k', 'select k, max(a) as x from t group by k'),
    ['x'],
  );
  assert.deepEqual(await changed('select * from t', 'select * replace (a + 1 as a) from t'), ['a']);
  assert.deepEqual(
    await changed('select a from t union all select d from u', 'select a from t union all select e from u'),
    ['rows', 'a'],
  );
});
