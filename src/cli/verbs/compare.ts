import colors from 'picocolors';
import {
  apartInWords,
  type Beside,
  type Comparison,
  compareModels,
  FEWEST_APART,
  type FigureName,
  type LearntFrom,
  type OnSameRows,
  saysNothing,
} from '../../assets/index.ts';
import { counted, formatInstant, type Json } from '../../base/index.ts';
import { DONE } from '../exit.ts';
import { openProject } from '../load-project.ts';
import { namedVersion } from '../named-version.ts';
import { count, plain, tabulate } from '../plain-text.ts';
import type { Terminal } from '../terminal.ts';
import type { VerbContext } from '../verb.ts';

/** Inputs whose importance is shown: the largest shifts. */
const SHOWN = 10;

/** `millrace compare <version> <version>` */
export async function compareVerb(
  { projectFile, terminal }: VerbContext,
  a: string,
  b: string,
): Promise<number> {
  const { graph, workspace } = await openProject(projectFile);
  try {
    const [one, other] = [a, b].map((named) => namedVersion(graph, workspace, named).version);
    const comparison = await compareModels(workspace, one as never, other as never);
    tell(comparison, terminal);
    terminal.result({ ok: true, ...comparison });
    return DONE;
  } finally {
    await workspace.close();
  }
}

function tell(comparison: Comparison, terminal: Terminal): void {
  const { a, b, figures, onSameRows, parameters, inputs, data, importance, environment } = comparison;
  const section = (
    title: string,
    rows: readonly (readonly string[])[],
    right: readonly number[],
    more: readonly string[] = [],
  ): void => {
    terminal.line();
    const head = [`  ${colors.bold(title)}`, a, b, ...more];
    for (const line of tabulate([head, ...rows], right)) terminal.line(line);
  };
  terminal.line(`${colors.bold(a)} beside ${colors.bold(b)}`);
  if ('why' in onSameRows) terminal.line(`\n  not judged on the same rows: ${plain(onSameRows.why)}`);
  else {
    const { rows, trainingSet, targets, apart, task } = onSameRows;
    const title = `on the ${counted(rows, 'row')} that judged ${b}`;
    section(title, differenceRows(onSameRows), [1, 2, 3, 4], ['difference', '95 % interval', `${b} is`]);
    terminal.line(`    of ${trainingSet}; ${agreed(onSameRows)}`);
    if (apart !== undefined && apart < FEWEST_APART)
      terminal.line(
        colors.dim(
          `    no intervals, so no verdicts: these rows are of ${apartInWords(apart, task)}, and ${FEWEST_APART} are wanted`,
        ),
      );
    if (targets !== undefined)
      terminal.line(
        `    ${a} learnt to tell ${plain(`${targets.a}`)}, and is judged here by ${plain(`${targets.b}`)}`,
      );
  }
  // Of one training set these are the figures above once more.
  if ('why' in onSameRows || data.a?.trainingSet !== data.b?.trainingSet)
    section('as each was judged', figureRows(figures), [1, 2, 3]);
  if (Object.values(figures.mape ?? {}).some((value) => saysNothing('mape', value)))
    terminal.line(colors.dim('    mape says nothing: there are targets of 0, or next to it'));
  const differs = Object.entries(parameters);
  if (differs.length > 0)
    section(
      'parameters',
      differs.map(([name, one]) => [`    ${plain(name)}`, jsonOf(one.a), jsonOf(one.b)]),
      [],
    );
  const changes = [
    ...inputs.added.map((name) => `+ ${name}`),
    ...inputs.removed.map((name) => `- ${name}`),
    ...inputs.changed.map((name) => `~ ${name}`),
  ];
  if (changes.length > 0) {
    terminal.line(`\n  ${colors.bold('inputs')}`);
    for (const change of changes) terminal.line(`    ${plain(change)}`);
  }
  section(data.same ? 'learnt from the same rows' : 'learnt from', dataRows(data), []);
  const shifted = importance.filter(({ shift }) => shift !== 0);
  if (shifted.length > 0)
    section(
      'importance',
      shifted
        .slice(0, SHOWN)
        .map((one) => [`    ${plain(one.input)}`, share(one.a), share(one.b), signed(100 * one.shift, 1)]),
      [1, 2, 3],
    );
  if (environment.length > 0) terminal.line(`\n  ${colors.bold('trained with')}`);
  for (const change of environment) terminal.line(`    ${plain(change)}`);
}

/** How far both agree, whatever is true. */
function agreed({ rows, agreement: { alike, apart, lists } }: OnSameRows): string {
  if (alike !== undefined) return `${count(alike)} decided alike, ${count(rows - alike)} not`;
  if (apart !== undefined) return `answers ${Number(apart.toPrecision(4))} apart on average`;
  if (lists === undefined || lists.rows === 0) return 'no list has two items';
  return `${count(lists.first)} of ${counted(lists.rows, 'list')} with the same first item, ${share(lists.topTen)} of the first ten places with the same items`;
}

/** An end of an interval. */
const end = (value: number): string => {
  const text = signed(value, 4);
  return text === '=' ? '0.0000' : text;
};

/** The figures of both, the difference with its 95 % interval, and what that says of the second. */
function differenceRows({ figures, differences }: OnSameRows): string[][] {
  const names = Object.keys(known(figures)) as FigureName[];
  return figureRows(figures).map((row, i) => {
    const name = names[i] as FigureName;
    const { interval, verdict, champion = null, challenger = null } = differences[name] ?? {};
    const empty = [champion, challenger].some((value) => saysNothing(name, value));
    if (verdict === undefined || empty) return row;
    const said = { better: colors.green, worse: colors.red, undecided: colors.dim }[verdict](verdict);
    const range = interval ? `${end(interval.low)} to ${end(interval.high)}` : '';
    return [...row, range, said];
  });
}

/** The figures that one of both has. */
const known = (figures: Comparison['figures']): Comparison['figures'] =>
  Object.fromEntries(Object.entries(figures).filter(([, { a, b }]) => a !== null || b !== null));

function figureRows(figures: Comparison['figures']): string[][] {
  return (Object.entries(known(figures)) as [FigureName, Beside<number>][]).map(([name, { a, b }]) => {
    // What says nothing is not shown: --json has it.
    const told = (value: number | null): value is number => value !== null && !saysNothing(name, value);
    const text = (value: number | null): string => (told(value) ? value.toFixed(4) : '–');
    return [`    ${name}`, text(a), text(b), told(a) && told(b) ? signed(b - a, 4) : ''];
  });
}

function dataRows({ a, b, differs }: Comparison['data']): string[][] {
  const row = (name: string, of: (one: LearntFrom) => string): string[] => [
    `    ${name}`,
    ...[a, b].map((one) => (one === null ? 'no longer there' : of(one))),
  ];
  const period = (part: string) => (one: LearntFrom) => {
    const { rows, from, to } = one.parts[part] as LearntFrom['parts'][string];
    return `${counted(rows, 'row')}, ${formatInstant(from).slice(0, 10)} to ${formatInstant(to).slice(0, 10)}`;
  };
  return [
    row('training set', (one) => one.trainingSet),
    row('as of', (one) => formatInstant(one.asOf)),
    ...['train', 'validation', 'test'].map((part) => row(part, period(part))),
    ...Object.entries(differs).map(([name, one]: [string, Beside<Json>]) => [
      `    ${plain(name)}`,
      jsonOf(one.a),
      jsonOf(one.b),
    ]),
  ];
}

const share = (value: number | null): string => (value === null ? '–' : `${(100 * value).toFixed(1)} %`);

/** A difference, with its sign; what rounds to nothing is shown as none. */
const signed = (value: number, digits: number): string => {
  const text = Math.abs(value).toFixed(digits);
  return Number(text) === 0 ? '=' : `${value > 0 ? '+' : '−'}${text}`;
};

const jsonOf = (value: Json): string =>
  plain(value === null ? '–' : typeof value === 'string' ? value : JSON.stringify(value));
