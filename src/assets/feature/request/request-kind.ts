import type { Kind } from '../../../graph/index.ts';
import { checkRequest, probeNode } from '../check.ts';
import { portrayRequestFeatures } from '../portrait.ts';
import type { RequestBody } from './request.ts';

/** Request features have no rows: a version of them is the text of their function. */
export const requestFeaturesKind: Kind<RequestBody> = {
  kind: 'request-features',
  revision: 1,
  sees: 'declaration',
  check: async (node, { graph, session }) => [
    ...probeNode(node, graph).problems,
    ...(await checkRequest(node, session)),
  ],
  portray: portrayRequestFeatures,
  build: async ({ node, graph }) => {
    const { columns } = probeNode(node, graph);
    return {
      rows: null,
      note: columns.map((c) => c.name).join(', '),
      checks: [],
      detail: { columns: columns.map(({ name, type }) => ({ name, type })) },
      changes: [],
    };
  },
};
