import assert from 'node:assert/strict';
import { test } from 'node:test';
import { edited, settled, shows, stepsOf } from './page.ts';

test('a page is read as steps', () => {
  const page = [
    '# Title', // 1
    '```ts', // 2
    '// a.ts',
    'one',
    '```',
    '```ts continued', // 6
    'two',
    '```',
    '```ts fragment', // 9
    'for reading',
    '```',
    '```diff a.ts', // 12
    '-one',
    '+three',
    '```',
    '```sh fails', // 16
    'false',
    '```',
    '```text output', // 19
    'no',
    '```',
    '```python', // 22
    '# a/b.py',
    'pass',
    '```',
    '```python', // 26: for reading
    'pass',
    '```',
    '```text',
    'a drawing',
    '```',
  ].join('\n');
  const [write, append, edit, run, compare, module, ...rest] = stepsOf(page);
  assert.deepEqual(rest, []);
  assert.deepEqual(write, { do: 'write', line: 2, file: 'a.ts', text: '// a.ts\none\n' });
  assert.deepEqual(append, { do: 'append', line: 6, text: 'two\n' });
  assert.deepEqual(edit, { do: 'edit', line: 12, file: 'a.ts', text: '-one\n+three\n' });
  assert.deepEqual(run, { do: 'run', line: 16, text: 'false\n', fails: true });
  assert.ok(compare?.do === 'compare');
  assert.equal(page.slice(compare.from, compare.to), 'no\n');
  assert.deepEqual(module, { do: 'write', line: 22, file: 'a/b.py', text: '# a/b.py\npass\n' });
  assert.throws(() => stepsOf('```ts\nlost();\n```'), /nobody runs it/);
});

test('an edit applies to lines that stand there once', () => {
  assert.equal(edited('a\nb\nc\n', ' a\n-b\n+B\n+D\n c\n'), 'a\nB\nD\nc\n');
  assert.throws(() => edited('a\na\n', '-a\n+b\n'), /once/);
  assert.throws(() => edited('a\n', '-x\n'), /once/);
});

test('what differs from run to run is not compared, all else is', () => {
  const id = '01kab3cdefghjkmnpqrs';
  assert.deepEqual(settled(`id ${id}\n3 rows 0.2 s  \n`), { text: 'id <id>\n3 rows … s\n', id });
  assert.equal(settled('1 step\n  a 90 % judging (10 s so far)\n✓ a\n').text, '1 step\n✓ a\n');
  assert.equal(settled('95 %  3 of 3 rows\n3 rows in a\n').text, '3 rows in a\n');
  assert.equal(settled('"dataset": "a@1",\n"snapshot": 2,\n').text, '"dataset": "a@1",\n"snapshot": …,\n');
  assert.equal(settled('0.00023412704467773438 53.2 1.25').text, '0.000234… 53.2 1.25');
  assert.ok(shows('a\nc\n', 'a\nc\n'));
  assert.ok(shows('2 steps\n✓ a\n✗ b\n    why\n', '2 steps\n✗ b\n    why\n✓ a\n'));
  assert.ok(!shows('2 steps\n✓ a\n✗ b\n    why\n', '2 steps\n✗ b\n✓ a\n    why\n'));
  assert.ok(shows('a\n…\nc\n', 'a\nb\nb\nc\n'));
  assert.ok(shows('a\n…\n', 'a\n'));
  assert.ok(!shows('a\n', 'a\nb\n'));
  assert.ok(!shows('a\n…\nd\n', 'a\nb\nc\n'));
  assert.ok(!shows('b\n…\n', 'a\nb\n'));
});
