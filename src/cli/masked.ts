import { contractOf, maskRow, type Trace } from '../assets/index.ts';
import type { Graph } from '../graph/index.ts';

/** A trace whose source rows show no personal data. What the asker sent himself stays: he knows it. */
export function maskTrace(graph: Graph, trace: Trace): Trace {
  const sourceRows = trace.sourceRows.map((row) => {
    const node = graph.nodes.get(row.dataset);
    return { ...row, values: maskRow(node && contractOf(node), row.values) as typeof row.values };
  });
  return { ...trace, sourceRows };
}
