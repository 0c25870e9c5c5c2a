import {
  AUDIT_EVERY,
  type EndpointBody,
  type InputPlan,
  type ModelBody,
  planInputs,
  type TrainingSetBody,
} from '../assets/index.ts';
import type { Graph, Node } from '../graph/index.ts';

/** An endpoint of the project as declared: what it wants to be asked, and how it answers. */
export interface ServedEndpoint {
  readonly name: string;
  readonly description: string | undefined;
  readonly plan: InputPlan;
  /** Whether it answers with a probability and a decision; otherwise with a value. */
  readonly binary: boolean;
  /** Every how many predictions one is audited; 0 for none. */
  readonly auditEvery: number;
}

/** The endpoints of a project. */
export function endpointsOf(graph: Graph): ServedEndpoint[] {
  const found: ServedEndpoint[] = [];
  for (const node of graph.nodes.values()) {
    if (node.kind !== 'endpoint') continue;
    const { model, audit } = (node as Node<EndpointBody>).body;
    const { trainingSet, task } = (graph.nodes.get(model) as Node<ModelBody>).body;
    const { inputs } = (graph.nodes.get(trainingSet) as Node<TrainingSetBody>).body;
    const { plan } = planInputs(graph, node, inputs);
    found.push({
      ...{ name: node.name, description: node.description, plan },
      binary: task === 'binary',
      auditEvery: audit?.every ?? AUDIT_EVERY,
    });
  }
  return found;
}
