// `npm run test:services`: sets up what the service tests need and runs them. Now that is a Python with DuckDB and its
// DuckLake extension, the reference reader and writer of our table format; it comes from PyPI into node_modules/.cache.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { handOver, installDependencies, root, say, withPinnedNode } from './bootstrap.mjs';

/** The newest version for which PyPI carries the extensions as wheels. */
const DUCKDB = '1.5.5';
const packages = [
  'duckdb',
  'duckdb-extensions',
  'duckdb-extension-ducklake',
  'duckdb-extension-sqlite-scanner',
];

await withPinnedNode(fileURLToPath(import.meta.url));
installDependencies();

const venv = join(root, 'node_modules', '.cache', 'services', 'python');
const python = join(venv, 'bin', 'python');
if (!existsSync(python)) attempt('python3', ['-m', 'venv', venv]);
if (existsSync(python) && !works()) {
  say(`Installing DuckDB ${DUCKDB} with its DuckLake extension for the service tests …`);
  attempt(python, ['-m', 'pip', 'install', '--quiet', ...packages.map((name) => `${name}==${DUCKDB}`)]);
}
// Without it the tests are skipped and say so.
await handOver(process.execPath, [join(root, 'scripts', 'test.mjs'), 'test/services/'], { cwd: root });

function works() {
  return spawnSync(python, ['-c', 'import duckdb, duckdb_extension_ducklake']).status === 0;
}

function attempt(command, args) {
  const done = spawnSync(command, args, { stdio: ['ignore', 'ignore', 'inherit'] });
  if (done.status !== 0)
    say(`${command} ${args.join(' ')} failed${done.error ? `: ${done.error.message}` : ''}.`);
}
