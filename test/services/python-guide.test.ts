import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { documentOf, hold } from '../docs/golden.ts';
import { stepsOf } from '../docs/page.ts';
import { commandsIn, play } from '../docs/play.ts';
import { root } from '../house/tree.ts';
import { skip } from './python-packages.fixture.ts';

// The page about Python, done as it says. Its packages come from where pip gets them.

const FIRST = 'docs/guide/01-first-project.md';
const PAGE = 'docs/guide/18-python.md';

test(PAGE, { skip }, async () => {
  // Inside the checkout, so that 'millrace' is found by projects that import it.
  mkdirSync(join(root, '.toolchain'), { recursive: true });
  const home = mkdtempSync(join(root, '.toolchain', 'guide-python-'));
  try {
    const folder = join(home, 'first');
    mkdirSync(folder);
    const env = commandsIn(join(home, 'commands'));
    await play(stepsOf(documentOf(FIRST)), folder, env);
    const clock = /^export MILLRACE_CLOCK=(\S+)$/m.exec(documentOf(FIRST))?.[1];
    hold(PAGE, await play(stepsOf(documentOf(PAGE)), folder, { ...env, MILLRACE_CLOCK: clock }));
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
});
