import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fitContext } from './fit-context.ts';
import type { TrainerSpec } from './spec.ts';

/** Which study holds the trials of a search with these options. */
function studyOf(options: object, seed = 1): string {
  let asked = '';
  const of = (study: string): [] => {
    asked = study;
    return [];
  };
  const trainer = { trainer: 'search', options } as TrainerSpec;
  const node = { name: 'fraud', body: { trainer, seed } };
  const workspace = { state: { trials: { of } } };
  const { study } = fitContext(
    ...([workspace, node, { labels: {} }, { fingerprint: 'rows' }, {}] as unknown as Parameters<
      typeof fitContext
    >),
  );
  study.trials(1);
  return asked;
}

test('a search for more trials is the same study; any other option, or another seed, is another', () => {
  const options = { of: 'gbdt', space: {}, trials: 15, atOnce: 1 };
  assert.equal(studyOf({ ...options, trials: 16 }), studyOf(options));
  for (const other of [{ atOnce: 2 }, { of: 'linear' }, { space: { l2: 1 } }])
    assert.notEqual(studyOf({ ...options, ...other }), studyOf(options));
  assert.notEqual(studyOf(options, 2), studyOf(options));
});
