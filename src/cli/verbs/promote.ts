import { kinds } from '../../assets/index.ts';
import { promote, settleAll } from '../../graph/index.ts';
import { DONE } from '../exit.ts';
import { openProject } from '../load-project.ts';
import { authorOf, namedVersion } from '../named-version.ts';
import type { VerbContext } from '../verb.ts';

export interface PromoteOptions {
  readonly alias?: string;
  readonly note?: string;
  readonly by?: string;
  readonly force?: boolean;
}

/** `millrace promote <version> [--alias live] [--note why] [--force]` */
export async function promoteVerb(
  { projectFile, terminal }: VerbContext,
  named: string,
  { alias = 'live', note, by, force = false }: PromoteOptions,
): Promise<number> {
  const { graph, workspace } = await openProject(projectFile);
  try {
    const { node, version } = namedVersion(graph, workspace, named);
    const promoted = await promote(graph, kinds, workspace, version, {
      ...{ alias, author: authorOf(by), force },
      ...(note === undefined ? {} : { note }),
    });
    await settleAll(graph, kinds, workspace);
    const { from, to, overridden, rolledBack } = promoted;
    const way = from === null ? to : `${from} → ${to}`;
    terminal.line(`${node.name}: ${way} is ${alias}.`);
    if (overridden.length > 0) terminal.line(`  though not passed: ${overridden.join(', ')}`);
    if (rolledBack !== null) terminal.line(`  ${rolledBack} will not be published again by itself.`);
    terminal.result({ ok: true, ...promoted });
    return DONE;
  } finally {
    await workspace.close();
  }
}
