import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openDuckDb } from '../../engine/index.ts';
import { maskedQuarantineSql, maskedTableSql, maskRow } from './mask.ts';
import type { ContractSpec } from './spec.ts';

const contract: ContractSpec = {
  columns: [
    { name: 'id', type: 'string', nullable: false, rules: [] },
    { name: `e'm"ail`, type: 'string', nullable: true, rules: [], pii: true },
    { name: 'born', type: 'timestamp', nullable: true, rules: [], pii: true },
  ],
  key: [],
  availableAfter: 0,
  tableRules: [],
  onBreach: 'quarantine',
};

test('rows in JavaScript, tables and quarantines in SQL: personal data is masked, what is missing stays missing', async () => {
  assert.deepEqual(maskRow(contract, { id: 'a', [`e'm"ail`]: 'x@y', born: null, other: 1 }), {
    id: 'a',
    [`e'm"ail`]: '•••',
    born: null,
    other: 1,
  });
  assert.deepEqual(maskRow(undefined, { id: 'a' }), { id: 'a' });
  const engine = await openDuckDb({});
  const session = await engine.session();
  try {
    const table = `(select * from (values ('a', 'x@y', timestamp '1990-01-01'), ('b', null, null)) t(id, "e'm""ail", born))`;
    assert.deepEqual(await session.rows(maskedTableSql(contract, table)), [
      { id: 'a', [`e'm"ail`]: '•••', born: '•••' },
      { id: 'b', [`e'm"ail`]: null, born: null },
    ]);
    const raw = [
      { id: 'a', [`e'm"ail`]: "x'@y", born: '1990', more: 'seen' },
      { id: 'b' },
      { _text: 'x@y,1990,"' },
    ];
    const values = raw.map((row, i) => `(${i}, '${JSON.stringify(row).replaceAll("'", "''")}')`).join(', ');
    const aside = `(select * from (values ${values}) t(_line, _row))`;
    const rows = await session.rows<{ _row: string }>(
      `${maskedQuarantineSql(contract, aside)} order by _line`,
    );
    assert.deepEqual(
      rows.map(({ _row }) => JSON.parse(_row) as unknown),
      [{ id: 'a', [`e'm"ail`]: '•••', born: '•••', more: 'seen' }, { id: 'b' }, { _text: '•••' }],
    );
    // What lies within objects goes too, wherever it may be when it is not in its place.
    const nested: ContractSpec = {
      ...contract,
      columns: [
        { name: 'mail', type: 'string', nullable: true, rules: [], pii: true, at: "/customer/e'm.ail" },
        { name: 'phone', type: 'string', nullable: true, rules: [], pii: true, at: '/phones/0' },
      ],
    };
    const rowsOf = [
      { customer: { "e'm.ail": 'x@y', name: 'seen' }, phones: ['1', '2'] },
      { customer: { "e'm.ail": null, name: 'seen' } },
      { customer: 'x@y' },
      { customer: [{ "e'm.ail": 'x@y' }] },
      { customer: { mail: 'x@y' } },
      { other: 'seen' },
      { _text: 'x@y' },
    ];
    const lines = rowsOf.map((row, i) => `(${i}, '${JSON.stringify(row).replaceAll("'", "''")}')`).join(', ');
    const shown = await session.rows<{ _row: string }>(
      `${maskedQuarantineSql(nested, `(select * from (values ${lines}) t(_line, _row))`)} order by _line`,
    );
    assert.deepEqual(
      shown.map(({ _row }) => JSON.parse(_row) as unknown),
      [
        { customer: { "e'm.ail": '•••', name: 'seen' }, phones: '•••' },
        { customer: { "e'm.ail": '•••', name: 'seen' } },
        { customer: '•••' },
        { customer: '•••' },
        { customer: '•••' },
        { other: 'seen' },
        { _text: '•••' },
      ],
    );
  } finally {
    await engine.close();
  }
});
