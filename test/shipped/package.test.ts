import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { pathToFileURL } from 'node:url';

const root = join(import.meta.dirname, '..', '..');
const has = (file: string) => existsSync(join(root, file));
const skip = has('src/index.ts') ? false : 'no src/index.ts yet';

/** An outsider's empty project with our package as it would be published, and nothing else of ours. */
describe('the package as users get it', { skip }, () => {
  const project = mkdtempSync(join(tmpdir(), 'millrace-shipped-'));
  const installed = join(project, 'node_modules', 'millrace');
  let packed: readonly string[] = [];

  before(() => {
    ran(process.execPath, [join(root, 'scripts', 'build.mjs')], root);
    const npm = process.env['npm_execpath'];
    const pack = ['pack', '--json', '--ignore-scripts', '--pack-destination', project];
    const out = npm ? ran(process.execPath, [npm, ...pack], root) : ran('npm', pack, root);
    const [tarball] = JSON.parse(out) as [{ filename: string; files: { path: string }[] }];
    packed = tarball.files.map(({ path }) => path);
    mkdirSync(installed, { recursive: true });
    ran('tar', ['-xzf', join(project, tarball.filename), '-C', installed, '--strip-components=1'], project);
    linkDependencies(join(project, 'node_modules'));
    writeFileSync(
      join(project, 'package.json'),
      '{ "name": "outsider", "private": true, "type": "module" }\n',
    );
  });
  after(() => rmSync(project, { recursive: true, force: true }));

  test('holds what runs, its types and the licence, and no test', () => {
    for (const file of ['package.json', 'LICENSE', 'dist/index.js', 'dist/index.d.ts']) {
      assert.ok(packed.includes(file), `${file} is missing`);
    }
    const stray = packed.filter(
      (file) => /\.(test|oracle|conformance|fixture|arbitrary)\./.test(file) || !isShipped(file),
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
    assert.deepEqual(compiled(project, ['names.ts']), []);
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

/** What package.json lists under dependencies, and theirs: a development dependency is not there. */
function linkDependencies(folder: string): void {
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
  for (const [path, entry] of Object.entries(lock.packages as Record<string, { dev?: boolean }>)) {
    const name = /^node_modules\/((?:@[^/]+\/)?[^/]+)$/.exec(path)?.[1];
    // Node's own types are a user's choice; a TypeScript project on Node has them.
    const wanted = name !== undefined && (!entry.dev || name === '@types/node' || name === 'undici-types');
    if (!wanted || !existsSync(join(root, path))) continue;
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    symlinkSync(join(root, path), join(folder, name), 'junction');
  }
}

/** Errors in our declarations or in the program; those of other packages' declarations are theirs. */
function compiled(project: string, files: readonly string[]): string[] {
  const compilerOptions = {
    strict: true,
    noUncheckedIndexedAccess: true,
    exactOptionalPropertyTypes: true,
    target: 'es2024',
    lib: ['es2024', 'esnext.iterator', 'esnext.collection'],
    module: 'nodenext',
    types: ['node'],
    allowImportingTsExtensions: true,
    noEmit: true,
    skipLibCheck: false,
  };
  writeFileSync(join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions, files }));
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const done = spawnSync(process.execPath, [tsc, '-p', project, '--pretty', 'false'], {
    cwd: project,
    encoding: 'utf8',
  });
  const errors = done.stdout
    .split('\n')
    .filter((line) => / error TS/.test(line) || line.startsWith('error TS'));
  return errors.filter((line) => !/^\S*node_modules\/(?!millrace\/)/.test(line));
}

function ran(command: string, args: readonly string[], cwd: string): string {
  const done = spawnSync(command, args, { cwd, encoding: 'utf8' });
  assert.equal(
    done.status,
    0,
    `${command} ${args.join(' ')}\n${done.error ?? ''}${done.stdout}${done.stderr}`,
  );
  return done.stdout;
}
