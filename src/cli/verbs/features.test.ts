import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { VerbContext } from '../verb.ts';
import { featuresVerb } from './features.ts';
import { runVerb } from './run.ts';

let folder: string;
let context: VerbContext;
let lines: string[];
let last: unknown;

const get = async (...keys: string[]): Promise<string[]> => {
  lines = [];
  assert.equal(await featuresVerb(context, 'get', 'taste', keys), 0);
  return lines;
};

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-'));
  writeFileSync(
    join(folder, 'views.csv'),
    `user,item,price,at\nu1,"a=b, ""c""",3,${new Date(Date.now() - 60_000).toISOString()}\n`,
  );
  writeFileSync(
    join(folder, 'project.ts'),
    `import { col, entity, features, files, project, source } from '${new URL('../../index.ts', import.meta.url).href}';
const views = source('views', {
  from: files('views.csv'), eventTime: 'at',
  columns: { user: col.string(), item: col.string(), price: col.double(), at: col.timestamp() },
});
const taste = features('taste', {
  entity: entity('taste', { key: ['user', 'item'] }), from: views,
  compute: ({ count, mean, lastK }) => ({ n: count().over('1d'), usual: mean('price').over('1d'), paid: lastK('price', 2).over('1d') }),
});
export default project('shop', { views, taste });
`,
  );
  context = {
    projectFile: join(folder, 'project.ts'),
    untilStopped: () => new Promise(() => {}),
    terminal: {
      ...{ json: false, width: 100, moving: false, progress() {}, aside() {}, problem() {} },
      line: (text = '') => lines.push(text),
      result: (value: unknown) => {
        last = value;
      },
    } as unknown as VerbContext['terminal'],
  };
  lines = [];
  assert.equal(await runVerb(context, [], {}), 0);
});
after(() => rmSync(folder, { recursive: true, force: true }));

test('one entity of several keys, whatever its keys hold', async () => {
  const [n, usual, paid, from] = await get('item=a=b, "c"', 'user=u1');
  assert.deepEqual(
    [n, usual, paid].map((line) => line?.trim().split(/ +/)),
    [
      ['n', '1'],
      ['usual', '3'],
      ['paid', '[3]'],
    ],
  );
  assert.match(from ?? '', /^As of .*, from views@1; the newest row is of /);
  const { entities } = last as { entities: unknown };
  assert.deepEqual(entities, [
    { key: { item: 'a=b, "c"', user: 'u1' }, values: { n: 1, usual: 3, paid: [3] } },
  ]);
  // Nobody has heard of it: what has no value is shown as such.
  assert.deepEqual((await get('user=u2', 'item='))[1]?.trim().split(/ +/), ['usual', '–']);
});

test('a key that is wrong is told by its name, before one that is missing', async () => {
  for (const [keys, code, message] of [
    [['user=u1'], 'MILL_FEATURES_KEY', /The key 'item' is missing/],
    [['user=u1', 'itme=x'], 'MILL_FEATURES_KEY', /'itme' is no key of taste; it is named by 'item'\./],
    [['user=u1', 'zzzzzz=x'], 'MILL_FEATURES_KEY', /it is named by 'user' and 'item'/],
    [['user=u1', 'item=x', 'user=u2'], 'MILL_CLI_USAGE', /'user' is given twice/],
    [['user'], 'MILL_CLI_USAGE', /'user' is not key=value/],
    [['=u1'], 'MILL_CLI_USAGE', /'=u1' is not key=value/],
  ] as const)
    await assert.rejects(get(...keys), { code, message });
});
