import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import { graphOf, type Node } from '../../graph/index.ts';
import { col, entity, features, files, project, source, through } from '../../index.ts';
import type { Terminal } from '../terminal.ts';
import { tellFeatures } from './show-features.ts';

const views = source('views', {
  from: files('views.csv'),
  columns: {
    user_id: col.string(),
    item: col.string(),
    price: col.double().nullable(),
    at: col.timestamp(),
  },
  eventTime: 'at',
});
const taste = features('taste', {
  entity: entity('taste', { key: ['user_id', 'item'] }),
  from: views,
  compute: ({ mean, last, ratio, count, row }) => ({
    usual: mean('price').where(row.price.above(1)).over('30d').unit('EUR').describe('What is paid.'),
    item: last('item').over('lifetime'),
    half: ratio(count().over('1h', { endingBefore: '1d' }), 2),
  }),
});
const items = features('items', {
  entity: entity('item', { key: 'item' }),
  from: views,
  compute: ({ count }) => ({ n: count().over('15m', { hop: 'exact' }) }),
});
const behind = through('behind', { by: taste, feature: 'item', look: items, prefix: 'item_' });
const graph = graphOf(project('p', { views, taste, items, behind }));

function told(name: string): { lines: string[]; data: unknown } {
  const lines: string[] = [];
  const line = (text = ''): void => {
    lines.push(...stripVTControlCharacters(text).split('\n'));
  };
  const data = tellFeatures(graph.nodes.get(name) as Node, graph, { line } as Terminal);
  return { lines, data };
}

test('features are shown with their windows, units and descriptions', () => {
  assert.deepEqual(told('taste').lines, [
    '',
    '  features of taste, by user_id, item',
    '    usual  mean of price where price > 1 over 30d by 1d  EUR  What is paid.',
    '    item   last of item over all time',
    '    half   (count over 1h ending 1d before by 5m) / 2',
  ]);
  assert.deepEqual((told('taste').data as unknown[])[0], {
    name: 'usual',
    is: 'mean of price where price > 1 over 30d by 1d',
    ...{ type: 'double', list: false, nullable: true, unit: 'EUR', description: 'What is paid.' },
  });
  // What is looked up is shown by the names it has there.
  assert.deepEqual(told('behind').lines.slice(2), ['    item_n  count over 15m exactly']);
  assert.deepEqual(told('views'), { lines: [], data: undefined });
});
