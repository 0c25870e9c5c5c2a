import { dropAlias, nameVersion } from '../../graph/index.ts';
import { DONE } from '../exit.ts';
import { openProject } from '../load-project.ts';
import { namedVersion } from '../named-version.ts';
import type { VerbContext } from '../verb.ts';

/** `millrace alias <version> <name> [--delete]` */
export async function aliasVerb(
  { projectFile, terminal }: VerbContext,
  named: string,
  alias: string,
  { delete: gone = false }: { delete?: boolean },
): Promise<number> {
  const { graph, workspace } = await openProject(projectFile);
  try {
    if (gone) {
      const asset = named.split('@')[0] as string;
      const { from } = dropAlias(workspace, asset, alias);
      terminal.line(`${asset}: ${alias} is gone; it was ${from}.`);
      terminal.result({ ok: true, asset, alias, from, to: null });
      return DONE;
    }
    const { version } = namedVersion(graph, workspace, named);
    const { from } = nameVersion(workspace, version, alias);
    const was = from === null || from === version.id ? '' : `; it was ${from}`;
    terminal.line(`${version.id} is ${alias}${was}.`);
    terminal.result({ ok: true, asset: version.asset, alias, from, to: version.id });
    return DONE;
  } finally {
    await workspace.close();
  }
}
