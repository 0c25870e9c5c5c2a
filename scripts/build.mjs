// Compiles src/ to dist/ when something changed since the last time.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { alone, installDependencies, root, say, stop, withPinnedNode } from './bootstrap.mjs';

const cache = join(root, 'node_modules', '.cache', 'millrace');
const dist = join(root, 'dist');

/** Leaves dist/ as the compiler makes it from src/ now; a compile error ends the process with its text. */
export function build() {
  if (upToDate()) return;
  alone(() => {
    if (upToDate()) return;
    say('Compiling src/ to dist/ …');
    const before = sourceStamp();
    // Built aside and renamed: a program that starts meanwhile sees the old dist/ or the new one.
    const aside = join(cache, 'dist');
    rmSync(aside, { recursive: true, force: true });
    mkdirSync(cache, { recursive: true });
    const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
    const done = spawnSync(process.execPath, [tsc, '-p', 'tsconfig.build.json', '--outDir', aside], {
      cwd: root,
      encoding: 'utf8',
    });
    if (done.status !== 0) stop(`${done.stdout}${done.stderr}src/ does not compile; its errors are above.`);
    // Programs in Python lie beside the code that starts them; what made goldens stays here.
    for (const file of sourceFiles('.py').filter((path) => !path.split(sep).includes('golden')))
      cpSync(join(root, 'src', file), join(aside, file));
    rmSync(stampFile(), { force: true });
    rmSync(dist, { recursive: true, force: true });
    renameSync(aside, dist);
    writeFileSync(stampFile(), before);
  });
}

function stampFile() {
  return join(cache, 'dist.stamp');
}

function upToDate() {
  return existsSync(dist) && existsSync(stampFile()) && readFileSync(stampFile(), 'utf8') === sourceStamp();
}

/** Files of src/ by how they end, from src/. */
function sourceFiles(ending) {
  return readdirSync(join(root, 'src'), { recursive: true }).filter((file) => file.endsWith(ending));
}

function sourceStamp() {
  const sources = [...sourceFiles('.ts').filter((file) => !file.endsWith('.test.ts')), ...sourceFiles('.py')]
    .map((file) => join('src', file))
    .sort();
  const hash = createHash('sha256');
  for (const file of [...sources, 'tsconfig.json', 'tsconfig.build.json', 'package-lock.json']) {
    const { mtimeMs, size } = statSync(join(root, file));
    hash.update(`${file}\0${mtimeMs}\0${size}\n`);
  }
  return hash.digest('hex');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await withPinnedNode(fileURLToPath(import.meta.url));
  installDependencies();
  build();
}
