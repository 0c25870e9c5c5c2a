import { joinSearch, type ModelBody, type SearchProgress } from '../../assets/index.ts';
import { counted, MillraceError } from '../../base/index.ts';
import type { Node } from '../../graph/index.ts';
import { DONE } from '../exit.ts';
import { openProject } from '../load-project.ts';
import { namedAssets } from '../named-assets.ts';
import { plain } from '../plain-text.ts';
import { STOPPED, stopSignal } from '../signals.ts';
import type { VerbContext } from '../verb.ts';

/** `millrace search <model>`: tries parameters beside whoever else does; the next run builds the model with what was found. */
export async function searchVerb(
  { projectFile, terminal, untilStopped }: VerbContext,
  asset: string,
): Promise<number> {
  const { graph, workspace } = await openProject(projectFile);
  try {
    namedAssets(graph, [asset]);
    const node = graph.nodes.get(asset) as Node<ModelBody>;
    if (node.kind !== 'model') throw noModel(node);
    const stopping = stopSignal(untilStopped, (text) => terminal.aside(text));
    const tell = ({ best }: SearchProgress): string =>
      best === undefined
        ? 'none was trained to its end yet'
        : `the best is trial ${best.number}, loss ${shown(best.loss)}`;
    const onTrial = (
      { number, status, loss, point, fault }: SearchProgress['settled'][number],
      progress: SearchProgress,
    ): void =>
      terminal.line(
        `trial ${number} ${status}${loss === null ? '' : `, loss ${shown(loss)}`}: ${plain(fault ?? JSON.stringify(point))}; ${tell(progress)}`,
      );
    try {
      const progress = await joinSearch(graph, workspace, node, onTrial, stopping);
      terminal.line(
        `${asset}: ${counted(progress.settled.length, 'trial')} settled; ${tell(progress)}. \`millrace run ${asset}\` builds the model with it.`,
      );
      terminal.result({ ok: true, asset, ...progress });
      return DONE;
    } catch (error) {
      if (!stopping.aborted) throw error;
      terminal.line(`${asset}: stopped. What was settled stays; the same command goes on from there.`);
      return STOPPED;
    }
  } finally {
    await workspace.close();
  }
}

const shown = (loss: number | null): string => (loss === null ? '–' : loss.toFixed(5));

function noModel({ name, kind }: Node): MillraceError {
  return new MillraceError({
    code: 'MILL_SEARCH_NOTHING',
    message: `${name} is no model: its kind is ${kind}.`,
    todo: 'Name a model whose trainer is a search.',
    owner: 'project',
    asset: name,
  });
}
