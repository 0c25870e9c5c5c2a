import assert from 'node:assert/strict';
import { test } from 'node:test';
import { graphOf, type Node } from '../../graph/index.ts';
import { col, type Project, project, requestFeatures } from '../../index.ts';
import { planInputs } from './inputs.ts';

test('a field that two request features name must be what both want', () => {
  const declared = project('two', {
    one: requestFeatures('one', {
      request: { amount: col.double().between(0, 100).nullable(), word: col.string().nullable() },
      compute: ({ request }) => ({ a: request.amount }),
    }),
    other: requestFeatures('other', {
      request: { amount: col.double().between(-5, 50), word: col.string().nullable() },
      compute: ({ request }) => ({ b: request.amount }),
    }),
    again: requestFeatures('again', {
      request: { amount: col.double().between(0, 100).nullable() },
      compute: ({ request }) => ({ c: request.amount }),
    }),
  });
  const graph = graphOf(declared as unknown as Project);
  const asker = graph.nodes.get('one') as Node;
  for (const inputs of [
    ['one', 'other', 'again'],
    ['other', 'again', 'one'],
  ]) {
    const { plan, problems } = planInputs(graph, asker, inputs);
    assert.deepEqual(problems, []);
    const [amount, word] = ['amount', 'word'].map((name) =>
      plan.requestColumns.find((one) => one.name === name),
    );
    assert.equal(amount?.nullable, false);
    assert.deepEqual(
      amount?.rules.map((rule) => rule.rule === 'between' && [rule.min, rule.max]).toSorted(),
      [
        [-5, 50],
        [0, 100],
      ],
    );
    assert.deepEqual([word?.nullable, word?.rules], [true, []]);
  }
});
