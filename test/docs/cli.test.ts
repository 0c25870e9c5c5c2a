import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { root } from '../house/tree.ts';
import { block, hold } from './golden.ts';

/** Prints the help of the program and of every command it lists. */
const script = `
  const { runCli } = await import(${JSON.stringify(pathToFileURL(join(root, 'src', 'cli', 'program.ts')).href)});
  const write = process.stdout.write.bind(process.stdout);
  let text = '';
  process.stdout.write = (chunk) => { text += chunk; return true; };
  await runCli(['--help']);
  const verbs = [...text.matchAll(/^  ([a-z]+)/gm)].map((match) => match[1]);
  for (const verb of verbs.filter((name) => name !== 'help')) {
    text += '\\n' + '─'.repeat(78) + '\\n';
    await runCli(['help', verb]);
  }
  write(text);
`;

test('docs/reference/cli.md has the help of every command', () => {
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    ['--conditions=source', '--input-type=module', '--eval', script],
    { encoding: 'utf8', env: { ...process.env, NO_COLOR: '1', FORCE_COLOR: undefined, COLUMNS: undefined } },
  );
  assert.equal(status, 0, stderr);
  assert.match(stdout, /Usage: millrace trace/);
  hold(
    'docs/reference/cli.md',
    block('docs/reference/cli.md', 'text help', stdout.replaceAll(/[ \t]+$/gm, '')),
  );
});
