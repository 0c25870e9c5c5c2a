// `npm run test:services`: sets up what the service tests need and runs them: a Python with DuckDB and its DuckLake extension,
// the reference reader and writer of our table format, OpenLineage's own client, pyarrow with pandas, LightGBM with scikit-learn, and MLflow in
// several versions, each in a Python of its own, from PyPI into node_modules/.cache;
// PostgreSQL's server programs and Redis, which only root can install (Debian's packages, where apt-get is); and an S3 server (Versity S3 Gateway), built where
// Go is, in about three minutes. Tests start servers of their own and end them.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
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
/** Its classes are generated from the standard's JSON schema, which no registry carries itself. */
const OPENLINEAGE = 'openlineage-python==1.54.0';

/** Those who read what is exported. */
const READERS = ['pyarrow', 'pandas'];

/** Its clients, and the newest one's server to compare with: the last before logged models, the first with them, the newest. */
const MLFLOW = ['3.17.2', '3.0.1', '2.22.5'];
/** Those who train beside us. */
const RIVALS = ['lightgbm==4.7.0', 'scikit-learn==1.9.1'];

/** A gateway over a folder, which checks signatures, regions and rights as S3 does; Apache-2.0. */
const VERSITYGW = 'v1.8.0';

await withPinnedNode(fileURLToPath(import.meta.url));
installDependencies();

const gateway = join(root, 'node_modules', '.cache', 'services', 'versitygw');
const venv = join(root, 'node_modules', '.cache', 'services', 'python');
const python = join(venv, 'bin', 'python');
if (!existsSync(python)) attempt('python3', ['-m', 'venv', venv]);
if (existsSync(python) && !works()) {
  say(`Installing DuckDB ${DUCKDB} with its DuckLake extension for the service tests …`);
  attempt(python, ['-m', 'pip', 'install', '--quiet', ...packages.map((name) => `${name}==${DUCKDB}`)]);
}
if (existsSync(python) && spawnSync(python, ['-c', 'import openlineage.client']).status !== 0) {
  say('Installing the OpenLineage client for the service tests …');
  attempt(python, ['-m', 'pip', 'install', '--quiet', OPENLINEAGE]);
}
if (existsSync(python) && spawnSync(python, ['-c', 'import pyarrow, pandas']).status !== 0) {
  say('Installing pyarrow and pandas for the service tests …');
  attempt(python, ['-m', 'pip', 'install', '--quiet', ...READERS]);
}
for (const version of MLFLOW) {
  const home = join(root, 'node_modules', '.cache', 'services', `mlflow-${version}`);
  const own = join(home, 'bin', 'python');
  if (existsSync(own) && spawnSync(own, ['-c', 'import mlflow, sklearn, pytest']).status === 0) continue;
  if (!existsSync(own)) attempt('python3', ['-m', 'venv', home]);
  if (!existsSync(own)) break;
  say(`Installing MLflow ${version} for the service tests …`);
  // The older ones import what newer setuptools have no more.
  const wanted = [`mlflow==${version}`, 'scikit-learn', 'pytest', 'setuptools<81'];
  attempt(own, ['-m', 'pip', 'install', '--quiet', ...wanted]);
}
if (existsSync(python) && spawnSync(python, ['-c', 'import lightgbm, sklearn']).status !== 0) {
  say('Installing LightGBM and scikit-learn for the service tests …');
  attempt(python, ['-m', 'pip', 'install', '--quiet', ...RIVALS]);
}
if (!hasPostgres()) installPackage('PostgreSQL', 'postgresql');
if (spawnSync('redis-server', ['--version']).status !== 0) installPackage('Redis', 'redis-server');
if (process.platform !== 'win32' && !existsSync(join(gateway, 'versitygw'))) {
  const env = { ...process.env, GOBIN: gateway, GOFLAGS: '-buildvcs=false' };
  if (spawnSync('go', ['version']).status === 0) {
    say(`Building Versity S3 Gateway ${VERSITYGW} for the service tests …`);
    attempt('go', ['install', `github.com/versity/versitygw/cmd/versitygw@${VERSITYGW}`], env);
  }
}
// Without them the tests are skipped and say so.
const env = { ...process.env, TEST_SERVICES: '1' };
await handOver(process.execPath, [join(root, 'scripts', 'test.mjs'), 'test/services/'], { cwd: root, env });

function hasPostgres() {
  const folder = '/usr/lib/postgresql';
  const packaged =
    existsSync(folder) && readdirSync(folder).some((name) => existsSync(join(folder, name, 'bin', 'initdb')));
  return packaged || spawnSync('initdb', ['--version']).status === 0;
}

/** Debian's package, where this may be installed. */
function installPackage(what, name) {
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) return;
  say(`Installing ${what} for the service tests …`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const install = ['install', '-y', '-q', '--no-install-recommends', name];
  // The lists of a fresh image are empty.
  if (spawnSync('apt-get', install, { env, stdio: 'ignore' }).status === 0) return;
  attempt('apt-get', ['update', '-q'], env);
  attempt('apt-get', install, env);
}

function works() {
  return spawnSync(python, ['-c', 'import duckdb, duckdb_extension_ducklake']).status === 0;
}

function attempt(command, args, env = process.env) {
  const done = spawnSync(command, args, { env, stdio: ['ignore', 'ignore', 'inherit'] });
  if (done.status !== 0)
    say(`${command} ${args.join(' ')} failed${done.error ? `: ${done.error.message}` : ''}.`);
}
