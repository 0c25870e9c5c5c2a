import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Node } from '../../graph/index.ts';
import { col } from '../contract/index.ts';
import { files, source } from '../source/index.ts';
import { features } from './declare.ts';
import { entity } from './entity.ts';
import { featuresKind } from './kind.ts';
import { featuresLineage } from './lineage.ts';
import type { FeaturesBody } from './spec.ts';
import { spaceOf } from './state/coverage.ts';

const payments = source('payments', {
  from: files('payments.csv'),
  columns: { card: col.string(), amount: col.double(), at: col.timestamp() },
  eventTime: 'at',
});

function declared(words: boolean): Node<FeaturesBody> {
  const asset = features('activity', {
    entity: entity('card', { key: 'card' }),
    from: payments,
    ...(words ? { fresh: '1h', audit: { every: 10 }, description: 'what a card does', owner: 'risk' } : {}),
    compute: ({ sum, count, ratio }) => {
      const [spent, n] = [sum('amount').over('7d'), count().over('7d')];
      const usual = ratio(words ? spent.unit('EUR') : spent, n);
      return { spent: words ? spent.describe('in a week').unit('EUR') : spent, usual };
    },
  });
  return asset['~'].nodes[0] as Node<FeaturesBody>;
}

test('words about features, their owner, how fresh they must be and how they are watched change nothing that is built', () => {
  const [plain, told] = [declared(false), declared(true)];
  assert.notDeepEqual(told.body, plain.body);
  assert.deepEqual(featuresKind.definition?.(told.body), featuresKind.definition?.(plain.body));
  assert.deepEqual(featuresLineage(told), featuresLineage(plain));
  assert.equal(spaceOf('activity', told.body), spaceOf('activity', plain.body));
});
