import assert from 'node:assert/strict';
import { existsSync, globSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { kinds, sourceVersionOf } from '../../src/assets/index.ts';
import { type ProposedSource, projectText, proposeSources } from '../../src/assets/source/propose/index.ts';
import { type Engine, openDuckDb } from '../../src/engine/index.ts';
import { checked, openWorkspace, type Project, run } from '../../src/graph/index.ts';
import type { Version } from '../../src/store/state/index.ts';
import { root } from '../house/tree.ts';

/** Where `millrace init --from` is tried. */
export interface InitBench {
  readonly home: string;
  proposed(folder: string, files: readonly string[]): Promise<ProposedSource[]>;
  /** Runs a statement, to make files. */
  sql(statement: string): Promise<void>;
  close(): Promise<void>;
}

export async function openInitBench(): Promise<InitBench> {
  const engine: Engine = await openDuckDb({});
  // Inside the checkout, so that 'millrace' means this package.
  mkdirSync(join(root, '.toolchain'), { recursive: true });
  const home = mkdtempSync(join(root, '.toolchain', 'init-'));
  return {
    home,
    async proposed(folder, files) {
      const session = await engine.session();
      try {
        return await proposeSources({ session, files, projectFolder: folder, now: 0 });
      } finally {
        session.close();
      }
    },
    async sql(statement) {
      const session = await engine.session();
      await session.run(statement).finally(() => session.close());
    },
    async close() {
      await engine.close();
      rmSync(home, { recursive: true, force: true });
    },
  };
}

/** Writes the project, checks it, runs it, and holds the proposal to what became live. */
export async function comesTrue(
  folder: string,
  sources: readonly ProposedSource[],
  text: string,
): Promise<void> {
  writeFileSync(join(folder, 'project.ts'), text);
  const module = (await import(pathToFileURL(join(folder, 'project.ts')).href)) as { default: Project };
  const workspace = await openWorkspace(folder, {});
  try {
    const graph = await checked(module.default, kinds, workspace.engine);
    const result = await run(graph, kinds, workspace);
    assert.deepEqual(
      result.steps.flatMap((step) => step.problems),
      [],
    );
    for (const source of sources) {
      const live = workspace.state.live(source.name) as Version;
      assert.deepEqual(
        [live.rows, sourceVersionOf(live).quarantined],
        [source.rows, source.aside],
        source.name,
      );
    }
  } finally {
    await workspace.close();
  }
}

const datasets = resolve(root, process.env['MILLRACE_DATASETS'] ?? '../shared/datasets');

/** A set of real files, by their glob, with the rows that its README counts: each must come in, and none be set aside. */
export function holdsFor(bench: () => InitBench, set: string, glob: string, rows: number): void {
  const folder = join(datasets, set);
  const skip = existsSync(folder) ? false : 'no ../shared/datasets';
  test(`${set}: every row comes in`, { skip }, async () => {
    const project = join(bench().home, set);
    mkdirSync(project, { recursive: true });
    const names = globSync(glob, { cwd: folder }).sort();
    const sources = await bench().proposed(
      project,
      names.map((path) => join(folder, basename(path))),
    );
    const sum = (of: (source: ProposedSource) => number) => sources.reduce((all, one) => all + of(one), 0);
    assert.deepEqual([sum((one) => one.rows), sum((one) => one.aside)], [rows, 0]);
    await comesTrue(project, sources, projectText(set, sources));
  });
}
