import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openDuckDb } from '../../engine/index.ts';
import type { Graph, Node } from '../../graph/index.ts';
import { checkContract } from './check.ts';
import { checkRules } from './check-rules.ts';
import { type Columns, col } from './col.ts';
import { type Contract, contractSpec } from './declare.ts';
import { mean, nullShare, quantile, rowCount, rowWhere, tableSql, unique } from './expect.ts';

const nodeOf = (name: string, contract: Contract<Columns>): Node => ({
  kind: 'source',
  name,
  inputs: [],
  place: { file: 'project.ts', line: 1, column: 1 },
  body: { contract: contractSpec(contract) },
  asset: { kind: 'source', name, '~': { nodes: [] } },
});
const cards = { name: 'cards', columns: { card_id: col.string(), number: col.integer() } };
// A column with the name of one of the query's own, and names that want quotes.
const columns = { v0: col.double(), 'a "b"': col.string(), at: col.timestamp() };

test('every fault of a rule, in words', async () => {
  const engine = await openDuckDb({});
  const session = await engine.session();
  const graph: Graph = { name: 'p', nodes: new Map([['cards', nodeOf('cards', cards)]]) };
  const faults = async (contract: Contract<Columns>): Promise<string[]> => {
    const node = nodeOf('x', contract);
    const spec = contractSpec(contract);
    const found = [...checkContract(node, spec), ...(await checkRules(node, spec, { graph, session }))];
    for (const { code, asset, owner } of found)
      assert.deepEqual([code, asset, owner], ['MILL_CONTRACT_INVALID', 'x', 'project']);
    return found.map(({ message }) => message);
  };
  const where = (sql: string) => faults({ columns, expect: [rowWhere('w', sql)] });
  const sql = (query: string) => faults({ columns, expect: [tableSql('t', query, { atMost: 1 })] });
  try {
    assert.deepEqual(
      await faults({
        columns: { ...columns, card: col.string().length(2, 3).references(cards, 'card_id') },
        expect: [
          rowWhere('sound', `v0 > 1 and "a ""b""" like 'x%' and "at" > timestamp '2020-01-01' -- so be it`),
          rowWhere('lambda', 'len(list_filter([v0, 2.0], lambda e: e > 1)) > 0'),
          unique('v0', 'at'),
          tableSql('t', 'select count(*) from (select distinct "at" from {table}) where "at" is null', {
            atLeast: 0,
          }),
          mean('v0').likeBefore(),
          quantile('v0', 1).between(0, 0),
          rowCount.likeBefore(),
          nullShare('at').atMost(1),
        ],
      }),
      [],
    );
    const places = ['customer.address.city', 'items[0].price', '/a.b/c', "it's"];
    assert.deepEqual(
      await faults({ columns: Object.fromEntries(places.map((at, i) => [`c${i}`, col.string().at(at)])) }),
      [],
    );
    assert.deepEqual(
      await faults({
        columns: { a: col.string().at('x..y'), b: col.string().at('/~2'), c: col.string().at('') },
      }),
      ['x..y', '/~2', ''].map((at, i) => `'${at}' says no place in a JSON object, for column '${'abc'[i]}'.`),
    );
    const inTable = { ...nodeOf('x', { columns }), kind: 'table' };
    assert.deepEqual(
      checkContract(inTable, contractSpec({ columns: { a: col.string().at('x.y') } })).map(
        ({ message }) => message,
      ),
      ["Column 'a' says where it lies in a JSON object, but a table has it from its query."],
    );
    assert.deepEqual(await where('v0 >'), ['The rule \'w\' does not prepare: syntax error at or near ")".']);
    assert.deepEqual(await where('v0 + 1'), ["The rule 'w' does not prepare: it gives double, not boolean."]);
    assert.match(
      (await where('amount > 1'))[0] ?? '',
      /^The rule 'w' does not prepare: .*"amount" not found/,
    );
    assert.match((await where('_m0'))[0] ?? '', /^The rule 'w' does not prepare: .*"_m0" not found/);
    assert.match((await where('sum(v0) > 1'))[0] ?? '', /aggregate/i);
    assert.match((await where('row_number() over () > 1'))[0] ?? '', /window/i);
    assert.match((await where('random() > 0.5'))[0] ?? '', /volatile/);
    const one = ["The rule 'w' does not prepare: it is not one expression."];
    assert.deepEqual(await where('true), (false'), one);
    assert.deepEqual(await where('true) from (select 1 where true'), one);
    assert.match((await where('true); drop table x; select (true'))[0] ?? '', /does not prepare/);
    assert.match(
      (await where('v0 in (select 1)'))[0] ?? '',
      /it has a subquery; a rule over a row sees that row alone/,
    );
    assert.deepEqual(await sql('select 1'), ["The rule 't' does not prepare: it does not read {table}."]);
    assert.match((await sql('select nothing from {table}'))[0] ?? '', /"nothing" not found/);
    assert.match((await sql('select v0, "at" from {table}'))[0] ?? '', /^The rule 't' does not prepare/);
    assert.deepEqual(await sql('select "at" from {table}'), [
      "The rule 't' does not prepare: it gives timestamp, not a number.",
    ]);
    assert.deepEqual(
      await faults({
        columns: {
          ...columns,
          a: col.string().length(3, 2),
          b: {
            ...col.integer(),
            '~': {
              spec: {
                type: 'integer',
                nullable: false,
                rules: [{ rule: 'references', dataset: 'cards', column: 'card_id' }],
              },
            },
          } as never,
          c: {
            '~': {
              spec: {
                type: 'string',
                nullable: false,
                rules: [{ rule: 'references', dataset: 'cards', column: 'card_ib' }],
              },
            },
          } as never,
        },
        expect: [
          rowWhere('v0: null', 'true'),
          rowWhere('twice', 'true'),
          tableSql('twice', 'select 1 from {table}', { atMost: 1 }),
          rowWhere(' ', 'true'),
          unique('att'),
          mean('at').between(0, 1),
          mean('v0').between(2, 1),
          quantile('v0', 2).between(0, 1),
          nullShare('v0').atMost(2),
          rowCount.likeBefore({ tolerance: -1 }),
          tableSql('open', 'select 1 from {table}', {}),
        ] as never,
      }),
      [
        "Column 'a' is to have 3 to 2 characters.",
        "Two rules are named 'v0: null'.",
        'The name of a rule is empty, longer than 200 letters or has control characters.',
        "Two rules are named 'twice'.",
        "The rule 'att: unique' is about 'att', which is no column; there is 'at'.",
        "The rule 'at: mean' is about 'at', which is timestamp.",
        "The rule 'v0: mean' has the bounds 2 and 1.",
        "The rule 'v0: quantile 2' asks for the quantile 2.",
        "The rule 'v0: share of nulls' allows a share of 2.",
        "The rule 'rowCount: like before' has the tolerance -1 and 4 deviations.",
        "The rule 'open' has the bounds none and none.",
        "Column 'b' refers to cards.card_id, but is integer where that is string.",
        "Column 'c' refers to cards.card_ib, which is not declared; there is 'card_id'.",
      ],
    );
  } finally {
    await engine.close();
  }
});
