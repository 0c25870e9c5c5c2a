import assert from 'node:assert/strict';
import { test } from 'node:test';
import { changeKinds } from './change-text.ts';
import { refuseConflicts } from './conflicts.ts';

// DuckLake 1.0's matrix written out: what of theirs on the same table does not go together with mine. `replace` is held
// against all that a delete and an insert are, and against any change of the files it read.
const matrix = {
  append: 'dropped_table altered_table deleted_from_table inlined_delete',
  alter: 'dropped_table altered_table',
  drop: 'dropped_table',
  replace:
    'dropped_table altered_table deleted_from_table inlined_delete inserted_into_table inlined_insert merge_adjacent rewrite_delete compacted_table flushed_inlined inline_flush',
  // Retried after an alteration too, so that its files are written in the newest columns.
  compact:
    'dropped_table altered_table deleted_from_table inlined_delete merge_adjacent rewrite_delete compacted_table flushed_inlined inline_flush',
} as const;

const clashes = (work: () => void) => {
  try {
    work();
    return false;
  } catch (error) {
    assert.equal((error as { code: string }).code, 'MILL_LAKE_CONFLICT');
    return true;
  }
};

test('every kind against every kind, on the same table and on another', () => {
  for (const [kind, theirs] of Object.entries(matrix) as [keyof typeof matrix, string][])
    for (const other of changeKinds) {
      const mine = [{ kind, table: 't', id: 7 }];
      const against = (value: string) => clashes(() => refuseConflicts(mine, [{ kind: other, value }]));
      assert.equal(against('7'), theirs.split(' ').includes(other), `${kind} against ${other}`);
      // Schemas, views and macros have ids of the same counter; 70 must not be taken for 7.
      assert.equal(against('70'), false, `${kind} against ${other} elsewhere`);
    }
});

test('a name can be made once, by a table or a view; a dropped schema takes all along', () => {
  const create = (theirs: string, value: string) =>
    clashes(() => refuseConflicts([{ kind: 'create', table: 'a"b' }], [{ kind: theirs, value }]));
  assert.equal(create('created_table', '"main"."a""b"'), true);
  assert.equal(create('created_table', '"main"."A""B"'), true);
  assert.equal(create('created_view', '"main"."a""b"'), true);
  assert.equal(create('created_table', '"main"."a"'), false);
  assert.equal(create('created_table', '"other"."a""b"'), false);
  assert.equal(create('dropped_schema', '0'), true);
  assert.equal(create('dropped_schema', '3'), false);
});
