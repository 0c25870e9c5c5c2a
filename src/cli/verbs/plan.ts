import { kinds } from '../../assets/index.ts';
import { plan } from '../../graph/index.ts';
import { DONE } from '../exit.ts';
import { openToBuild } from '../load-project.ts';
import { type SelectionOptions, selectionOf } from '../named-assets.ts';
import { describePlan } from '../progress.ts';
import type { VerbContext } from '../verb.ts';

/** `millrace plan [assets…]` */
export async function planVerb(
  { projectFile, terminal }: VerbContext,
  assets: string[],
  options: SelectionOptions,
): Promise<number> {
  const { graph, workspace } = await openToBuild(projectFile);
  try {
    const planned = await plan(graph, kinds, workspace, selectionOf(graph, assets, options));
    for (const line of describePlan(planned)) terminal.line(line);
    const steps = planned.steps.map(({ outline: _, ...step }) => step);
    terminal.result({ ok: true, ...planned, steps });
    return DONE;
  } finally {
    await workspace.close();
  }
}
