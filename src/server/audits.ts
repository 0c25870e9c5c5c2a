import { type Audit, type Auditor, openAuditor } from '../assets/index.ts';
import { MillraceError } from '../base/index.ts';
import type { Graph, Workspace } from '../graph/index.ts';
import type { Meters } from './metrics.ts';

/** The auditor of a server: what it finds is counted in `meters`, and a bug is told of. */
export function openAudits(
  graph: Graph,
  workspace: Workspace,
  {
    perMinute,
    meters,
    onError,
  }: { readonly perMinute: number; readonly meters: Meters; readonly onError: (error: unknown) => void },
): Auditor {
  return openAuditor(graph, workspace, {
    perMinute,
    onAudit: (audit) => {
      meters.audited(audit);
      for (const { explanation, asset, feature } of audit.features)
        if (explanation?.cause === 'bug') onError(skewed(audit, `${asset}.${feature}`, explanation.why));
    },
    onError,
  });
}

/** What nothing explains is said aloud: the same question has two answers. */
function skewed({ answer, asked, model }: Audit, feature: string, why: string): MillraceError {
  return new MillraceError({
    code: 'MILL_FEATURE_SKEW',
    message: `${feature} was served otherwise than it is replayed for the ${model === null ? 'look-up' : 'prediction'} '${answer}': ${why}.`,
    todo: `Report it with what \`millrace audit features ${asked} --json\` says under 'reproduce'.`,
    owner: 'millrace',
    asset: asked,
  });
}
