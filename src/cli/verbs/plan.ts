import { kinds } from '../../assets/index.ts';
import { plan } from '../../graph/index.ts';
import { DONE } from '../exit.ts';
import { openProject } from '../load-project.ts';
import { namedAssets } from '../named-assets.ts';
import type { VerbContext } from '../program.ts';
import { describePlan } from '../progress.ts';

/** `millrace plan [assets…]` */
export async function planVerb({ projectFile, terminal }: VerbContext, assets: string[]): Promise<number> {
  const { graph, workspace } = await openProject(projectFile);
  try {
    const planned = await plan(graph, kinds, workspace, namedAssets(graph, assets));
    for (const line of describePlan(planned)) terminal.line(line);
    terminal.result({ ok: true, ...planned });
    return DONE;
  } finally {
    await workspace.close();
  }
}
