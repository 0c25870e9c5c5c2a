import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { environment, pythonOf, skip, versions } from './mlflow.fixture.ts';

// MLflow's own test suites of its REST server, as they are, with a server of ours in the place of theirs. They are not copied here: who
// has MLflow's repository, at the tag of the newest version that is installed, says where its folder tests/ is. MLFLOW_TESTS_PYTHON names
// another Python, with the MLflow that the suites are of, pytest and what they import.

const here = join(import.meta.dirname, 'mlflow-suite');
const suites = process.env['MLFLOW_TESTS'] ?? '';
const noSuites =
  skip ||
  (!existsSync(join(suites, 'tracking', 'test_rest_tracking.py')) &&
    'MLFLOW_TESTS does not name the folder tests/ of MLflow');

/** Tests that are left out, each with the reason. The number may only get smaller. */
const MOST_LEFT_OUT = 71;

const leftOut = JSON.parse(readFileSync(join(here, 'skip.json'), 'utf8')) as Record<string, string>;

test('the list of tests left out only gets shorter, and says why', () => {
  const count = Object.keys(leftOut).length;
  assert.ok(count <= MOST_LEFT_OUT, `${count} tests are left out; at most ${MOST_LEFT_OUT} may be`);
  for (const [name, reason] of Object.entries(leftOut)) {
    assert.match(name, /^test_\w+::test_\w+$/);
    assert.ok(reason.length > 10, name);
  }
});

for (const suite of ['test_model_registry', 'test_rest_tracking'])
  test(`MLflow's own suite ${suite} passes against Millrace`, { skip: noSuites }, async (t) => {
    const python = process.env['MLFLOW_TESTS_PYTHON'] ?? pythonOf(versions[0] as string);
    const root = join(suites, '..');
    const server = join(here, 'servers.fixture.ts');
    const args = ['-m', 'pytest', '-q', '-p', 'millrace_suite', '-p', 'no:cacheprovider', '--no-header'];
    const child = spawn(python, [...args, join('tests', 'tracking', `${suite}.py`)], {
      cwd: root,
      env: {
        ...environment,
        PYTHONPATH: `${root}:${here}`,
        MILLRACE_SKIPS: join(here, 'skip.json'),
        MILLRACE_SERVERS: `'${process.execPath}' --conditions=source '${server}'`,
      },
    });
    let said = '';
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => {
        said += text;
      });
    const status = await new Promise((resolve) => child.once('close', resolve));
    t.diagnostic(said.trim().split('\n').at(-1) ?? '');
    assert.equal(status, 0, said.slice(-8_000));
  });
