import { MillraceError } from '../base/index.ts';
import type { Version } from '../store/state/index.ts';
import type { Candidate } from './kind.ts';
import type { Step } from './plan.ts';
import type { Workspace } from './workspace.ts';

/** Whether every gate that can stop a candidate has passed. */
export function passed(candidate: Candidate): boolean {
  return candidate.checks.every((check) => check.passed || check.severity === 'warn');
}

/** What a publication needs to know besides the candidate. */
export interface Publication {
  readonly step: Step;
  readonly candidate: Candidate;
  /** The versions it was built from, by asset name. */
  readonly inputs: Readonly<Record<string, string>>;
  /** The snapshot on which its commit is based. */
  readonly base: number;
  readonly run: string;
}

/**
 * The one way anything becomes visible: in one transaction the candidate's tables enter the lake, its version is recorded,
 * the alias moves, and whatever else belongs to it becomes true. A reader sees all of it or nothing.
 * @throws MILL_RUN_BEATEN (retry: true) when another run has moved the alias since the plan was made; nothing has changed then.
 */
export function publish(workspace: Workspace, publication: Publication): Version {
  const { state, lake, clock } = workspace;
  const { step, candidate, run } = publication;
  return state.transaction(() => {
    // First of all: the changes of a run that was beaten may not even fit the tables that are there now.
    refuseIfBeaten(workspace, step);
    refuseForgotten(workspace, Object.values(publication.inputs), step.asset);
    let version: Version | undefined;
    lake.commit(
      publication.base,
      candidate.changes,
      { author: 'millrace', message: `${step.asset}: ${step.action}` },
      (snapshot) => {
        version = record(workspace, publication, 'published', snapshot);
        state.moveAlias(step.asset, version.id, clock.now(), `run ${run}: ${step.action}`);
        candidate.publish?.(version);
      },
    );
    return version as Version;
  });
}

/** Remembers a candidate that did not pass its gates. Its tables stay outside the lake, and no alias moves. */
export function setAside(workspace: Workspace, publication: Publication): Version {
  const { state, lake } = workspace;
  return state.transaction(() => {
    refuseIfBeaten(workspace, publication.step);
    refuseForgotten(workspace, Object.values(publication.inputs), publication.step.asset);
    return record(workspace, publication, 'candidate', lake.head());
  });
}

/** Points the alias at an earlier version that is the same as what would be built. */
export function reuse(workspace: Workspace, step: Step, run: string): Version {
  const { state, clock } = workspace;
  return state.transaction(() => {
    refuseIfBeaten(workspace, step);
    refuseForgotten(workspace, [step.earlier as string], step.asset);
    state.moveAlias(step.asset, step.earlier as string, clock.now(), `run ${run}: reuse`);
    return state.version(step.earlier as string) as Version;
  });
}

function record(
  { state, clock }: Workspace,
  { step, candidate, inputs, run }: Publication,
  status: 'published' | 'candidate',
  snapshot: number,
): Version {
  return state.addVersion(
    {
      asset: step.asset,
      kind: step.kind,
      fingerprint: step.fingerprint,
      definition: step.definition,
      inputs,
      snapshot,
      rows: candidate.rows,
      detail: candidate.detail,
      outline: step.outline,
      status,
      createdAt: clock.now(),
      run,
    },
    candidate.checks,
  );
}

/** Compare and set: the alias must still be where the plan saw it. */
export function refuseIfBeaten({ state }: Workspace, step: Step): void {
  const now = state.live(step.asset);
  if (now?.id === step.live) return;
  throw new MillraceError({
    code: 'MILL_RUN_BEATEN',
    message: `Another run has published ${now?.id} while this one was building on ${step.live ?? 'nothing'}.`,
    todo: 'Nothing is lost; the run plans again from there.',
    owner: 'service',
    asset: step.asset,
    retry: true,
  });
}

/** What the plan saw was retired while the step was under way: only then does anything point to a version that is no more. */
function refuseForgotten({ state }: Workspace, versions: readonly string[], asset: string): void {
  const gone = versions.find((id) => state.version(id) === undefined);
  if (gone === undefined) return;
  throw new MillraceError({
    code: 'MILL_RUN_BEATEN',
    message: `${gone}, which this step was planned with, has been retired meanwhile.`,
    todo: 'Nothing is lost; the run plans again from there.',
    owner: 'service',
    asset,
    retry: true,
  });
}
