import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { compiled, type Outsider } from './outsider.ts';
import { outsiderWithSuites, runSuite } from './suites.ts';

/** Trainers, connectors and stores of others, proven by the suites that ship: their projects have our package and nothing else of ours. */
describe('millrace/conformance as users get it', () => {
  let project: Outsider;
  before(() => {
    project = outsiderWithSuites();
  });
  after(() => rmSync(project.folder, { recursive: true, force: true }));

  const run = (file: string, ...args: string[]) => runSuite(project, file, ...args);

  test('without fast-check it says what to install', () => {
    const { status, said } = run('blobs.js');
    assert.equal(status, 1);
    assert.match(said, /The conformance suites need the npm package fast-check, which is not installed/);
    assert.match(said, /npm install --save-dev fast-check/);
  });

  describe('with it', () => {
    before(() => project.link('fast-check', 'pure-rand'));

    test('a store of blobs passes, and one that forgets does not', () => {
      const found = run('blobs.js');
      assert.deepEqual([found.status, found.fail], [0, 0], found.said);
      assert.ok(found.pass >= 4);
      const forgetful = run('forgetful-blobs.js');
      assert.equal(forgetful.status, 1);
      assert.ok(forgetful.fail >= 1 && forgetful.said.includes('not ok'), forgetful.said);
    });

    test('an online store over SQLite is judged, also where several processes use it', () => {
      const { status, said, pass } = run(
        'online.js',
        '--test-name-pattern=processes that move a space at once|several spaces in one look',
      );
      // All of the suite, and that of connectors, is in conformance.slow.test.ts.
      assert.deepEqual([status, pass], [0, 2], said);
    });

    test('a trainer of its own passes, with what it is excused from said', () => {
      const { status, said, pass, fail, skipped } = run('trainer.js');
      assert.deepEqual([status, fail], [0, 0], said);
      assert.ok(pass >= 12, `${pass}`);
      assert.ok(skipped >= 1 && said.includes('a stump asks numbers only'), said);
    });

    test('its declarations compile in a strict project', () => {
      assert.deepEqual(compiled(project.folder, ['prove.ts']), []);
    });
  });
});
