import { noteVersion } from '../../graph/index.ts';
import { DONE } from '../exit.ts';
import { openProject } from '../load-project.ts';
import { authorOf, namedVersion } from '../named-version.ts';
import type { VerbContext } from '../verb.ts';

/** `millrace note <version> <text>` */
export async function noteVerb(
  { projectFile, terminal }: VerbContext,
  named: string,
  text: string,
  { by }: { by?: string },
): Promise<number> {
  const { graph, workspace } = await openProject(projectFile);
  try {
    const { version } = namedVersion(graph, workspace, named);
    const author = authorOf(by);
    noteVersion(workspace, version, author, text);
    terminal.line(`Noted on ${version.id} by ${author}.`);
    terminal.result({ ok: true, version: version.id, notes: workspace.state.versionNotes.of(version.id) });
    return DONE;
  } finally {
    await workspace.close();
  }
}
