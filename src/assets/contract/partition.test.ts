import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Node } from '../../graph/index.ts';
import { col } from './col.ts';
import { contractSpec } from './declare.ts';
import { by, checkPartition, partitionSpec } from './partition.ts';

const columns = {
  country: col.string(),
  amount: col.double(),
  online: col.boolean(),
  at: col.timestamp(),
  later: col.timestamp().nullable(),
};
type Declared = Parameters<typeof partitionSpec>[0];

test('a month is one of its year in the plain form; none is no form at all', () => {
  assert.deepEqual(partitionSpec(['country', by.month('at')]), {
    partitionBy: [
      { column: 'country', transform: 'identity' },
      { column: 'at', transform: 'year' },
      { column: 'at', transform: 'month' },
    ],
  });
  assert.equal(partitionSpec([by.hour('at')]).partitionBy?.length, 4);
  assert.deepEqual([partitionSpec([]), partitionSpec()], [{}, {}]);
});

test('every fault of a partitioning, in words', () => {
  const contract = contractSpec({ columns });
  const node = { name: 'x', place: { file: 'project.ts', line: 1, column: 1 } } as Node;
  const faults = (declared: Declared): string[] =>
    checkPartition(node, contract, partitionSpec(declared).partitionBy).map((problem) => {
      assert.deepEqual([problem.code, problem.asset], ['MILL_PARTITION_INVALID', 'x']);
      return problem.message;
    });
  assert.deepEqual(faults(undefined), []);
  assert.deepEqual(faults(['country', 'online', by.day('at'), by.month('later')]), []);
  assert.deepEqual(faults(['contry', 'amount', 'at', by.day('country')]), [
    "It is to be partitioned by 'contry', which is no column; there is 'country'.",
    "It is to be partitioned by 'amount', which is double: nearly every row has a value of its own.",
    "It is to be partitioned by every instant of 'at'.",
    "It is to be partitioned by a time of 'country', which is string.",
  ]);
  assert.deepEqual(faults(['country', 'country', by.year('at'), by.day('at')]), [
    'It is to be partitioned by one thing twice.',
  ]);
  assert.match(
    faults(['country', by.hour('at'), by.hour('later')]).join(),
    /by 9 parts, counting a month as two/,
  );
});
