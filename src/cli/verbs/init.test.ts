import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

let folder: string;
before(() => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-'));
});
after(() => rmSync(folder, { recursive: true, force: true }));

const main = join(import.meta.dirname, '..', 'main.ts');

function mill(...args: string[]) {
  const env = { ...process.env, NO_COLOR: '1', FORCE_COLOR: undefined };
  const command = ['--conditions=source', main, ...args];
  const { status, stdout, stderr } = spawnSync(process.execPath, command, {
    cwd: folder,
    encoding: 'utf8',
    env,
  });
  return { status, stdout, stderr };
}

test('a new project beside its files, and nothing written over', () => {
  mkdirSync(join(folder, 'in'));
  writeFileSync(join(folder, 'in/a-1.csv'), 'id,n\na,1\nb,two\nc,3\nd,4\n');
  writeFileSync(join(folder, 'in/a-2.csv'), 'id,n\ne,5\n');
  mkdirSync(join(folder, 'shop'));
  writeFileSync(join(folder, 'shop/package.json'), '{}\n');
  const { status, stdout, stderr } = mill('init', 'shop', '--from', 'in/*.csv');
  assert.deepEqual([status, stderr], [0, '']);
  assert.equal(
    stdout,
    [
      '  wrote shop/project.ts',
      '  wrote shop/tsconfig.json',
      '  wrote shop/.gitignore',
      '  wrote shop/data/README.md',
      '  left  shop/package.json as it was',
      '  a: 4 rows from 2 files',
      '    1 row would be set aside:',
      '      n: not an integer: 1 row',
      '',
      'Next: cd shop, npm install, npx millrace run',
      '',
    ].join('\n'),
  );
  const text = readFileSync(join(folder, 'shop/project.ts'), 'utf8');
  assert.match(text, /from: files\('\.\.\/in\/a-\*\.csv'\)/);
  assert.equal(readFileSync(join(folder, 'shop/package.json'), 'utf8'), '{}\n');

  const again = mill('--json', 'init', 'shop', '--from', 'in');
  assert.equal(again.status, 1);
  assert.equal(JSON.parse(again.stdout).problems[0].code, 'MILL_INIT_EXISTS');
  assert.equal(readFileSync(join(folder, 'shop/project.ts'), 'utf8'), text);
});

test('what cannot be told is refused before anything is written', () => {
  writeFileSync(join(folder, 'empty.csv'), '');
  for (const [file, code] of [
    ['nothing*.csv', 'MILL_INIT_FILE_MISSING'],
    ['empty.csv', 'MILL_INIT_NO_COLUMNS'],
    ['shop/package.json', 'MILL_INIT_NO_COLUMNS'],
  ] as const) {
    const { status, stdout } = mill('--json', 'init', 'other', '--from', file);
    assert.equal(status, 1, file);
    assert.equal(JSON.parse(stdout).problems[0].code, code);
  }
  assert.deepEqual(readdirSync(folder).sort(), ['empty.csv', 'in', 'shop']);
});

test('without files, a project that waits for its sources', () => {
  const { status } = mill('init', 'My Shop');
  assert.equal(status, 0);
  assert.match(
    readFileSync(join(folder, 'My Shop/project.ts'), 'utf8'),
    /export default project\('my-shop', \{\}\);/,
  );
  const written = JSON.parse(readFileSync(join(folder, 'My Shop/package.json'), 'utf8'));
  const own = JSON.parse(readFileSync(join(import.meta.dirname, '../../../package.json'), 'utf8'));
  assert.deepEqual([written.name, written.dependencies.millrace], ['my-shop', `^${own.version}`]);
});
