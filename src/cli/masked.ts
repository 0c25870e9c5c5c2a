import type { ColumnSpec, Trace } from '../assets/index.ts';
import type { Graph } from '../graph/index.ts';

/** What stands for a personal datum wherever rows are shown. */
export const MASK = '•••';

/** The columns of a dataset that were declared as personal data. */
export function personalColumns(graph: Graph, dataset: string): ReadonlySet<string> {
  const { contract } = (graph.nodes.get(dataset)?.body ?? {}) as {
    contract?: { columns?: readonly ColumnSpec[] };
  };
  return new Set(contract?.columns?.filter(({ pii }) => pii).map(({ name }) => name));
}

/** A trace whose source rows show no personal data. What the asker sent himself stays: he knows it. */
export function maskTrace(graph: Graph, trace: Trace): Trace {
  const sourceRows = trace.sourceRows.map((row) => {
    const personal = personalColumns(graph, row.dataset);
    const values = Object.entries(row.values).map(([name, value]) => [
      name,
      value !== null && personal.has(name) ? MASK : value,
    ]);
    return { ...row, values: Object.fromEntries(values) as typeof row.values };
  });
  return { ...trace, sourceRows };
}
