import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { root } from '../house/tree.ts';

/** An outsider's empty project with our package as it would be published, and nothing else of ours. */
export interface Outsider {
  readonly folder: string;
  /** Where the package lies in it. */
  readonly installed: string;
  /** Files of the package. */
  readonly packed: readonly string[];
  /** Installs packages that we only develop with. */
  link(...names: readonly string[]): void;
}

/** Builds, packs and installs. Whoever asked removes the folder. */
export function outsider(): Outsider {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-shipped-'));
  const modules = join(folder, 'node_modules');
  const installed = join(modules, 'millrace');
  ran(process.execPath, [join(root, 'scripts', 'build.mjs')], root);
  const npm = process.env['npm_execpath'];
  const pack = ['pack', '--json', '--ignore-scripts', '--pack-destination', folder];
  const out = npm ? ran(process.execPath, [npm, ...pack], root) : ran('npm', pack, root);
  const [tarball] = JSON.parse(out) as [{ filename: string; files: { path: string }[] }];
  mkdirSync(installed, { recursive: true });
  ran('tar', ['-xzf', join(folder, tarball.filename), '-C', installed, '--strip-components=1'], folder);
  linkDependencies(modules);
  writeFileSync(join(folder, 'package.json'), '{ "name": "outsider", "private": true, "type": "module" }\n');
  return {
    ...{ folder, installed, packed: tarball.files.map(({ path }) => path) },
    link: (...names) => {
      for (const name of names) linkPackage(modules, name);
    },
  };
}

/** What package.json lists under dependencies, and theirs: a development dependency is not there. */
function linkDependencies(folder: string): void {
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
  for (const [path, entry] of Object.entries(lock.packages as Record<string, { dev?: boolean }>)) {
    const name = /^node_modules\/((?:@[^/]+\/)?[^/]+)$/.exec(path)?.[1];
    // Node's own types are a user's choice; a TypeScript project on Node has them.
    const wanted = name !== undefined && (!entry.dev || name === '@types/node' || name === 'undici-types');
    if (!wanted || !existsSync(join(root, path))) continue;
    linkPackage(folder, name);
  }
}

function linkPackage(folder: string, name: string): void {
  mkdirSync(dirname(join(folder, name)), { recursive: true });
  symlinkSync(join(root, 'node_modules', name), join(folder, name), 'junction');
}

/** Errors in our declarations or in the program; those of other packages' declarations are theirs. */
export function compiled(project: string, files: readonly string[]): string[] {
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

export function ran(command: string, args: readonly string[], cwd: string): string {
  const done = spawnSync(command, args, { cwd, encoding: 'utf8' });
  assert.equal(
    done.status,
    0,
    `${command} ${args.join(' ')}\n${done.error ?? ''}${done.stdout}${done.stderr}`,
  );
  return done.stdout;
}
