// Does what the guide says, page by page, and compares what is printed with what it shows.
// UPDATE_DOCS=1 writes what is printed into the pages; read the difference before you commit it.
import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { root } from '../house/tree.ts';
import { block, documentOf, hold, type Shown } from './golden.ts';
import { askAll } from './http.ts';
import { stepsOf } from './page.ts';
import { commandsIn, play, startServer } from './play.ts';
import { plainForm } from './spec.ts';

const FIRST = 'docs/guide/01-first-project.md';
/** Each goes on from where the first page ends. */
const LATER = [
  'docs/guide/02-features.md',
  'docs/guide/03-contracts.md',
  'docs/guide/04-versions.md',
  'docs/guide/05-the-lake-kept.md',
  'docs/guide/06-ways-in.md',
  'docs/guide/07-plan-and-impact.md',
  'docs/guide/08-init.md',
  'docs/guide/09-streaming.md',
  'docs/guide/12-tables.md',
  'docs/guide/17-trainers.md',
  'docs/guide/13-training-sets.md',
  'docs/guide/15-every-feature.md',
  'docs/guide/19-registry.md',
  'docs/guide/20-batch.md',
  'docs/guide/16-mlflow.md',
  'docs/guide/24-search.md',
  'docs/guide/22-recommendations.md',
  'docs/guide/11-openlineage.md',
  'docs/guide/10-running.md',
  'docs/guide/14-audit.md',
  'docs/guide/21-judging.md',
  'docs/guide/25-own-trainer.md',
];
const clock = /^export MILLRACE_CLOCK=(\S+)$/m.exec(documentOf(FIRST))?.[1] ?? '';
const skip = process.platform === 'win32' && 'the pages are written for a POSIX shell';

describe('the guide', { skip, concurrency: 2 }, () => {
  // Inside the checkout, so that 'millrace' is found by projects that import it.
  mkdirSync(join(root, '.toolchain'), { recursive: true });
  const home = mkdtempSync(join(root, '.toolchain', 'guide-'));
  const first = join(home, 'first');
  const env = commandsIn(join(home, 'commands'));
  let differences: readonly Shown[] = [];

  before(async () => {
    mkdirSync(first);
    differences = await play(stepsOf(documentOf(FIRST)), first, env);
  });
  after(() => rmSync(home, { recursive: true, force: true }));

  /** The first page's project, in a folder of its own. */
  function another(name: string): string {
    const folder = join(home, name);
    cpSync(first, folder, { recursive: true });
    return folder;
  }

  test(FIRST, () => hold(FIRST, differences));
  for (const page of LATER)
    test(page, async () => {
      const folder = another(page.replaceAll('/', '-'));
      hold(page, await play(stepsOf(documentOf(page)), folder, { ...env, MILLRACE_CLOCK: clock }));
    });
  test('docs/reference/http.md', async () => {
    const server = await startServer(another('http'), { ...env, MILLRACE_CLOCK: clock });
    try {
      hold('docs/reference/http.md', await askAll(documentOf('docs/reference/http.md'), server.url));
    } finally {
      await server.stop();
    }
  });
  test('docs/reference/spec.md', async () => {
    const form = await plainForm(join(another('spec'), 'project.ts'));
    hold('docs/reference/spec.md', block('docs/reference/spec.md', 'json spec', form));
  });
});
