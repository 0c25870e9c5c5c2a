import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import type { RunEvent, Step, StepResult } from '../graph/index.ts';
import { tellRun, verdict } from './progress.ts';
import type { Terminal } from './terminal.ts';

const step: Step = {
  asset: 'fraud',
  kind: 'model',
  action: 'create',
  reasons: ['not built yet'],
  bytes: 0,
  rows: 10,
  after: [],
  from: {},
  fingerprint: 'f',
  definition: 'd',
  outline: { seen: {}, reads: {} },
};

function listen(moving: boolean): { terminal: Terminal; said: string[] } {
  const said: string[] = [];
  const say = (as: string) => (text: unknown) =>
    void said.push(`${as} ${stripVTControlCharacters(String(text))}`);
  const terminal: Terminal = {
    json: false,
    width: 80,
    moving,
    line: say('line'),
    progress: say('progress'),
    aside: say('aside'),
    result: say('result'),
    problem: ({ message }) => say('problem')(message),
  };
  return { terminal, said };
}

const finished = (more: Partial<StepResult>): RunEvent => ({
  event: 'step-finished',
  result: { step, outcome: 'published', checks: [], note: 'a note', problems: [], seconds: 31, ...more },
});

test('where nothing can move, a long step gives a sign of life every ten seconds, and then none', (t) => {
  mock.timers.enable({ apis: ['setInterval'] });
  t.after(() => mock.timers.reset());
  let now = 0;
  t.mock.method(performance, 'now', () => now);
  const { terminal, said } = listen(false);
  const tell = tellRun(terminal);
  const pass = (seconds: number): void => {
    for (let i = 0; i < seconds; i++) {
      now += 1_000;
      mock.timers.tick(1_000);
    }
  };
  tell({ event: 'step-started', step });
  pass(9);
  assert.deepEqual(said, []);
  tell({ event: 'step-progress', step, share: 0.4, what: 'round\u001b[2J 40' });
  pass(12);
  assert.deepEqual(said, [
    'aside   fraud 40 % round\\u001b[2J 40 (10 s so far)',
    'aside   fraud 40 % round\\u001b[2J 40 (20 s so far)',
  ]);
  tell(finished({}));
  pass(60);
  assert.deepEqual(said.slice(2), ['line ✓ fraud  a note  31.0 s']);
});

test('what a program at work has written is passed on, made harmless', () => {
  const { terminal, said } = listen(false);
  tellRun(terminal)({ event: 'step-line', step, line: 'epoch 1\u001b[2J' });
  assert.deepEqual(said, ['aside   fraud  epoch 1\\u001b[2J']);
});

test('on a terminal the line moves instead', () => {
  const { terminal, said } = listen(true);
  const tell = tellRun(terminal);
  tell({ event: 'step-started', step });
  tell({ event: 'step-progress', step, share: 0.405, what: 'round 40' });
  tell(finished({}));
  assert.deepEqual(said, [
    'progress fraud …',
    'progress fraud 41 % round 40',
    'line ✓ fraud  a note  31.0 s',
    'progress ',
  ]);
});

test('each outcome in words, with what did not pass below it', () => {
  const { terminal, said } = listen(false);
  const tell = tellRun(terminal);
  const check = (passed: boolean, severity: 'block' | 'warn', name: string) => ({
    name,
    passed,
    severity,
    observed: '0.7',
    wanted: '≥ 0.85',
  });
  tell(
    finished({ outcome: 'rejected', checks: [check(false, 'block', 'rocAuc'), check(true, 'block', 'x')] }),
  );
  tell(finished({ outcome: 'blocked', note: 'waits for payments' }));
  tell(finished({ outcome: 'held', note: 'fraud@2 is the same and was rolled back' }));
  tell(
    finished({
      outcome: 'failed',
      note: 'said twice',
      problems: [{ code: 'MILL_BUG', message: 'It broke.', todo: 'Mend it.', owner: 'data' }],
    }),
  );
  assert.deepEqual(said, [
    'line ✗ fraud  not published: a note; 1 gate not passed, 1 check passed  31.0 s',
    'line     gate  rocAuc  0.7  wanted ≥ 0.85',
    'line – fraud  not started: waits for payments  31.0 s',
    'line – fraud  left as it is: fraud@2 is the same and was rolled back  31.0 s',
    'line ✗ fraud  failed  31.0 s',
    'problem It broke.',
  ]);
});

test('a verdict tells gates from warnings', () => {
  assert.equal(verdict([]), '');
  const of = (passed: boolean, severity: 'block' | 'warn') => ({ passed, severity });
  assert.equal(verdict([of(true, 'block'), of(true, 'warn')]), '2 checks passed');
  assert.equal(
    verdict([of(false, 'block'), of(false, 'warn'), of(true, 'warn')]),
    '1 gate not passed, 1 warning, 1 check passed',
  );
});
