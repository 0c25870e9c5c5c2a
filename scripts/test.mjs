// `npm test`: format and lint, types, house rules, tests. `npm test -- PATTERN` runs only the test
// files whose path contains PATTERN; `npm run test:slow` runs the *.slow.test.ts files but those of test/services/, all of which
// `npm run test:services` runs; and `npm run test:long` plays with live features for ten minutes.
// The last line of stdout is `tests: N passed, N failed, N skipped`.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { installDependencies, root, run, withPinnedNode } from './bootstrap.mjs';

await withPinnedNode(fileURLToPath(import.meta.url));
installDependencies();
process.chdir(root);

const options = process.argv.slice(2);
const slow = options.includes('--slow');
const long = options.includes('--long');
const services = process.env.TEST_SERVICES === '1';
if (long) process.env.TEST_MINUTES ??= '10';
const pattern = long
  ? 'test/truth/features-live.slow'
  : options.find((option) => !option.startsWith('--'))?.replaceAll('\\', '/');

const temp = mkdtempSync(join(tmpdir(), 'millrace-test-'));
process.once('exit', () => rmSync(temp, { recursive: true, force: true }));

const total = { passed: 0, failed: [], skipped: [] };
const files = testFiles();

if (pattern !== undefined) {
  await tests(`tests matching ${pattern}`, files);
} else if (slow) {
  await tests('slow tests', files);
} else {
  await tool(
    'format and lint',
    '@biomejs/biome/bin/biome',
    ['ci', `--colors=${process.stdout.isTTY ? 'force' : 'off'}`],
    'npm run format',
  );
  await tool('types', 'typescript/bin/tsc', ['-p', '.']);
  const isHouse = (file) => file.startsWith('test/house/');
  await tests('house rules', files.filter(isHouse));
  await tests(
    'tests',
    files.filter((file) => !isHouse(file)),
  );
}
summary();

function testFiles() {
  return ['src', 'test', 'examples']
    .flatMap((folder) =>
      readdirSync(folder, { recursive: true }).map((file) => `${folder}/${file.replaceAll('\\', '/')}`),
    )
    .filter((file) => file.endsWith('.test.ts') && !/(^|\/)(node_modules|\.[^/]*)\//.test(file))
    .filter((file) => pattern !== undefined || file.endsWith('.slow.test.ts') === slow)
    .filter((file) => !(slow && file.startsWith('test/services/')))
    .filter((file) => file.includes(pattern ?? ''))
    .sort();
}

function header(title) {
  process.stdout.write(`\n── ${title}\n`);
}

/** A stage that is one program: it passes or fails as one test. */
async function tool(title, bin, args, remedy) {
  header(title);
  const { code } = await run(process.execPath, [join('node_modules', bin), ...args], {
    env: environment(),
    stdio: ['inherit', 1, 1],
  });
  if (code === 0) {
    total.passed++;
    process.stdout.write(`✓ ${title}\n`);
  } else {
    total.failed.push({ name: title });
    process.stdout.write(`✗ ${title}${remedy ? ` (\`${remedy}\` mends most of it)` : ''}\n`);
  }
}

/** A stage of test files, run by Node's own runner, our TypeScript as it stands. */
async function tests(title, files) {
  header(`${title}: ${files.length} ${files.length === 1 ? 'file' : 'files'}`);
  if (files.length === 0) {
    if (pattern !== undefined) total.failed.push({ name: `no test file matches ${pattern}` });
    return;
  }
  const tally = join(temp, 'tally.json');
  const patient = slow || long || services || files.some((file) => file.endsWith('.slow.test.ts'));
  const args = [
    '--conditions=source',
    '--import=./scripts/test-process.mjs',
    '--test',
    '--test-concurrency=2',
    `--test-timeout=${patient ? 3_600_000 : 120_000}`,
    '--test-reporter=./scripts/test-reporter.mjs',
  ];
  // Each file is a process of its own, and half of a short one's work was to strip the same types anew: a server's test took 2.8 s of CPU, and takes 1.3.
  const compiled = patient ? {} : { NODE_COMPILE_CACHE: join(root, '.toolchain', 'compiled') };
  const { code, signal } = await run(process.execPath, [...args, ...files], {
    env: { ...environment(), ...compiled, TEST_TALLY: tally },
  });
  const result = readTally(tally);
  total.passed += result?.passed ?? 0;
  total.failed.push(...(result?.failed ?? []));
  total.skipped.push(...(result?.skipped ?? []));
  if (!result || (code !== 0 && result.failed.length === 0)) {
    const name = `${title}: the test runner ended early (${signal ?? `exit code ${code}`})`;
    total.failed.push({ name });
  }
  rmSync(tally, { force: true });
}

function readTally(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}

/** Nothing of the developer's own set-up reaches a test, except where the real data lies. */
function environment() {
  const own = ([name]) =>
    name !== 'MILLRACE_DATASETS' && /^(MILLRACE_|NODE_OPTIONS$|NODE_TEST_CONTEXT$|FORCE_COLOR$)/.test(name);
  const kept = Object.entries(process.env).filter((entry) => !own(entry));
  return { ...Object.fromEntries(kept), TMPDIR: temp, TEMP: temp, TMP: temp };
}

function summary() {
  const { passed, failed, skipped } = total;
  if (skipped.length > 0) header('skipped');
  for (const { name, reason } of skipped) process.stdout.write(`- ${name}: ${reason}\n`);
  if (failed.length > 0) header('failed');
  for (const { name, why } of failed) {
    process.stdout.write(`✗ ${name}\n`);
    if (why) process.stdout.write(`${why.replace(/^/gm, '    ')}\n`);
  }
  process.stdout.write(`\ntests: ${passed} passed, ${failed.length} failed, ${skipped.length} skipped\n`);
  process.exitCode = failed.length > 0 ? 1 : 0;
}
