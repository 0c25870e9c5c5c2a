import assert from 'node:assert/strict';
import { test } from 'node:test';
import { textOf } from './tree.ts';

interface Locked {
  readonly version?: string;
  readonly resolved?: string;
  readonly integrity?: string;
}

const manifest = JSON.parse(textOf('package.json') ?? '{}') as Record<string, Record<string, string>>;
const lock = JSON.parse(textOf('package-lock.json') ?? '{}') as { packages: Record<string, Locked> };
const packages = Object.entries(lock.packages).filter(([path]) => path !== '');

test('no dependency may run a script when it is installed', () => {
  const settings = (textOf('.npmrc') ?? '').split('\n').map((line) => line.trim());
  assert.ok(settings.includes('ignore-scripts=true'), '.npmrc wants the line ignore-scripts=true');
});

test('every dependency is one exact version', () => {
  const wanted = Object.entries({ ...manifest['dependencies'], ...manifest['devDependencies'] });
  assert.ok(wanted.length > 0);
  assert.deepEqual(
    wanted.filter(([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version)),
    [],
  );
  for (const [name, version] of wanted) {
    assert.equal(lock.packages[`node_modules/${name}`]?.version, version, `${name} in package-lock.json`);
  }
});

test('every locked package comes from the npm registry and is known by its hash', () => {
  assert.ok(packages.length > 0);
  const elsewhere = packages.filter(
    ([, { resolved }]) => resolved !== undefined && !resolved.startsWith('https://registry.npmjs.org/'),
  );
  assert.deepEqual(elsewhere, []);
  assert.deepEqual(
    packages.filter(([, { integrity }]) => !integrity?.startsWith('sha512-')).map(([path]) => path),
    [],
  );
});
