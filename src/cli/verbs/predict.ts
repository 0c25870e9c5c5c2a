import { MillraceError, messageOf, nearest } from '../../base/index.ts';
import { createServer, endpointsOf } from '../../server/index.ts';
import { DONE, problemsOf } from '../exit.ts';
import { openProject } from '../load-project.ts';
import { plain, tabulate } from '../plain-text.ts';
import type { Terminal } from '../terminal.ts';
import type { VerbContext } from '../verb.ts';
import { type PredictBatchOptions, predictBatch } from './predict-batch.ts';

/** `millrace predict <endpoint> <question>`: the same path as over HTTP, without a port. With `--batch` a table is scored instead. */
export async function predictVerb(
  context: VerbContext,
  endpoint: string,
  question: string | undefined,
  { explain = false, ...options }: Partial<PredictBatchOptions> & { readonly explain?: boolean } = {},
): Promise<number> {
  const { projectFile, terminal } = context;
  const { batch } = options;
  if (batch !== undefined && question === undefined)
    return predictBatch(context, endpoint, { ...options, batch });
  if (batch !== undefined || question === undefined) throw oneOfTwo();
  checkObject(question);
  const { graph, workspace } = await openProject(projectFile);
  try {
    const known = endpointsOf(graph).map(({ name }) => name);
    if (!known.includes(endpoint)) throw unknownEndpoint(graph.name, endpoint, known);
    const bugs: unknown[] = [];
    const app = await createServer(graph, workspace, { onError: (error) => bugs.push(error) });
    try {
      const url = `/v1/predict/${endpoint}${explain ? '?explain=true' : ''}`;
      // As it was written: read and written again, a number past the range would be null.
      const headers = { 'content-type': 'application/json' };
      const response = await app.inject({ method: 'POST', url, payload: question, headers });
      const answer = response.json<Record<string, unknown>>();
      if (response.statusCode !== 200) throw refused(answer, response.statusCode, bugs);
      tellAnswer(answer, terminal);
      terminal.result(answer);
      return DONE;
    } finally {
      await app.close();
    }
  } finally {
    await workspace.close();
  }
}

/** An answer field by field; of a list its items, of why what each input adds, one a line. */
function tellAnswer(answer: Record<string, unknown>, terminal: Terminal): void {
  const { ranked, attribution, ...fields } = answer as {
    readonly ranked?: readonly Record<string, unknown>[];
    readonly attribution?: { base: number; score: number; shares: Record<string, number> };
  };
  const rows = Object.entries(fields).map(([name, value]) => [name, text(value)]);
  for (const line of tabulate(rows)) terminal.line(line);
  if (ranked !== undefined) tellRanked(ranked, terminal);
  if (attribution === undefined) return;
  const { base, score, shares } = attribution;
  terminal.line('\nwhy, in the raw score');
  const why = [['nothing known', base], ...Object.entries(shares), ['together', score]] as [string, number][];
  for (const line of tabulate(
    why.map(([name, share]) => [`  ${plain(name)}`, share.toFixed(4)]),
    [1],
  ))
    terminal.line(line);
}

/** A list, best first. Scores order it and are nothing by themselves: four digits are enough. */
function tellRanked(ranked: readonly Record<string, unknown>[], terminal: Terminal): void {
  const rows = ranked.map((item, i) => [
    `  ${i + 1}`,
    ...Object.values(item).map((value) => (typeof value === 'number' ? value.toPrecision(4) : text(value))),
  ]);
  const head = ['', ...Object.keys(ranked[0] ?? {}).map((name) => plain(name))];
  for (const line of tabulate(rows.length === 0 ? [] : [head, ...rows], [0, 2])) terminal.line(line);
}

const text = (value: unknown): string =>
  plain(Array.isArray(value) ? value.map(String).join(', ') : String(value));

/** What the server refused with, as a caller is told it; behind an error inside, the details that no caller is told. */
function refused(answer: Record<string, unknown>, status: number, bugs: readonly unknown[]): MillraceError {
  if (bugs.length > 0) return new MillraceError(problemsOf(bugs[0]));
  return new MillraceError({
    code: answer['code'] as `MILL_${string}`,
    message: String(answer['message']),
    todo: String(answer['todo']),
    owner: status >= 500 && answer['code'] !== 'MILL_ENDPOINT_NOT_LIVE' ? 'service' : 'project',
  });
}

function unknownEndpoint(project: string, endpoint: string, known: readonly string[]): MillraceError {
  const near = nearest(endpoint, known);
  const there = near ?? known.join(', ');
  return new MillraceError({
    code: 'MILL_ASSET_UNKNOWN',
    message: `Project '${project}' has no endpoint '${endpoint.slice(0, 100)}'${there === '' ? '' : `; it has '${there}'`}.`,
    todo: 'Name an endpoint that `millrace show` lists.',
    owner: 'project',
  });
}

function oneOfTwo(): MillraceError {
  return new MillraceError({
    code: 'MILL_CLI_USAGE',
    message: 'One question as JSON, or --batch with a table of them.',
    todo: '`millrace help predict` has an example.',
    owner: 'project',
  });
}

/** @throws MILL_CLI_JSON */
function checkObject(question: string): void {
  try {
    const value: unknown = JSON.parse(question);
    if (value !== null && typeof value === 'object' && !Array.isArray(value)) return;
    throw new SyntaxError('it is not an object');
  } catch (error) {
    throw new MillraceError({
      code: 'MILL_CLI_JSON',
      message: `The question is no JSON object: ${messageOf(error)}.`,
      todo: `Write it like '{"card_id":"c17","amount":12}'.`,
      owner: 'project',
    });
  }
}
