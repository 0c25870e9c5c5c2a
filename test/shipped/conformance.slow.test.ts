import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import type { Outsider } from './outsider.ts';
import { outsiderWithSuites, runSuite } from './suites.ts';

describe('millrace/conformance as users get it, whole', () => {
  let project: Outsider;
  before(() => {
    project = outsiderWithSuites();
    project.link('fast-check', 'pure-rand');
  });
  after(() => rmSync(project.folder, { recursive: true, force: true }));

  test('an online store over SQLite passes, also where several processes use it and are killed', () => {
    const { status, said, pass, fail, skipped } = runSuite(project, 'online.js');
    assert.deepEqual([status, fail], [0, 0], said);
    // There is no server behind it that could be down.
    assert.equal(skipped, 1);
    assert.ok(pass >= 14, `${pass}`);
  });

  test('a connector passes', () => {
    const { status, said, pass, fail } = runSuite(project, 'connector.js');
    assert.deepEqual([status, fail], [0, 0], said);
    assert.ok(pass >= 15, `${pass}`);
  });
});
