import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { root, textOf } from './tree.ts';

const glossary = textOf('GLOSSARY.md');
const door = textOf('src/index.ts');
const skip =
  glossary === undefined ? 'no GLOSSARY.md yet' : door === undefined ? 'no src/index.ts yet' : false;

test('every name a user can import is in the glossary', { skip }, async () => {
  const names = Object.keys(await import(pathToFileURL(join(root, 'src', 'index.ts')).href));
  assert.ok(names.length > 0, 'src/index.ts exports nothing');
  // Said in backticks (`sum`, `sum(column)`) or in bold.
  const said = [...(glossary ?? '').matchAll(/`([^`\n]+)`|\*\*([^*\n]+)\*\*/g)].map(
    (match) => match[1] ?? match[2]!,
  );
  const words = new Set(said.flatMap((text) => text.split(/[^\w$]+/)));
  assert.deepEqual(
    names.filter((name) => !words.has(name)),
    [],
  );
});
