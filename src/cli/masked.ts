import { type AuditReport, contractOf, MASK, maskRow, personalColumns, type Trace } from '../assets/index.ts';
import type { Graph } from '../graph/index.ts';

/** A trace whose source rows show no personal data. What the asker sent himself stays: he knows it. */
export function maskTrace(graph: Graph, trace: Trace): Trace {
  const sourceRows = trace.sourceRows.map((row) => {
    const node = graph.nodes.get(row.dataset);
    return { ...row, values: maskRow(node && contractOf(node), row.values) as typeof row.values };
  });
  return { ...trace, sourceRows };
}

/** An audit that shows no personal data: what reproduces a difference names an entity and holds cells of its rows. */
export function maskAudit<R extends AuditReport>(graph: Graph, report: R): R {
  const isPersonal = [...graph.nodes.values()].some((node) => {
    const contract = contractOf(node);
    return contract !== undefined && personalColumns(contract).size > 0;
  });
  if (!isPersonal) return report;
  const mismatches = report.mismatches.map((one) =>
    one.explanation.reproduce === undefined
      ? one
      : { ...one, explanation: { ...one.explanation, reproduce: MASK } },
  );
  return { ...report, mismatches };
}
