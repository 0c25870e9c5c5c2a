import { kinds } from '../../assets/index.ts';
import { counted, MillraceError, nearest } from '../../base/index.ts';
import { type How, impact, lineagesOf, type Reached } from '../../graph/index.ts';
import { DONE } from '../exit.ts';
import { openProject } from '../load-project.ts';
import { namedAssets } from '../named-assets.ts';
import { plain, tabulate } from '../plain-text.ts';
import type { VerbContext } from '../verb.ts';

/** `millrace impact <asset[.column]>`: everything downstream, with how it is reached. */
export async function impactVerb({ projectFile, terminal }: VerbContext, target: string): Promise<number> {
  const dot = target.indexOf('.');
  const asset = dot < 0 ? target : target.slice(0, dot);
  const column = dot < 0 ? undefined : target.slice(dot + 1);
  const { graph, workspace } = await openProject(projectFile);
  try {
    namedAssets(graph, [asset]);
    const lineages = await lineagesOf(graph, kinds, workspace);
    if (column !== undefined) refuseUnknown(asset, column, Object.keys(lineages.get(asset)?.columns ?? {}));
    const reached = impact(graph, lineages, asset, column);
    const ends = ['model', 'endpoint'].map(
      (kind) => [kind, reached.filter((item) => item.kind === kind).length] as const,
    );
    const counts = [`${counted(reached.length, 'asset')}`, ...ends.map(([kind, n]) => counted(n, kind))];
    terminal.line(
      reached.length === 0
        ? `${target} reaches nothing.`
        : `${target} reaches ${counts.slice(0, -1).join(', ')} and ${counts.at(-1)}.`,
    );
    const rows = reached.map((item) => [`  ${item.how}`, item.asset, item.kind, columnsOf(item)]);
    for (const line of tabulate(rows)) terminal.line(line);
    const live = reached.map((item) => ({ ...item, live: workspace.state.live(item.asset)?.id ?? null }));
    terminal.result({ ok: true, asset, column: column ?? null, reached: live });
    return DONE;
  } finally {
    await workspace.close();
  }
}

/** `twice, words; indirectly id, card`. */
function columnsOf({ columns, through }: Reached): string {
  if (columns === null) return `through ${through.join(', ')}`;
  const by = (how: How): string =>
    Object.entries(columns)
      .flatMap(([name, found]) => (found === how ? [plain(name)] : []))
      .join(', ');
  const indirect = by('indirect');
  return [by('direct'), indirect && `indirectly ${indirect}`].filter((text) => text !== '').join('; ');
}

function refuseUnknown(asset: string, column: string, columns: readonly string[]): void {
  if (columns.includes(column)) return;
  const near = nearest(column, columns);
  const there =
    columns.length === 0
      ? 'its columns are not told apart'
      : near
        ? `it has '${near}'`
        : `it has ${columns.join(', ')}`;
  throw new MillraceError({
    code: 'MILL_COLUMN_UNKNOWN',
    message: `'${asset}' has no column '${column}'; ${there}.`,
    todo: `Name one of its columns, or the asset alone: \`millrace impact ${asset}\`.`,
    owner: 'project',
  });
}
