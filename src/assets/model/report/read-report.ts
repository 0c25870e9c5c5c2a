import { MillraceError, withArticle } from '../../../base/index.ts';
import type { Workspace } from '../../../graph/index.ts';
import type { Version } from '../../../store/state/index.ts';
import { modelVersionOf } from '../detail.ts';
import type { ModelReport } from './model-report.ts';

/**
 * All that is told of a model's version, with its checks as they are now: a person may have approved of it since it was written.
 * @throws MILL_REPORT_MISSING for what is no model; MILL_MODEL_LOGGED
 */
export async function modelReportOf(
  { blobs, state }: Pick<Workspace, 'blobs' | 'state'>,
  version: Version,
): Promise<ModelReport> {
  if (version.kind === 'model') {
    const written = await blobs.get(modelVersionOf(version).report);
    return { ...JSON.parse(new TextDecoder().decode(written)), checks: state.checks(version.id) };
  }
  throw new MillraceError({
    code: 'MILL_REPORT_MISSING',
    message: `${version.id} is ${withArticle(version.kind)}: only models have reports.`,
    todo: 'Name a version of a model.',
    owner: 'project',
    asset: version.asset,
  });
}
