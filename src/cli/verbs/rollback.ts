import { isStream, kinds } from '../../assets/index.ts';
import { MillraceError, nearest } from '../../base/index.ts';
import { rollback, settleAll } from '../../graph/index.ts';
import { DONE } from '../exit.ts';
import { openProject } from '../load-project.ts';
import { namedAssets } from '../named-assets.ts';
import type { VerbContext } from '../verb.ts';

/** `millrace rollback <asset> [--to version]` */
export async function rollbackVerb(
  { projectFile, terminal }: VerbContext,
  asset: string,
  { to }: { to?: string },
): Promise<number> {
  const { graph, workspace } = await openProject(projectFile);
  try {
    namedAssets(graph, [asset]);
    const known = workspace.state.versions(asset).map((version) => version.id);
    if (to !== undefined && !known.includes(to)) {
      const near = nearest(to, known);
      throw new MillraceError({
        code: 'MILL_VERSION_UNKNOWN',
        message: `There is no version '${to}' of ${asset}${near ? `; there is '${near}'` : ''}.`,
        todo: `Choose one that \`millrace show ${asset}\` lists.`,
        owner: 'project',
        asset,
      });
    }
    const moved = rollback(workspace, asset, to);
    await settleAll(graph, kinds, workspace);
    terminal.line(
      `${asset}: ${moved.from} → ${moved.to} is live. ${moved.from} will not be published again by itself.`,
    );
    if (isStream(graph.nodes.get(asset)))
      terminal.line(
        'What was posted is in the log still: look-ups see it, and the next micro-batch brings it again. Post rightly, under its key, what was posted wrongly.',
      );
    terminal.result({ ok: true, asset, ...moved });
    return DONE;
  } finally {
    await workspace.close();
  }
}
