import colors from 'picocolors';
import {
  type Audit,
  type Auditable,
  type AuditReport,
  audit,
  audited,
  type EndpointBody,
  type FeatureReport,
  type Mismatch,
  REMEDIES,
  reportOf,
  type Skew,
  sampleLookUps,
  samplePredictions,
} from '../../assets/index.ts';
import {
  counted,
  formatInstant,
  MillraceError,
  nearest,
  type Problem,
  parseDuration,
} from '../../base/index.ts';
import type { Graph, Node, Workspace } from '../../graph/index.ts';
import { DONE, PROBLEMS, problemsOf } from '../exit.ts';
import { openProject } from '../load-project.ts';
import { maskAudit } from '../masked.ts';
import { count, plain, tabulate } from '../plain-text.ts';
import type { Terminal } from '../terminal.ts';
import type { VerbContext } from '../verb.ts';

export interface AuditOptions {
  readonly since: string;
  readonly sample: number;
  readonly personal?: boolean;
}

/** Differences shown on the screen; the document has all. */
const SHOWN = 10;
/** Rows shown of each. */
const SHOWN_ROWS = 5;

/** What was found of one endpoint's predictions, or of the look-ups of features themselves. */
interface Found extends AuditReport {
  /** Who was asked. */
  readonly asked: string;
  readonly of: 'predictions' | 'look-ups';
  /** Answers that could not be computed again at all. */
  readonly failed: readonly Problem[];
}

/** What is audited, and whose answers. */
type Subject = Pick<Found, 'asked' | 'of'>;

/** `millrace audit features [name]`: exit code 1 when a feature was served otherwise than it is replayed. */
export async function auditVerb(
  { projectFile, terminal }: VerbContext,
  _what: string,
  name: string | undefined,
  { since, sample, personal }: AuditOptions,
): Promise<number> {
  const age = parseDuration(since);
  const { graph, workspace } = await openProject(projectFile);
  try {
    const { subjects, only } = named(graph, name);
    const chosen = { since: workspace.clock.now() - age, most: sample };
    const found: Found[] = [];
    for (const subject of subjects) {
      const answers =
        subject.of === 'predictions'
          ? await samplePredictions(workspace, subject.asked, chosen)
          : sampleLookUps(workspace, subject.asked, chosen);
      // Most features are asked for by endpoints alone.
      if (answers.length > 0 || subject.of === 'predictions' || subjects.length === 1)
        found.push(await auditAll(graph, workspace, subject, answers, only));
    }
    for (const one of found) tell(one, since, terminal);
    if (found.length === 0)
      terminal.line('The project has no endpoint, and no features were looked up: nothing was answered.');
    const ok = found.every(
      ({ features, failed }) =>
        failed.length === 0 && features.every(({ knownThen }) => knownThen.equal === knownThen.compared),
    );
    terminal.result({ ok, audits: personal ? found : found.map((one) => maskAudit(graph, one)) });
    return ok ? DONE : PROBLEMS;
  } finally {
    await workspace.close();
  }
}

/** Whose answers are meant, and the asset whose features are. @throws MILL_ASSET_UNKNOWN */
function named(graph: Graph, name: string | undefined): { subjects: Subject[]; only: string | undefined } {
  const nodes = [...graph.nodes.values()];
  const of = (kind: string): string[] => nodes.filter((node) => node.kind === kind).map((node) => node.name);
  const predictions = (asked: string): Subject => ({ asked, of: 'predictions' });
  const lookUps = (asked: string): Subject => ({ asked, of: 'look-ups' });
  const [endpoints, features] = [of('endpoint'), of('features')];
  if (name === undefined)
    return { subjects: [...endpoints.map(predictions), ...features.map(lookUps)], only: undefined };
  if (endpoints.includes(name)) return { subjects: [predictions(name)], only: undefined };
  const all = [...features, ...of('request-features'), ...of('through')];
  if (all.includes(name)) {
    const using = endpoints.filter((one) => uses(graph, graph.nodes.get(one) as Node<EndpointBody>, name));
    const own = features.includes(name) ? [lookUps(name)] : [];
    return { subjects: [...using.map(predictions), ...own], only: name };
  }
  const near = nearest(name, [...endpoints, ...all]);
  throw new MillraceError({
    code: 'MILL_ASSET_UNKNOWN',
    message: `Project '${graph.name}' has no endpoint and no features '${name.slice(0, 100)}'${near === undefined ? '' : `; it has '${near}'`}.`,
    todo: 'Name one that `millrace show` lists.',
    owner: 'project',
  });
}

function uses(graph: Graph, endpoint: Node<EndpointBody>, name: string): boolean {
  const seen = new Set<string>();
  const reaches = (at: string): boolean => {
    if (at === name) return true;
    if (seen.has(at)) return false;
    seen.add(at);
    return (graph.nodes.get(at)?.inputs ?? []).some(reaches);
  };
  return reaches(endpoint.body.model);
}

async function auditAll(
  graph: Graph,
  workspace: Workspace,
  subject: Subject,
  answers: readonly Auditable[],
  only: string | undefined,
): Promise<Found> {
  const audits: Audit[] = [];
  const failed: Problem[] = [];
  for (const answer of answers) {
    try {
      const one = await audit(graph, workspace, answer);
      workspace.state.audits.put(audited(one, workspace.clock.now()));
      const features = one.features.filter(({ asset }) => only === undefined || asset === only);
      audits.push({ ...one, features });
    } catch (error) {
      if (!(error instanceof MillraceError)) throw error;
      failed.push(...problemsOf(error));
    }
  }
  return { ...subject, ...reportOf(audits), failed };
}

function tell(
  { asked, of, answers, features, mismatches, failed }: Found,
  since: string,
  terminal: Terminal,
): void {
  const noun = of === 'predictions' ? 'prediction' : 'look-up';
  terminal.line(`${colors.bold(asked)}  ${counted(answers, noun)} of the last ${since} computed again`);
  for (const problem of failed.slice(0, SHOWN)) terminal.problem(problem);
  if (answers === 0) return;
  terminal.line();
  const rows = features.map(({ asset, feature, knownThen, knownNow }: FeatureReport) => [
    `  ${asset}.${plain(feature)}`,
    rateOf(knownThen),
    causesOf(knownThen),
    rateOf(knownNow),
    causesOf(knownNow),
  ]);
  const title = ['  feature', 'as known then', '', 'as known now', ''];
  for (const line of tabulate([title, ...rows], [1, 3])) terminal.line(line);
  terminal.line();
  if (mismatches.length === 0) {
    terminal.line('  Every value was served as it is computed again, to the last bit.');
    return;
  }
  for (const mismatch of mismatches.slice(0, SHOWN)) tellMismatch(mismatch, terminal);
  if (mismatches.length > SHOWN)
    terminal.line(colors.dim(`  … and ${count(mismatches.length - SHOWN)} more (--json has all)`));
  const causes = [...new Set(mismatches.map(({ explanation }) => explanation.cause))];
  terminal.line();
  for (const cause of causes) terminal.line(`  ${colors.bold(cause)}: ${REMEDIES[cause]}`);
}

function tellMismatch(one: Mismatch, terminal: Terminal): void {
  const { answer, asOf, asset, feature, served, replayed, now, beside, explanation } = one;
  const { cause, why, rows } = explanation;
  const other = beside === 'then' ? replayed : now;
  const mark = cause === 'bug' ? colors.red(cause) : colors.yellow(cause);
  terminal.line(
    `  ${mark}  ${asset}.${plain(feature)}  served ${show(served)}, ${beside === 'then' ? 'replayed' : 'now'} ${show(other)}  ${answer}  ${formatInstant(asOf)}`,
  );
  terminal.line(`    ${plain(why)}`);
  for (const { dataset, rowId, load, position, arrivedAt } of rows.slice(0, SHOWN_ROWS)) {
    const where =
      position === null ? `row ${rowId}` : `record ${position.index} of ${plain(position.stream)} in the log`;
    const by = load === null ? '' : `, load ${load}`;
    const when = arrivedAt === null ? '' : `, in since ${formatInstant(arrivedAt)}`;
    terminal.line(colors.dim(`    ${dataset} ${where}${by}${when}`));
  }
  if (rows.length > SHOWN_ROWS)
    terminal.line(colors.dim(`    … and ${counted(rows.length - SHOWN_ROWS, 'row')} more`));
}

/** A share that is less than whole is never shown as whole. */
function rateOf({ compared, equal }: Skew): string {
  if (compared === 0) return '–';
  const percent = equal === compared ? '100' : Math.min(99.99, (100 * equal) / compared).toFixed(2);
  return `${count(equal)}/${count(compared)} ${percent} %`;
}

const causesOf = ({ causes }: Skew): string =>
  Object.entries(causes)
    .map(([cause, n]) => `${count(n as number)} ${cause}`)
    .join(', ');

const show = (value: unknown): string =>
  value === null || value === undefined
    ? '–'
    : plain(typeof value === 'string' ? value : JSON.stringify(value));
