import colors from 'picocolors';
import {
  type AuditReport,
  audited,
  auditPrediction,
  type EndpointBody,
  type FeatureReport,
  type Mismatch,
  type PredictionAudit,
  reportOf,
  type Skew,
  samplePredictions,
  TODO,
} from '../../assets/index.ts';
import { formatInstant, MillraceError, nearest, type Problem, parseDuration } from '../../base/index.ts';
import type { Graph, Node, Workspace } from '../../graph/index.ts';
import { DONE, PROBLEMS, problemsOf } from '../exit.ts';
import { openProject } from '../load-project.ts';
import { maskAudit } from '../masked.ts';
import { count, plain, several, tabulate } from '../plain-text.ts';
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

interface EndpointAudit extends AuditReport {
  readonly endpoint: string;
  /** Predictions that could not be computed again at all. */
  readonly failed: readonly Problem[];
}

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
    const { endpoints, only } = named(graph, name);
    const from = workspace.clock.now() - age;
    const found: EndpointAudit[] = [];
    for (const endpoint of endpoints)
      found.push(await auditEndpoint(graph, workspace, endpoint, { from, sample, only }));
    for (const one of found) tell(one, since, terminal);
    if (found.length === 0) terminal.line('The project has no endpoint, so nothing was predicted.');
    const ok = found.every(
      ({ features, failed }) =>
        failed.length === 0 && features.every(({ knownThen }) => knownThen.equal === knownThen.compared),
    );
    terminal.result({ ok, endpoints: personal ? found : found.map((one) => maskAudit(graph, one)) });
    return ok ? DONE : PROBLEMS;
  } finally {
    await workspace.close();
  }
}

/** The endpoints that are meant, and the asset whose features are. @throws MILL_ASSET_UNKNOWN */
function named(graph: Graph, name: string | undefined): { endpoints: string[]; only: string | undefined } {
  const nodes = [...graph.nodes.values()];
  const endpoints = nodes.filter(({ kind }) => kind === 'endpoint');
  const all = endpoints.map((node) => node.name);
  if (name === undefined) return { endpoints: all, only: undefined };
  if (all.includes(name)) return { endpoints: [name], only: undefined };
  const features = nodes.filter(({ kind }) => ['features', 'request-features', 'through'].includes(kind));
  if (features.some((node) => node.name === name)) {
    const using = endpoints.filter((node) => uses(graph, node as Node<EndpointBody>, name));
    return { endpoints: using.map((node) => node.name), only: name };
  }
  const near = nearest(name, [...all, ...features.map((node) => node.name)]);
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

async function auditEndpoint(
  graph: Graph,
  workspace: Workspace,
  endpoint: string,
  {
    from,
    sample,
    only,
  }: { readonly from: number; readonly sample: number; readonly only: string | undefined },
): Promise<EndpointAudit> {
  const audits: PredictionAudit[] = [];
  const failed: Problem[] = [];
  for (const prediction of await samplePredictions(workspace, endpoint, { since: from, most: sample })) {
    try {
      const audit = await auditPrediction(graph, workspace, prediction);
      workspace.state.audits.put(audited(audit, workspace.clock.now()));
      audits.push(
        only === undefined
          ? audit
          : { ...audit, features: audit.features.filter(({ asset }) => asset === only) },
      );
    } catch (error) {
      if (!(error instanceof MillraceError)) throw error;
      failed.push(...problemsOf(error));
    }
  }
  return { endpoint, ...reportOf(audits), failed };
}

function tell(
  { endpoint, predictions, features, mismatches, failed }: EndpointAudit,
  since: string,
  terminal: Terminal,
): void {
  terminal.line(
    `${colors.bold(endpoint)}  ${several(predictions, 'prediction')} of the last ${since} computed again`,
  );
  for (const problem of failed.slice(0, SHOWN)) terminal.problem(problem);
  if (predictions === 0) return;
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
  for (const cause of causes) terminal.line(`  ${colors.bold(cause)}: ${TODO[cause]}`);
}

function tellMismatch(one: Mismatch, terminal: Terminal): void {
  const { prediction, asOf, asset, feature, served, replayed, now, beside, explanation } = one;
  const { cause, why, rows } = explanation;
  const other = beside === 'then' ? replayed : now;
  const mark = cause === 'bug' ? colors.red(cause) : colors.yellow(cause);
  terminal.line(
    `  ${mark}  ${asset}.${plain(feature)}  served ${show(served)}, ${beside === 'then' ? 'replayed' : 'now'} ${show(other)}  ${prediction}  ${formatInstant(asOf)}`,
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
    terminal.line(colors.dim(`    … and ${several(rows.length - SHOWN_ROWS, 'row')} more`));
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
