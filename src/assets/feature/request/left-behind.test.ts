import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';

// In processes of their own: the test runner takes whatever is rejected for a failure.
const outcome = (program: string) =>
  spawnSync(process.execPath, ['--conditions=source', '--input-type=module-typescript', '--eval', program], {
    encoding: 'utf8',
  });

test('what a function leaves behind is told by its asset, and ends no process', () => {
  const { status, stdout, stderr } = outcome(`
    import { col, requestFeatures } from './src/index.ts';
    import { computeOf, leaving, onLeftBehind, requestFeaturesKind } from './src/assets/index.ts';
    const nodeOf = (name, compute) => {
      const asset = requestFeatures(name, { request: { amount: col.double() }, compute });
      return { ...asset['~'].nodes[0], asset };
    };
    const many = nodeOf('many', ({ request: { amount } }) => {
      if (amount > 400_000) Promise.reject(new Error('too much'));
      return { x: amount };
    });
    const none = nodeOf('none', ({ request: { amount } }) => ({ x: amount }));
    const one = nodeOf('one', ({ request: { amount } }) => {
      if (amount === 77) (async () => { await null; throw new Error('odd'); })();
      return { x: amount };
    });
    const said = [];
    for (const node of [many, none, one])
      for (const { asset, message } of await requestFeaturesKind.check(node, { graph: { nodes: new Map() } }))
        said.push(asset + ': ' + message);
    const end = onLeftBehind((asset, message) => said.push('told: ' + asset + ', ' + message));
    const both = [one, none].map((node) => leaving(node.name, () => computeOf(node)({ request: { amount: 77 } })));
    for (const { left } of await Promise.all(both)) said.push('left: ' + left);
    end();
    computeOf(one)({ request: { amount: 77 } });
    setTimeout(() => console.log(JSON.stringify(said)), 20);`);
  assert.equal(status, 0, stderr);
  assert.deepEqual(JSON.parse(stdout), [
    'many: It leaves a Promise behind, which is rejected: too much.',
    'told: one, odd',
    'left: odd',
    'left: undefined',
  ]);
});

test('what another leaves behind ends the process, as ever', () => {
  const { status, stdout, stderr } = outcome(`
    import { keptApart } from './src/assets/feature/request/left-behind.ts';
    keptApart('asked', () => 1)(0);
    Promise.reject(new Error('another'));
    setTimeout(() => console.log('went on'), 20);`);
  assert.deepEqual([status, stdout], [1, '']);
  assert.match(stderr, /Error: another/);
});
