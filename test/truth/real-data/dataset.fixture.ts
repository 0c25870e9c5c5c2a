import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { kinds } from '../../../src/assets/index.ts';
import { checked, type Project, run } from '../../../src/graph/index.ts';
import type { Version } from '../../../src/store/state/index.ts';
import { root } from '../../house/tree.ts';
import { openBench } from '../line.fixture.ts';

// Sets of real data that lie beside the checkout, each with a README of facts that were counted by other means. What a contract
// finds is held to these facts.

const datasets = resolve(root, process.env['MILLRACE_DATASETS'] ?? '../shared/datasets');

/** Where a set lies, and why its tests are skipped where it does not. */
export function dataset(name: string): { readonly folder: string; readonly skip: string | false } {
  const folder = join(datasets, name);
  return { folder, skip: existsSync(folder) ? false : `no ../shared/datasets/${name}` };
}

/** What became of the rows of a dataset under its contract. */
export interface Verdict {
  /** Rows that are live. */
  readonly rows: number;
  /** Rows set aside, by the rules they broke, joined with ` + `. */
  readonly aside: Readonly<Record<string, number>>;
  /** What was observed by checks that failed. */
  readonly failed: Readonly<Record<string, string>>;
  /** The names of checks that held. */
  readonly held: readonly string[];
}

/** Checks and runs a project whole, and gives the verdict on each of its datasets. Everything must be published. */
export async function verdicts(declared: unknown): Promise<Record<string, Verdict>> {
  const bench = await openBench();
  const { state, lake, engine } = bench.workspace;
  try {
    const graph = await checked(declared as Project, kinds, engine);
    const result = await run(graph, kinds, bench.workspace);
    assert.deepEqual(
      result.steps
        .filter(({ outcome }) => outcome !== 'published')
        .map(({ step, problems, version }) => [
          step.asset,
          ...problems.map(({ message }) => message),
          ...(version ? state.checks(version.id).filter((c) => !c.passed && c.severity === 'block') : []),
        ]),
      [],
    );
    const session = await engine.session();
    const found: Record<string, Verdict> = {};
    for (const name of graph.nodes.keys()) {
      const live = state.live(name) as Version;
      const checks = state.checks(live.id);
      const quarantine = lake.table(`${name}__quarantine`);
      const aside = quarantine
        ? await session.rows<{ rules: string; n: number }>(
            `select _rules as rules, count(*) as n from ${session.scan(quarantine)} group by _rules order by _rules`,
          )
        : [];
      found[name] = {
        rows: live.rows as number,
        aside: Object.fromEntries(
          aside.map(({ rules, n }) => [(JSON.parse(rules) as string[]).join(' + '), n]),
        ),
        failed: Object.fromEntries(checks.filter((c) => !c.passed).map((c) => [c.name, c.observed])),
        held: checks.filter((c) => c.passed).map((c) => c.name),
      };
    }
    return found;
  } finally {
    await bench.close();
  }
}
