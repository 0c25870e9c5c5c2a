import assert from 'node:assert/strict';
import { cpSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { root } from '../house/tree.ts';
import { compiled, type Outsider, outsider, ran } from './outsider.ts';

const has = (file: string) => existsSync(join(root, file));
const skip = has('src/index.ts') ? false : 'no src/index.ts yet';

/** What these suites stand on: they are tests that we ship. */
const WITH_SUITES = /(^|\/)(learnable|online|run-onnx)\.fixture\./;

describe('the package as users get it', { skip }, () => {
  let own: Outsider;
  let [project, installed] = ['', ''];

  before(() => {
    own = outsider();
    ({ folder: project, installed } = own);
  });
  after(() => rmSync(project, { recursive: true, force: true }));

  test('holds what runs, its types, the licence and the conformance suites, and no test', () => {
    const { packed } = own;
    for (const file of [
      ...['package.json', 'LICENSE', 'dist/index.js', 'dist/index.d.ts'],
      ...['dist/conformance.js', 'dist/conformance.d.ts', 'dist/trainer.js', 'dist/trainer.d.ts'],
    ]) {
      assert.ok(packed.includes(file), `${file} is missing`);
    }
    const stray = packed.filter(
      (file) =>
        (/\.(test|oracle|fixture|arbitrary)\./.test(file) && !WITH_SUITES.test(file)) || !isShipped(file),
    );
    assert.deepEqual(stray, []);
  });

  test('is imported from plain JavaScript, with the same names as the source', async () => {
    const program =
      "import * as millrace from 'millrace';\nconsole.log(JSON.stringify(Object.keys(millrace)));\n";
    writeFileSync(join(project, 'names.js'), program);
    const names = JSON.parse(ran(process.execPath, ['names.js'], project)) as string[];
    const source = await import(pathToFileURL(join(root, 'src', 'index.ts')).href);
    assert.ok(names.length > 0);
    assert.deepEqual(names.sort(), Object.keys(source).sort());
  });

  test('its declarations compile in a strict project that knows nothing of our settings', () => {
    const program =
      "import * as millrace from 'millrace';\nexport const names: string[] = Object.keys(millrace);\n";
    writeFileSync(join(project, 'names.ts'), program);
    cpSync(join(root, 'test', 'truth', 'one-rule.fixture.ts'), join(project, 'one-rule.ts'));
    const rule = readFileSync(join(project, 'one-rule.ts'), 'utf8');
    writeFileSync(join(project, 'one-rule.ts'), rule.replace('../../src/trainer.ts', 'millrace/trainer'));
    assert.deepEqual(compiled(project, ['names.ts', 'one-rule.ts']), []);
  });

  test('finds the file that its threads run', () => {
    const crew = pathToFileURL(join(installed, 'dist', 'assets', 'feature', 'history', 'sweep-crew.js')).href;
    const program = `import { SweepCrew } from ${JSON.stringify(crew)};
      const count = { name: 'n', aggregate: 'count', column: null, columnType: null, window: 60e6, hop: 1e6, ending: 0, type: 'integer', nullable: false };
      const body = { entity: { name: 'e', keys: ['k'] }, from: 'd', eventTime: 'at', availableAt: null, availableAfter: 0, columnTypes: {}, features: [count] };
      const crew = new SweepCrew(body, { threads: 1, alone: 0 });
      const columns = [[0, 0], [1e12, 2e12], [NaN, 7], [1e12, NaN], [0, NaN]].map((values) => Float64Array.from(values));
      await crew.take({ length: 2, columns }, false, () => {});
      const [answers] = await crew.finish();
      await crew.close();
      console.log(JSON.stringify(answers.columns.map((values) => [...values])));`;
    writeFileSync(join(project, 'threads.js'), program);
    assert.deepEqual(JSON.parse(ran(process.execPath, ['threads.js'], project)), [[7], [0]]);
  });

  test('finds the file that the process of a trial runs', () => {
    const trial = pathToFileURL(join(installed, 'dist', 'assets', 'model', 'outside', 'trial.js')).href;
    // What is no ONNX file is an answer too; a process that did not start is none.
    const program = `import { tryAside } from ${JSON.stringify(trial)};
      const asking = { task: 'regression', inputs: [{ name: 'x', type: 'number' }] };
      await tryAside({ bytes: Uint8Array.of(1), asking, rows: [{ x: 1 }] }, new AbortController().signal, { model: 'm' });
      console.log('tried');`;
    writeFileSync(join(project, 'trial.js'), program);
    assert.equal(ran(process.execPath, ['trial.js'], project).trim(), 'tried');
  });

  const example = 'examples/fraud/project.ts';
  test('compiles the fraud project', { skip: has(example) ? false : `no ${example} yet` }, () => {
    cpSync(join(root, dirname(example)), join(project, 'fraud'), {
      recursive: true,
      filter: (file) => !/\.test\.ts$|[/\\](data|\.millrace|node_modules)$/.test(file),
    });
    assert.deepEqual(compiled(project, ['fraud/project.ts']), []);
  });

  const command = 'src/cli/main.ts';
  test('its command starts', { skip: has(command) ? false : `no ${command} yet` }, () => {
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
    const main = join(installed, 'dist', 'cli', 'main.js');
    assert.match(readFileSync(main, 'utf8'), /^#!\/usr\/bin\/env node\n/, 'npm links it as a program');
    assert.equal(ran(process.execPath, [main, '--version'], project).trim(), version);
  });
});

function isShipped(file: string): boolean {
  const ours = file.startsWith('dist/') && !/(?<!\.d)\.ts$/.test(file);
  return ours || ['package.json', 'LICENSE', 'README.md'].includes(file);
}
