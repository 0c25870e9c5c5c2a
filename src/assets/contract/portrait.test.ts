import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Asset } from '../../graph/index.ts';
import {
  col,
  type Dataset,
  mean,
  nullShare,
  quantile,
  rowCount,
  rowWhere,
  tableSql,
  unique,
} from '../../index.ts';
import { contractSpec } from './declare.ts';
import { portrayContract } from './portrait.ts';
import { tableRuleName } from './rule-names.ts';
import { judgeTable } from './table-rules.ts';

const cards = { kind: 'source', name: 'cards', '~': { nodes: [] } } as Asset as Dataset<
  'cards',
  Record<'id', never>
>;

const contract = contractSpec({
  columns: {
    id: col.string().length(1, 9).matches(/^x/).describe('of the row'),
    card: col
      .string()
      .pii()
      .references(cards, 'id' as never),
    salary: col.double().between(0, 9).pii(),
    price: col.double(),
    at: col.timestamp(),
  },
  ...{ key: 'id', eventTime: 'at', fresh: '1d' },
  expect: [
    rowCount.atLeast(1),
    rowCount.likeBefore(),
    unique('card', 'at'),
    nullShare('price').atMost(0.5),
    mean('price').between(0, 9),
    mean('salary').between(0, 9),
    quantile('price', 0.5).between(0, 9),
    rowWhere('cheap', 'price < 3'),
    tableSql('greatest', 'select max(price) from {table}', { atMost: 9 }),
  ],
});

test('each check is known by its name, and open only where it is no value of a row', () => {
  const measured = new Map(contract.tableRules.map((rule) => [tableRuleName(rule), 1]));
  const checks = judgeTable(contract, { rows: 1, newest: 0, broken: new Map(), measured }, 1);
  const { check } = portrayContract(contract);
  const said = Object.fromEntries(
    checks.map(({ name }) => {
      const note = check?.(name);
      return [name, note && `${note.type} ${note.column ?? '-'}${note.open ? '' : ' closed'}`];
    }),
  );
  assert.deepEqual(said, {
    rowCount: 'row_count -',
    'rowCount: like before': 'row_count -',
    'card, at: unique': 'unique -',
    'price: share of nulls': 'null_share price',
    'price: mean': 'mean price',
    'salary: mean': 'mean salary closed',
    'price: quantile 0.5': 'quantile price closed',
    greatest: 'custom_sql - closed',
    fresh: 'freshness - closed',
    'id: null': 'not_null id',
    'id: length 1 to 9': 'length id',
    'id: pattern': 'pattern id',
    'card: null': 'not_null card',
    'card: not in cards.id': 'relationships card',
    'salary: not a double': 'type salary',
    'salary: null': 'not_null salary',
    'salary: between 0 and 9': 'range salary',
    'price: not a double': 'type price',
    'price: null': 'not_null price',
    'at: not a timestamp': 'type at',
    'at: null': 'not_null at',
    'at: not from 1700 to 2254': 'range at',
    cheap: 'custom_sql -',
    'key: duplicate': 'unique id',
  });
  assert.equal(check?.('something else'), undefined);
});

test('columns in declared order, with what is said of them', () => {
  assert.deepEqual(portrayContract(contract).columns?.slice(0, 2), [
    { name: 'id', type: 'string', description: 'of the row' },
    { name: 'card', type: 'string' },
  ]);
});
