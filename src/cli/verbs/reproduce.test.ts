import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import type { Reproduced } from '../../assets/index.ts';
import { reproducedText } from './reproduce.ts';

const made = (threshold: number | null): Reproduced => ({
  ...{ version: 'price@2', same: true, reasons: [] },
  rows: { rows: 1, same: true, trainingSet: 'price_training@1' } as Reproduced['rows'],
  threshold: { was: threshold, is: threshold, same: true },
  figures: { rmse: { was: 1, is: 1, same: true } },
  predictions: { rows: 1, equal: 1, furthest: 0, same: true },
  file: { was: 'a', is: 'a', same: true },
});

test('of a threshold is told where there is one', () => {
  const told = (threshold: number | null): string =>
    stripVTControlCharacters(reproducedText(made(threshold)).join('\n'));
  assert.match(told(0.5), /1 figure and the threshold, equal/);
  assert.match(told(null), /1 figure, equal/);
});
