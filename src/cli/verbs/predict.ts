import { MillraceError, messageOf, nearest } from '../../base/index.ts';
import { createServer, endpointsOf } from '../../server/index.ts';
import { DONE, problemsOf } from '../exit.ts';
import { openProject } from '../load-project.ts';
import { plain, tabulate } from '../plain-text.ts';
import type { VerbContext } from '../verb.ts';

/** `millrace predict <endpoint> <question>`: the same path as over HTTP, without a port. */
export async function predictVerb(
  { projectFile, terminal }: VerbContext,
  endpoint: string,
  question: string,
): Promise<number> {
  const payload = parse(question);
  const { graph, workspace } = await openProject(projectFile);
  try {
    const known = endpointsOf(graph).map(({ name }) => name);
    if (!known.includes(endpoint)) throw unknownEndpoint(graph.name, endpoint, known);
    const bugs: unknown[] = [];
    const app = await createServer(graph, workspace, { onError: (error) => bugs.push(error) });
    try {
      const response = await app.inject({ method: 'POST', url: `/v1/predict/${endpoint}`, payload });
      const answer = response.json<Record<string, unknown>>();
      if (response.statusCode !== 200) throw refused(answer, response.statusCode, bugs);
      const rows = Object.entries(answer).map(([name, value]) => [name, plain(String(value))]);
      for (const line of tabulate(rows)) terminal.line(line);
      terminal.result(answer);
      return DONE;
    } finally {
      await app.close();
    }
  } finally {
    await workspace.close();
  }
}

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

/** @throws MILL_CLI_JSON */
function parse(question: string): object {
  try {
    const value: unknown = JSON.parse(question);
    if (value !== null && typeof value === 'object' && !Array.isArray(value)) return value;
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
