import type { Kind } from '../../../graph/index.ts';
import { checkRequest, probeNode } from '../check.ts';
import { portrayRequestFeatures } from '../portrait.ts';
import { requestFaults } from './faults.ts';
import { leaving } from './left-behind.ts';
import type { RequestBody } from './request.ts';

/** Request features have no rows: a version of them is the text of their function. */
export const requestFeaturesKind: Kind<RequestBody> = {
  kind: 'request-features',
  revision: 1,
  sees: 'declaration',
  check: async (node, { graph, session }) => {
    const { value, left } = await leaving(node.name, () => {
      // What it is known by takes many more answers.
      void node.body.code;
      return probeNode(node, graph);
    });
    const { problems, found } = requestFaults(node);
    if (left !== undefined)
      found(
        `It leaves a Promise behind, which is rejected: ${left}.`,
        'Return { name: value, … } at once, and begin nothing that goes on after it.',
      );
    return [...value.problems, ...problems, ...(await checkRequest(node, value.columns, session))];
  },
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
