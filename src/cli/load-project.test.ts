import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { MillraceError, type Problem } from '../base/index.ts';
import { importProject, openProject, openToBuild } from './load-project.ts';

const root = join(import.meta.dirname, '..', '..');

/** What is told of a project of these lines. */
async function told(
  lines: readonly string[],
  look: (file: string) => Promise<unknown> = importProject,
): Promise<Problem | undefined> {
  // Inside the checkout, so that it finds 'millrace' as users do.
  mkdirSync(join(root, '.toolchain'), { recursive: true });
  const folder = mkdtempSync(join(root, '.toolchain', 'import-'));
  try {
    const file = join(folder, 'project.ts');
    writeFileSync(file, lines.join('\n'));
    await look(file);
    return undefined;
  } catch (error) {
    assert.ok(error instanceof MillraceError, String(error));
    return error.problems[0];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const opens = (open: typeof openProject) => async (file: string) => (await open(file)).workspace.close();

test('a file or script of a model that is gone stops who builds, and nobody else', async () => {
  const project = (trainer: string) => [
    "import { col, entity, features, files, model, onnx, project, python, source } from 'millrace';",
    'const columns = { k: col.string(), x: col.boolean(), y: col.double(), at: col.timestamp() };',
    "const rows = source('rows', { from: files('x.csv'), columns, eventTime: 'at' });",
    "const sums = features('sums', { entity: entity('e', { key: 'k' }), from: rows, compute: (a) => ({ n: a.count().over('1d') }) });",
    "const labels = { from: rows, target: 'x', at: 'at', knownAfter: '1d' };",
    `const fraud = model('fraud', { labels, inputs: [sums], trainer: ${trainer} });`,
    "export default project('gone', { rows, sums, fraud });",
  ];
  for (const [trainer, code] of [
    ["onnx({ path: 'models/fraud.onnx' })", 'MILL_ONNX_FILE'],
    ["python({ script: 'train.py' })", 'MILL_PYTHON_FILES'],
  ] as const) {
    assert.equal((await told(project(trainer), opens(openToBuild)))?.code, code);
    assert.equal(await told(project(trainer), opens(openProject)), undefined);
  }
});

test('what is refused as it is declared, and what throws, is told with its line', async () => {
  const head = [
    "import { col, entity, features, files, source } from 'millrace';",
    "const rows = source('rows', { from: files('x.csv'), columns: { k: col.string(), x: col.double(), at: col.timestamp() }, eventTime: 'at' });",
    "const of = (compute) => features('f', { entity: entity('e', { key: 'k' }), from: rows, compute });",
  ];
  for (const [line, code, message] of [
    ["of((a) => ({ n: a.count().over('0d') }));", 'MILL_DURATION_INVALID', "'0d' is not a duration."],
    ['of((a) => ({ n: a.count() }));', 'MILL_FEATURES_INVALID', "'n' has no window."],
    [
      "of((a) => ({ n: a.count().where(a.row.x.is('y')).over('1d') }));",
      'MILL_FEATURES_INVALID',
      "'x' is of type double, and is compared with 'y'.",
    ],
    ['of((a) => ({ n: a.none() }));', 'MILL_PROJECT_IMPORT', undefined],
  ] as const) {
    const problem = await told([...head, '', line]);
    assert.equal(problem?.code, code);
    if (message !== undefined) assert.equal(problem?.message, message);
    // `of` stands on line 3, what it is called with on line 5.
    const { file = '', line: at = 0 } = problem?.place ?? {};
    assert.ok(file.endsWith('project.ts') && [3, 5].includes(at), JSON.stringify(problem));
  }
  // It does not say where.
  const nowhere = await told(['throw null;']);
  assert.equal(nowhere?.code, 'MILL_PROJECT_IMPORT');
  assert.equal(nowhere.place, undefined);
});
