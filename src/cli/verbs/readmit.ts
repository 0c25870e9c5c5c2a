import { kinds, readmit, type SourceBody } from '../../assets/index.ts';
import { counted, MillraceError, withArticle } from '../../base/index.ts';
import type { Node } from '../../graph/index.ts';
import { DONE, PROBLEMS } from '../exit.ts';
import { openProject } from '../load-project.ts';
import { namedAssets } from '../named-assets.ts';
import { plain } from '../plain-text.ts';
import type { VerbContext } from '../verb.ts';

/** `millrace readmit <source> [--rule name]`: exit code 1 when a rule about the table keeps the rows out. */
export async function readmitVerb(
  { projectFile, terminal }: VerbContext,
  asset: string,
  { rule }: { rule?: string },
): Promise<number> {
  const { graph, workspace } = await openProject(projectFile);
  try {
    namedAssets(graph, [asset]);
    const node = graph.nodes.get(asset) as Node<SourceBody>;
    if (node.kind !== 'source')
      throw new MillraceError({
        code: 'MILL_READMIT_IMPOSSIBLE',
        message: `'${asset}' is ${withArticle(node.kind)}; rows are let into sources, and what is built from them follows.`,
        todo: 'Name a source.',
        owner: 'project',
        asset,
      });
    const { judged, admitted, version, checks } = await readmit(node, graph, kinds, workspace, rule);
    const failed = checks.filter((check) => !check.passed && check.severity === 'block');
    for (const check of failed)
      terminal.line(`  gate  ${plain(check.name)}  ${plain(check.observed)}  wanted ${plain(check.wanted)}`);
    const said = `${counted(judged, 'row')} judged again, ${admitted.toLocaleString('en')} let in`;
    terminal.line(`${asset}: ${said}${version === undefined ? '' : `; ${version.id} is live`}.`);
    terminal.result({
      ok: failed.length === 0,
      asset,
      judged,
      admitted,
      version: version?.id ?? null,
      checks,
    });
    return failed.length === 0 ? DONE : PROBLEMS;
  } finally {
    await workspace.close();
  }
}
