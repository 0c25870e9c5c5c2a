import colors from 'picocolors';
import { FIGURES, type FigureName, type Trace } from '../assets/index.ts';
import type { Json } from '../base/index.ts';
import { counted } from '../base/index.ts';
import type { RunResult } from '../graph/index.ts';
import { count, plain, tabulate } from './plain-text.ts';
import { verdict } from './progress.ts';
import type { Terminal } from './terminal.ts';
import { tellTrace } from './verbs/trace.ts';

export interface AssetSummary {
  readonly name: string;
  readonly kind: string;
  readonly version: string | null;
  readonly rows: number | null;
  /** Of the failed ones, `warned` stop nothing. */
  readonly checks: { readonly passed: number; readonly failed: number; readonly warned: number };
}

/** What `up` says at the end; with `--json` the last line. */
export interface Summary {
  readonly project: string;
  readonly seconds: number;
  readonly assets: readonly AssetSummary[];
  /** Rows set aside, of all live datasets. */
  readonly quarantined: number;
  /** By dataset: rows set aside that break each rule; a row can break several. */
  readonly broken: Readonly<Record<string, Readonly<Record<string, number>>>>;
  readonly model: Readonly<Record<string, Json>> | null;
  readonly prediction:
    | (Readonly<Record<string, Json>> & { readonly id: string; readonly endpoint: string })
    | null;
  readonly trace: {
    readonly features: readonly { name: string; served: Json; recomputed: Json; equal: boolean }[];
    /** Number of rows the windows saw. */
    readonly sourceRows: number;
    /** Number of files that brought them. */
    readonly loads: number;
  } | null;
}

/** The closing summary for people. */
export function tellSummary(
  terminal: Terminal,
  summary: Summary,
  result: RunResult,
  trace: Trace | undefined,
  projectFile: string,
): void {
  const { assets, quarantined, broken, model, prediction } = summary;
  const heading = (text: string): void => terminal.line(`\n${colors.bold(text)}`);
  heading(`${summary.project}: ${result.ok ? 'what is live' : 'not everything could be published'}`);
  const rows = assets.map(({ name, kind, version, rows, checks }) => [
    `  ${name}`,
    kind,
    version ?? 'not live',
    rows === null ? '' : count(rows),
    verdict([
      ...Array.from({ length: checks.passed }, () => ({ passed: true, severity: 'warn' as const })),
      ...Array.from({ length: checks.warned }, () => ({ passed: false, severity: 'warn' as const })),
      ...Array.from({ length: checks.failed - checks.warned }, () => ({
        passed: false,
        severity: 'block' as const,
      })),
    ]),
  ]);
  for (const line of tabulate(rows, [3])) terminal.line(line);
  if (quarantined > 0) {
    heading(`${counted(quarantined, 'row')} set aside, whole and with the reason`);
    const rows = Object.entries(broken).flatMap(([dataset, rules]) =>
      Object.entries(rules).map(([rule, n]) => [`  ${dataset}`, plain(rule), count(n)]),
    );
    for (const line of tabulate(rows, [2])) terminal.line(line);
  }
  if (model) {
    heading(`${model['version']} by ${model['trainer']}, judged on the newest labelled time`);
    const { name: _, version: __, trainer: ___, report: ____, ...figures } = model;
    for (const line of tabulate(
      Object.entries(figures).map(([figure, value]) => [
        `  ${nameOf(figure)}`,
        typeof value === 'number' ? value.toFixed(4) : '–',
      ]),
      [1],
    ))
      terminal.line(line);
  }
  if (prediction && trace) {
    heading(`One prediction of ${prediction.endpoint}, and where it comes from`);
    tellTrace(trace, terminal, { rows: 3, width: terminal.width });
  }
  heading('Next');
  const project =
    projectFile === 'project.ts'
      ? ''
      : ` --project ${/^[\w./-]+$/.test(projectFile) ? projectFile : JSON.stringify(projectFile)}`;
  const next = [
    ...(prediction ? [[`npx millrace${project} trace ${prediction.id}`, 'the whole trace']] : []),
    [`npx millrace${project} show ${model?.['name'] ?? ''}`.trimEnd(), 'versions and their checks'],
    ...(model ? [[`npx millrace${project} card ${model['name']}`, 'how good it is, and for whom']] : []),
    [`npx millrace${project} plan`, 'what an edit of the project would rebuild'],
  ];
  for (const line of tabulate(next.map((cells) => [`  ${cells[0]}`, cells[1] as string])))
    terminal.line(line);
  terminal.line(colors.dim(`\n${summary.seconds.toFixed(1)} s`));
}

/** Figures as people know them. */
const nameOf = (figure: string): string =>
  figure === 'threshold' ? 'decides true from' : (FIGURES[figure as FigureName]?.label ?? figure);
