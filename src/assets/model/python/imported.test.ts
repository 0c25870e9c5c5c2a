import assert from 'node:assert/strict';
import { test } from 'node:test';
import { importedNames } from './imported.ts';

test('every statement that imports is seen, wherever it stands', () => {
  const script = `
import os, words as w, deep.inner
from parts.encode import (
    one, two)
if True: import late
def f():
    from   inside import x; import other
    import a, \\
        b
# import commented
value = "from text import nothing"
from . import beside
`;
  const names = importedNames(script);
  for (const name of ['os', 'words', 'deep', 'parts', 'late', 'inside', 'other', 'a'])
    assert.ok(names.has(name), name);
  for (const name of ['commented', 'text', 'w', 'one', 'inner']) assert.ok(!names.has(name), name);
});
