import assert from 'node:assert/strict';
import { test } from 'node:test';
import { blocksOf } from './blocks.ts';

const markdown = [
  '# Title', // 1
  '```ts', // 2
  '// project.ts', // 3
  'export const a = 1;', // 4
  '```', // 5
  'and then', // 6
  '```ts continued', // 7
  'export const b = a;', // 8
  '```', // 9
  '```js', // 10
  'not ours', // 11
  '```', // 12
  '```typescript fragment', // 13
  'sum(…)', // 14
  '```', // 15
].join('\n');

test('blocks keep the lines of their document', () => {
  const [project, fragment, ...rest] = blocksOf('docs/guide/1.md', markdown);
  assert.deepEqual(rest, []);
  assert.equal(project?.file, 'docs/guide/1/project.ts');
  const lines = project?.text.split('\n') ?? [];
  assert.equal(lines[4 - 1], 'export const a = 1;');
  assert.equal(lines[8 - 1], 'export const b = a;');
  assert.equal(fragment?.fragment, true);
  assert.equal(fragment?.place, 'docs/guide/1.md:14');
  assert.ok(!project?.text.includes('not ours'));
});
