import { fingerprint } from '../../base/index.ts';
import type { Arrivals, Node, Workspace } from '../../graph/index.ts';
import type { Version } from '../../store/state/index.ts';
import { arrivals, type RecordedLoad } from './arrivals.ts';
import { hashedFiles } from './hashed-files.ts';
import type { SourceBody } from './spec.ts';
import { sourceVersionOf } from './version.ts';

/** The loads that the live version consists of. */
export function recordedLoads({ state }: Workspace, live: Version | undefined): RecordedLoad[] {
  if (live === undefined) return [];
  return state.loads(sourceVersionOf(live).loads).map(({ id, path, hash }) => ({ load: id, path, hash }));
}

/** Which files have come or changed since the live version was built. */
export async function arrivalsOf(
  node: Node<SourceBody>,
  live: Version | undefined,
  workspace: Workspace,
): Promise<Arrivals> {
  const loads = recordedLoads(workspace, live);
  const found = arrivals(await hashedFiles(node, workspace, false), loads);
  const incoming = [...found.fresh, ...found.changed];
  const replaced = new Set(found.changed.flatMap(({ replaces }) => replaces));
  const content = new Map<string, string>();
  for (const { load, path, hash } of loads) if (!replaced.has(load)) content.set(path, hash);
  for (const { file, hash } of incoming) content.set(file.path, hash);
  const words: string[] = [];
  const say = (n: number, what: string): void => {
    if (n > 0) words.push(`${n} ${what} ${n === 1 ? 'file' : 'files'}`);
  };
  say(found.fresh.length, 'new');
  say(found.changed.length, 'changed');
  return {
    fingerprint: fingerprint([...content].sort(([a], [b]) => (a < b ? -1 : 1))),
    reason: words.join(', '),
    bytes: incoming.reduce((sum, { file }) => sum + file.bytes, 0),
    detail: incoming.map(({ file, hash }) => ({ path: file.path, hash })),
  };
}
