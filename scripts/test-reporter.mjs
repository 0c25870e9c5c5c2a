// One line per test file; failures with their errors; at the end a tally for test.mjs.
import { writeFileSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import { inspect } from 'node:util';

/** How long nothing may happen before the names of the running files are shown. */
const QUIET_MS = 30_000;
/** How much of an error is told again at the end, since of a long output often only the end is kept. */
const AGAIN = { lines: 12, columns: 240 };

export default async function* report(events) {
  const tally = { passed: 0, failed: [], skipped: [] };
  const running = new Map();
  const notes = [];
  const quiet = setInterval(() => {
    process.stderr.write(`… still running: ${[...running.keys()].join(', ')}\n`);
  }, QUIET_MS);
  quiet.unref();
  for await (const { type, data } of events) {
    quiet.refresh();
    if (!data.file) continue;
    // `entryFile` is the test file; `file` may be a module that declares tests for it.
    const path = shown(data.entryFile ?? data.file);
    const isFile = data.nesting === 0 && shown(resolve(data.name ?? '.')) === path;
    if (type === 'test:dequeue' && isFile) running.set(path, newFile());
    const file = running.get(path) ?? newFile();
    if (type === 'test:dequeue' && !isFile) file.names[data.nesting] = data.name;
    if (type === 'test:stdout' || type === 'test:stderr') file.output += data.message;
    if (type === 'test:diagnostic') notes.push(`· ${path}: ${data.message}`);
    if (type !== 'test:complete') continue;
    if (!isFile) record(file, data, path);
    else {
      running.delete(path);
      yield* finish(file, data, path, tally);
    }
  }
  clearInterval(quiet);
  yield notes.map((note) => `${note}\n`).join('');
  writeFileSync(process.env.TEST_TALLY, JSON.stringify(tally));
}

function newFile() {
  return { names: [], output: '', passed: 0, failed: [], skipped: [] };
}

function shown(path) {
  return relative(process.cwd(), path).replaceAll('\\', '/');
}

function record(file, data, path) {
  const error = data.details.error;
  // A parent that failed only through its children adds nothing to what they say.
  if (error?.failureType === 'subtestsFailed') return;
  const name = [...file.names.slice(0, data.nesting), data.name].join(' › ');
  const reason = data.skip ?? data.todo;
  if (reason !== undefined && reason !== false) {
    const why = typeof reason === 'string' && reason !== '' ? reason : 'no reason given';
    file.skipped.push({ name: `${path}: ${name}`, reason: data.skip === undefined ? `to do: ${why}` : why });
  } else if (data.details.passed === false || error) {
    file.failed.push({ name, place: `${shown(data.file)}:${data.line}`, error });
  } else if (data.details.type !== 'suite') file.passed++;
}

function* finish(file, data, path, tally) {
  const { passed, failed, skipped } = file;
  const none = passed + failed.length + skipped.length === 0;
  // The process itself failed: it did not load, or ended badly after its tests.
  if (data.details.error && failed.length === 0) {
    failed.push({
      name: 'does not load, or ended badly',
      place: path,
      error: none ? undefined : data.details.error,
    });
  } else if (none) failed.push({ name: 'declares no test', place: path });
  tally.passed += passed;
  tally.failed.push(...failed.map(({ name, error }) => ({ name: `${path}: ${name}`, why: inShort(error) })));
  tally.skipped.push(...skipped);
  const counts = [`${passed} passed`];
  if (failed.length > 0) counts.push(`${failed.length} failed`);
  if (skipped.length > 0) counts.push(`${skipped.length} skipped`);
  const seconds = (data.details.duration_ms / 1000).toFixed(1);
  yield `${failed.length > 0 ? '✗' : '✓'} ${path}  ${counts.join(', ')}  ${seconds} s\n`;
  if (failed.length === 0) return;
  for (const { name, place, error } of failed) {
    yield `\n  ✗ ${name} (${place})\n`;
    if (error) yield `${indent(describe(error), 4)}\n`;
  }
  if (file.output.trim() !== '') yield `\n  what it printed:\n${indent(file.output.trimEnd(), 4)}\n`;
  yield '\n';
}

function describe(error) {
  const cause = error.cause ?? error;
  if (typeof cause === 'string') return cause;
  // An assertion's message already shows both sides; other errors may carry fields worth seeing.
  const text = cause.code === 'ERR_ASSERTION' ? cause.stack : inspect(cause, { depth: 4, breakLength: 100 });
  // Where Node called us from is no news.
  return text
    .split('\n')
    .filter((line) => !/^\s+at (.*\(node:|async Promise\.all)/.test(line))
    .join('\n');
}

function inShort(error) {
  if (!error) return '';
  const lines = describe(error)
    .split('\n')
    .filter((line) => line.trim() !== '');
  return lines
    .slice(0, AGAIN.lines)
    .map((line) => line.slice(0, AGAIN.columns))
    .join('\n');
}

function indent(text, by) {
  return text.replace(/^/gm, ' '.repeat(by));
}
