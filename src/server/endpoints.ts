import {
  AUDIT_EVERY,
  type EndpointBody,
  type InputPlan,
  type ModelBody,
  planInputs,
  type Task,
  type TrainingSetBody,
} from '../assets/index.ts';
import type { Graph, Node } from '../graph/index.ts';

/** An endpoint of the project as declared: what it wants to be asked, and how it answers. */
export interface ServedEndpoint {
  readonly name: string;
  readonly description: string | undefined;
  readonly plan: InputPlan;
  /** What it tells. */
  readonly task: Task;
  /** Of one that ranks, the key whose values it answers with. */
  readonly item: string | undefined;
  /** Every how many predictions one is audited; 0 for none. */
  readonly auditEvery: number;
}

/** The endpoints of a project. */
export function endpointsOf(graph: Graph): ServedEndpoint[] {
  const found: ServedEndpoint[] = [];
  for (const node of graph.nodes.values()) {
    if (node.kind !== 'endpoint') continue;
    const { model, audit, rank } = (node as Node<EndpointBody>).body;
    const { trainingSet, task } = (graph.nodes.get(model) as Node<ModelBody>).body;
    const { inputs } = (graph.nodes.get(trainingSet) as Node<TrainingSetBody>).body;
    const { plan } = planInputs(graph, node, inputs);
    found.push({
      ...{ name: node.name, description: node.description },
      // What is ranked is not asked for.
      plan: { ...plan, keys: plan.keys.filter((key) => key !== rank?.item) },
      item: rank?.item,
      task,
      auditEvery: audit?.every ?? AUDIT_EVERY,
    });
  }
  return found;
}
