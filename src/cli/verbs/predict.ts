import { MillraceError, messageOf } from '../../base/index.ts';
import { createServer } from '../../server/index.ts';
import { DONE, PROBLEMS } from '../exit.ts';
import { openProject } from '../load-project.ts';
import type { VerbContext } from '../program.ts';

/** `millrace predict <endpoint> <question>`: the same path as over HTTP, without a port. */
export async function predictVerb(
  { projectFile, terminal }: VerbContext,
  endpoint: string,
  question: string,
): Promise<number> {
  const payload = parse(question);
  const { graph, workspace } = await openProject(projectFile);
  const app = await createServer(graph, workspace);
  try {
    const response = await app.inject({
      method: 'POST',
      url: `/v1/predict/${encodeURIComponent(endpoint)}`,
      payload,
    });
    const answer = response.json<Record<string, unknown>>();
    const ok = response.statusCode === 200;
    if (ok) for (const [name, value] of Object.entries(answer)) terminal.line(`${name.padEnd(12)} ${value}`);
    else
      terminal.problem({
        code: answer['code'] as `MILL_${string}`,
        message: String(answer['message']),
        todo: String(answer['todo'] ?? ''),
        owner: 'project',
      });
    terminal.result(answer);
    return ok ? DONE : PROBLEMS;
  } finally {
    await app.close();
    await workspace.close();
  }
}

/** @throws MILL_CLI_JSON */
function parse(question: string): object {
  try {
    const value: unknown = JSON.parse(question);
    if (value !== null && typeof value === 'object') return value;
    throw new SyntaxError('it is not an object');
  } catch (error) {
    throw new MillraceError({
      code: 'MILL_CLI_JSON',
      message: `The question is not JSON: ${messageOf(error)}.`,
      todo: `Write it like '{"card_id":"c17","amount":12}'.`,
      owner: 'project',
    });
  }
}
