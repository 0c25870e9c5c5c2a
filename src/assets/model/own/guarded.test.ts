import assert from 'node:assert/strict';
import { test } from 'node:test';
import { learnable } from '../train/learnable.fixture.ts';
import { ownTrainer } from './index.ts';

test('an input that a trainer says nothing of has no share, whatever its name', async () => {
  const silent = ownTrainer('silent', {
    revision: 1,
    create: () => ({
      tasks: ['binary'],
      fit: async ({ target }) => ({
        predict: () => target,
        toOnnx: () => new Uint8Array(1),
        summary: { rounds: 1, trainLoss: 1, validationLoss: 1, importance: { x: 1 }, notes: [] },
      }),
    }),
  });
  const { columns, ...input } = learnable('binary');
  const renamed = columns.map((column) =>
    column.name === 'y' ? { ...column, name: 'constructor' } : column,
  );
  const { summary } = await silent.open({}).fit({ ...input, columns: renamed });
  assert.deepEqual(Object.entries(summary.importance), [
    ['x', 1],
    ['constructor', 0],
    ['c', 0],
  ]);
});
