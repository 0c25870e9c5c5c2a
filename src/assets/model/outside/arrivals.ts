import { fingerprint, MillraceError } from '../../../base/index.ts';
import type { Arrivals, Node, Workspace } from '../../../graph/index.ts';
import type { Version } from '../../../store/state/index.ts';
import { modelVersionOf } from '../detail.ts';
import type { ModelBody } from '../spec.ts';
import { outsideOf } from '../trainers.ts';
import type { Outside } from './outside.port.ts';

/** What a model stands on outside of the declaration, where its trainer does: an edited script is a reason to build it again. */
export async function modelArrivals(
  node: Node<ModelBody>,
  live: Version | undefined,
  workspace: Workspace,
): Promise<Arrivals | undefined> {
  const trainer = outsideOf(node.body.trainer);
  if (trainer === undefined) return undefined;
  try {
    const outside = await trainer.look(workspace, node.name);
    const before = live && modelVersionOf(live).outside;
    return {
      fingerprint: fingerprint(outside.parts),
      reason: before === undefined ? '' : changes(before, outside.parts),
      bytes: outside.bytes,
      detail: { parts: outside.parts },
      anew: true,
    };
  } catch (error) {
    if (!(error instanceof MillraceError) || error.code === 'MILL_BUG') throw error;
    // A file that is gone must not keep all others from being built: the step of this model fails with what is said here.
    const reason = error.problems[0]?.message.replace(/\.$/, '') ?? '';
    const missing = fingerprint({ missing: live?.fingerprint ?? null });
    return { fingerprint: missing, reason, bytes: 0, detail: null, anew: true };
  }
}

/** Most names in a reason. */
const NAMED = 3;

function changes(before: Outside['parts'], now: Outside['parts']): string {
  const edited = Object.keys(now).filter((name) => name in before && before[name] !== now[name]);
  const fresh = Object.keys(now).filter((name) => !(name in before));
  const gone = Object.keys(before).filter((name) => !(name in now));
  const said = (names: readonly string[], what: string): string[] => {
    if (names.length === 0) return [];
    const more = names.length > NAMED ? ` and ${names.length - NAMED} more` : '';
    return [`${names.slice(0, NAMED).join(', ')}${more} ${what}`];
  };
  return [
    ...said(edited, edited.length === 1 ? 'has changed' : 'have changed'),
    ...said(fresh, fresh.length === 1 ? 'is new' : 'are new'),
    ...said(gone, gone.length === 1 ? 'is gone' : 'are gone'),
  ].join('; ');
}

/** Whether what was looked at when planning is what was brought. @throws MILL_RUN_BEATEN, and planning again helps */
export function refuseMoved(planned: Arrivals | undefined, outside: Outside, model: string): void {
  if (planned?.fingerprint === fingerprint(outside.parts)) return;
  throw new MillraceError({
    code: 'MILL_RUN_BEATEN',
    message: 'What its trainer stands on was edited after this run had planned.',
    todo: 'Nothing is lost; the run plans again from there.',
    owner: 'service',
    asset: model,
    retry: true,
  });
}
