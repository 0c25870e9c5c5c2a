import { readdirSync, statSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import colors from 'picocolors';
import { kinds, runUnitTest, type UnitTest, type UnitTestResult } from '../../assets/index.ts';
import { counted, MillraceError, messageOf, type Problem } from '../../base/index.ts';
import { type Engine, openDuckDb } from '../../engine/index.ts';
import { checked, type Graph } from '../../graph/index.ts';
import { DONE, PROBLEMS, problemsOf } from '../exit.ts';
import { fromHere } from '../from-here.ts';
import { importProject } from '../load-project.ts';
import { plain } from '../plain-text.ts';
import type { VerbContext } from '../verb.ts';

interface Outcome extends Partial<UnitTestResult> {
  readonly name: string;
  readonly table: string;
  readonly passed: boolean;
  readonly problems: readonly Problem[];
}

/** `millrace test [table…]`: the unit tests of tables. Opens an engine and no store. */
export async function testVerb({ projectFile, terminal }: VerbContext, tables: string[]): Promise<number> {
  const { project, folder } = await importProject(projectFile);
  const engine = await openDuckDb();
  try {
    const graph = await checked(project, kinds, engine);
    const all = await testsOf(folder);
    const chosen = all.filter(({ table }) => tables.length === 0 || tables.includes(table));
    if (chosen.length === 0) throw noTests(folder, tables);
    const outcomes: Outcome[] = [];
    for (const test of chosen) {
      const outcome = await outcomeOf(engine, graph, test);
      outcomes.push(outcome);
      const mark = outcome.passed ? colors.green('✓') : colors.red('✗');
      terminal.line(`${mark} ${plain(test.table)}: ${plain(test.name)}`);
      if (outcome.passed) continue;
      for (const row of outcome.missing ?? []) terminal.line(`    ${colors.red('- expected')} ${plain(row)}`);
      for (const row of outcome.unexpected ?? [])
        terminal.line(`    ${colors.green('+ came    ')} ${plain(row)}`);
      if ((outcome.setAside ?? []).length !== test.setAside)
        terminal.line(
          `    ${counted(outcome.setAside?.length ?? 0, 'row')} set aside, ${test.setAside} expected`,
        );
      for (const row of outcome.setAside ?? [])
        terminal.line(`    ${colors.yellow('! set aside')} ${plain(row)}`);
      for (const problem of outcome.problems) terminal.problem(fromHere(problem));
    }
    const failed = outcomes.filter(({ passed }) => !passed).length;
    terminal.line(`${counted(outcomes.length - failed, 'test')} passed, ${failed} failed`);
    terminal.result({ ok: failed === 0, tests: outcomes });
    return failed === 0 ? DONE : PROBLEMS;
  } finally {
    await engine.close();
  }
}

async function outcomeOf(engine: Engine, graph: Graph, test: UnitTest): Promise<Outcome> {
  const { name, table } = test;
  const session = await engine.session();
  try {
    return { name, table, ...(await runUnitTest(session, graph, test)), problems: [] };
  } catch (error) {
    const problems = problemsOf(error).map((problem) => ({ asset: table, place: test.place, ...problem }));
    return { name, table, passed: false, problems };
  } finally {
    session.close();
  }
}

/** Where tests lie: `tests.ts` beside the project, and every `.ts` file below `tests/`. Each exports a list of them by default. */
async function testsOf(folder: string): Promise<UnitTest[]> {
  const single = join(folder, 'tests.ts');
  const below = join(folder, 'tests');
  const isFile = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
  const files = [
    ...(isFile(single) ? [single] : []),
    ...(statSync(below, { throwIfNoEntry: false })?.isDirectory()
      ? readdirSync(below, { recursive: true, encoding: 'utf8' })
          .filter((file) => file.endsWith('.ts') && !basename(file).startsWith('.'))
          .sort()
          .map((file) => join(below, file))
          .filter(isFile)
      : []),
  ];
  const found: UnitTest[] = [];
  for (const file of files) found.push(...(await importTests(file, relative(folder, file))));
  return found;
}

async function importTests(file: string, name: string): Promise<readonly UnitTest[]> {
  const invalid = (what: string, cause?: unknown): MillraceError =>
    new MillraceError(
      {
        code: 'MILL_TEST_INVALID',
        message: `${name} ${what}.`,
        todo: 'Let it `export default [unitTest(…), …]`.',
        owner: 'project',
      },
      { cause },
    );
  let loaded: { default?: unknown };
  try {
    loaded = (await import(pathToFileURL(file).href)) as { default?: unknown };
  } catch (error) {
    if (error instanceof MillraceError) throw error;
    throw invalid(`cannot be imported: ${messageOf(error).replace(/\.$/, '')}`, error);
  }
  const isTest = (value: unknown): value is UnitTest =>
    value !== null && typeof value === 'object' && 'given' in value && 'expect' in value && 'table' in value;
  if (!Array.isArray(loaded.default) || !loaded.default.every(isTest))
    throw invalid('exports no list of unit tests');
  return loaded.default;
}

function noTests(folder: string, tables: readonly string[]): MillraceError {
  return new MillraceError({
    code: 'MILL_TEST_NONE',
    message:
      tables.length === 0
        ? `There is no unit test in ${folder}.`
        : `There is no unit test of ${tables.join(', ')} in ${folder}.`,
    todo: 'Write some into tests.ts, or files below tests/: `export default [unitTest(…)]`.',
    owner: 'project',
  });
}
