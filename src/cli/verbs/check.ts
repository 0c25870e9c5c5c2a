import { kinds } from '../../assets/index.ts';
import { counted } from '../../base/index.ts';
import { check, openWorkspace } from '../../graph/index.ts';
import { DONE, exitCodeOf } from '../exit.ts';
import { fromHere } from '../from-here.ts';
import { importProject } from '../load-project.ts';
import type { VerbContext } from '../verb.ts';

/** `millrace check` */
export async function checkVerb({ projectFile, terminal }: VerbContext): Promise<number> {
  const { project, folder } = await importProject(projectFile);
  const workspace = await openWorkspace(folder);
  try {
    const { graph, problems } = await check(project, kinds, workspace.engine, workspace.state, folder);
    const found = problems.map(fromHere);
    for (const problem of found) terminal.problem(problem);
    if (found.length === 0)
      terminal.line(`${project.name}: ${counted(graph?.nodes.size ?? 0, 'asset')}, no problems.`);
    else terminal.line(`${counted(found.length, 'problem')}.`);
    terminal.result({ ok: found.length === 0, project: project.name, problems: found });
    return found.length === 0 ? DONE : exitCodeOf(found);
  } finally {
    await workspace.close();
  }
}
