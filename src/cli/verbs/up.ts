import {
  brokenRules,
  kinds,
  leadingOf,
  type ModelBody,
  modelVersionOf,
  type Trace,
  type TrainingSetBody,
  tracePrediction,
} from '../../assets/index.ts';
import { type Json, quoteName } from '../../base/index.ts';
import {
  type Graph,
  type Node,
  run,
  type Workspace,
  walkSchedules,
  watchTroubles,
} from '../../graph/index.ts';
import { createServer, endpointsOf, type ServedEndpoint } from '../../server/index.ts';
import type { TableState } from '../../store/lake/index.ts';
import { DONE, problemsOf } from '../exit.ts';
import { openProject } from '../load-project.ts';
import { maskTrace } from '../masked.ts';
import { describePlan, tellRun } from '../progress.ts';
import { STOPPED, stopSignal } from '../signals.ts';
import { type AssetSummary, type Summary, tellSummary } from '../summary.ts';
import type { VerbContext } from '../verb.ts';
import { exitCodeOfRun } from './run.ts';
import { type ListenOptions, serveUntilStopped, tryPort } from './serve.ts';

/** `millrace up`: run, show what came of it with one prediction and its trace, then serve. */
export async function upVerb(
  context: VerbContext,
  options: ListenOptions & { once?: boolean },
): Promise<number> {
  const { projectFile, terminal } = context;
  const started = performance.now();
  if (!options.once) await tryPort(options);
  const { graph, workspace } = await openProject(projectFile);
  let underWay = true;
  try {
    const stopping = stopSignal(context.untilStopped, (text) => {
      if (underWay) terminal.aside(text);
    });
    const result = await run(graph, kinds, workspace, { stopping, onEvent: tellRun(terminal) });
    underWay = false;
    if (stopping.aborted) return result.ok ? DONE : STOPPED;
    if (result.plan.steps.length === 0) for (const line of describePlan(result.plan)) terminal.line(line);
    const asked = await askOnce(graph, workspace);
    const summary = await summaryOf(graph, workspace, asked, (performance.now() - started) / 1000);
    tellSummary(terminal, summary, result, asked?.trace, projectFile);
    const scheduled = (graph.running?.schedules.length ?? 0) > 0;
    if (options.once || !(scheduled || serves(graph, workspace))) {
      terminal.result(summary);
      return exitCodeOfRun(result);
    }
    terminal.line();
    await serveAndWalk(graph, workspace, options, context, stopping, (address) =>
      terminal.result({ ...summary, address }),
    );
    return DONE;
  } finally {
    await workspace.close();
  }
}

/** Serves, and runs what is due, until it is told to stop. Runs under way are ended after the steps they are at. */
async function serveAndWalk(
  graph: Graph,
  workspace: Workspace,
  options: ListenOptions,
  { projectFile, terminal }: VerbContext,
  stopping: AbortSignal,
  onListening: (address: string) => void,
): Promise<void> {
  const failed = new AbortController();
  const onEvent = tellRun(terminal);
  const ending = AbortSignal.any([stopping, failed.signal]);
  const watching = watchTroubles(graph, kinds, workspace, { stopping: ending, onEvent });
  const walking = walkSchedules(graph, kinds, workspace, {
    stopping: ending,
    run: { onEvent },
    onError: (error) => {
      for (const problem of problemsOf(error)) terminal.problem(problem);
    },
  });
  const untilStopped = (): Promise<void> =>
    new Promise((resolve) => {
      if (stopping.aborted) resolve();
      stopping.addEventListener('abort', () => resolve());
    });
  try {
    await serveUntilStopped(graph, workspace, options, { projectFile, terminal, untilStopped }, onListening);
  } finally {
    failed.abort();
    await Promise.all([walking, watching]);
  }
}

const serves = (graph: Graph, { state }: Workspace): boolean =>
  endpointsOf(graph).some(({ name }) => state.live(name) !== undefined);

interface Asked {
  readonly endpoint: string;
  readonly answer: Record<string, Json>;
  readonly trace: Trace;
}

/** Asks the first live endpoint about the newest labelled row, over the same path as HTTP, and traces the answer. */
async function askOnce(graph: Graph, workspace: Workspace): Promise<Asked | undefined> {
  const endpoint = endpointsOf(graph).find(({ name }) => workspace.state.live(name) !== undefined);
  if (endpoint === undefined) return undefined;
  const question = await newestQuestion(graph, workspace, endpoint);
  if (question === undefined) return undefined;
  const app = await createServer(graph, workspace);
  try {
    // Loads the model, so that the answer takes as long as callers see it take.
    await app.inject('/readyz');
    const url = `/v1/predict/${endpoint.name}`;
    const answer = (await app.inject({ method: 'POST', url, payload: question })).json<
      Record<string, Json>
    >();
    const { id } = answer;
    if (typeof id !== 'string') return undefined;
    const trace = maskTrace(graph, await tracePrediction(graph, workspace, id));
    return { endpoint: endpoint.name, answer, trace };
  } finally {
    await app.close();
  }
}

/** Keys and request fields of the newest row among the labels. */
async function newestQuestion(
  graph: Graph,
  { state, lake, engine }: Workspace,
  { name, plan }: ServedEndpoint,
): Promise<Record<string, Json> | undefined> {
  const node = graph.nodes.get(name) as Node<{ model: string }>;
  const { trainingSet } = (graph.nodes.get(node.body.model) as Node<ModelBody>).body;
  const { labels } = (graph.nodes.get(trainingSet) as Node<TrainingSetBody>).body;
  const version = state.live(labels.from);
  if (version === undefined) return undefined;
  const session = await engine.session();
  try {
    const scan = session.scan(lake.table(labels.from, version.snapshot) as TableState);
    // A key that is a field of the request too is asked once, as the field: two columns of one name would come back as two.
    const asFields = new Set(plan.requestColumns.map((column) => column.name));
    const keys = plan.keys
      .filter((key) => !asFields.has(key))
      .map((key) => `${quoteName(key)}::VARCHAR as ${quoteName(key)}`);
    const fields = plan.requestColumns.map((column) => quoteName(column.name));
    const filled = plan.keys.map((key) => ` and ${quoteName(key)} is not null`).join('');
    const [row] = await session.rows<Record<string, Json | Date>>(
      `select ${[...keys, ...fields].join(', ')} from ${scan} where ${quoteName(labels.at)} is not null${filled}
       order by ${quoteName(labels.at)} desc limit 1`,
    );
    return row && (JSON.parse(JSON.stringify(row)) as Record<string, Json>);
  } finally {
    session.close();
  }
}

async function summaryOf(
  graph: Graph,
  workspace: Workspace,
  asked: Asked | undefined,
  seconds: number,
): Promise<Summary> {
  const { state } = workspace;
  let quarantined = 0;
  const broken: Record<string, Readonly<Record<string, number>>> = {};
  const assets: AssetSummary[] = [];
  for (const node of graph.nodes.values()) {
    const live = state.live(node.name);
    const checks = live ? state.checks(live.id) : [];
    const failed = checks.filter((check) => !check.passed);
    const warned = failed.filter((check) => check.severity === 'warn').length;
    assets.push({
      name: node.name,
      kind: node.kind,
      version: live?.id ?? null,
      rows: live?.rows ?? null,
      checks: { passed: checks.length - failed.length, failed: failed.length, warned },
    });
    if (live === undefined) continue;
    const aside = await brokenRules(workspace, live);
    quarantined += aside.rows;
    if (aside.rows > 0) broken[node.name] = aside.byRule;
  }
  return {
    project: graph.name,
    seconds: Math.round(seconds * 100) / 100,
    assets,
    quarantined,
    broken,
    model: modelSummary(graph, state, asked?.trace.model),
    prediction: asked ? predictionSummary(asked) : null,
    trace: asked ? traceSummary(asked.trace) : null,
  };
}

/** The model that has answered; without an answer, the first that is live. */
function modelSummary(
  graph: Graph,
  state: Workspace['state'],
  answered: string | undefined,
): Summary['model'] {
  const models = [...graph.nodes.values()].filter(({ kind }) => kind === 'model');
  const told =
    answered === undefined
      ? models.map(({ name }) => state.live(name)).find((live) => live !== undefined)
      : state.version(answered);
  if (told === undefined) return null;
  const { trainer, evaluation, threshold, report } = modelVersionOf(told);
  const common = { name: told.asset, version: told.id, trainer: trainer.trainer, report };
  const figures = leadingOf(evaluation).map((name) => [name, evaluation.figures[name] ?? null]);
  return { ...common, ...Object.fromEntries(figures), ...(threshold === null ? {} : { threshold }) };
}

function predictionSummary({ endpoint, answer, trace }: Asked): Summary['prediction'] {
  const { id, asOf: _, ...rest } = answer;
  return {
    id: id as string,
    endpoint,
    ...rest,
    latencyMs: Math.round(trace.prediction.latencyMs * 100) / 100,
  };
}

function traceSummary({ features, sourceRowCount, loads }: Trace): Summary['trace'] {
  return {
    features: features.map(({ name, served, recomputed, equal }) => ({ name, served, recomputed, equal })),
    sourceRows: sourceRowCount,
    loads: loads.length,
  };
}
