import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { changeKinds, changeText, newTableValue, parseChanges } from './change-text.ts';

test('changes come back as they were written, whatever a table is called', () => {
  const odd = fc.oneof(
    fc.string(),
    fc.constantFrom('a,b:c', '"', '",dropped_table:1,"', 'inserted_into_table:3'),
  );
  const entry = fc.oneof(
    odd.map((name) => ({ kind: 'created_table', value: newTableValue(name) })),
    fc.tuple(fc.constantFrom(...changeKinds), fc.nat()).map(([kind, id]) => ({ kind, value: String(id) })),
  );
  fc.assert(
    fc.property(fc.uniqueArray(entry, { selector: (e) => `${e.kind}:${e.value}` }), (entries) => {
      assert.deepEqual(parseChanges(changeText(entries)), entries);
    }),
  );
});

test('the grammar is the one of DuckLake 1.0, and an unknown kind is an error', () => {
  assert.equal(
    changeText([
      { kind: 'created_table', value: newTableValue('rides') },
      { kind: 'inserted_into_table', value: '1' },
      { kind: 'inserted_into_table', value: '1' },
    ]),
    'created_table:"main"."rides",inserted_into_table:1',
  );
  assert.throws(() => parseChanges('created_table:"main"."a",repainted_table:1'), /repainted_table:1/);
});
