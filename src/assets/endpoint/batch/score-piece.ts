import { quoteName, quoteText } from '../../../base/index.ts';
import type { ColumnData, Session } from '../../../engine/index.ts';
import type { Graph, Workspace } from '../../../graph/index.ts';
import type { TableState } from '../../../store/lake/index.ts';
import { answerPointInTime, reachedRanges } from '../../feature/index.ts';
import { answerOf, asksOf, computeRequests, type ModelVersion, type Scorer } from '../../model/index.ts';
import { ASKED, type FitRows, keyColumn } from './asked-rows.ts';

/** What a batch is scored with. */
export interface Scoring {
  readonly graph: Graph;
  readonly workspace: Workspace;
  readonly model: ModelVersion;
  readonly scorer: Scorer;
  readonly asked: FitRows;
  /** The dataset behind each lookup, by the lookup's name. */
  readonly datasets: ReadonlyMap<string, TableState>;
  readonly signal?: AbortSignal;
}

/**
 * Scores the rows from `from` up to `to` (by `_n`) and writes them as a Parquet file: `row`, `as_of`, the answer, and the keys. The features
 * are answered as those of a training set are.
 */
export async function scorePiece(
  session: Session,
  scoring: Scoring,
  { from, to }: { readonly from: number; readonly to: number },
  path: string,
): Promise<void> {
  const { model, scorer, asked } = scoring;
  await session.run(
    `create or replace temp table _asks as select (_n - ${from})::BIGINT as _ask, * exclude (_n) from ${ASKED} where _n >= ${from} and _n < ${to}`,
  );
  const inputs = asked.direct
    ? await session.columns(
        `select ${model.plan.columns.map(({ name }) => quoteName(name)).join(', ')} from _asks order by _ask`,
      )
    : await lookUpInputs(session, scoring);
  await session.load('_answers', answerColumns(model, await scorer.scoreColumns(inputs)));
  const keys = asked.keys.map((name) => `, _asks.${keyColumn(name)}`);
  await session.run(
    `copy (select _asks._row as "row", make_timestamp(_asks._at) as as_of, _answers.* exclude (_ask)${keys.join('')}
           from _asks join _answers using (_ask) order by _asks._ask)
     to ${quoteText(path)} (format parquet, compression zstd)`,
  );
}

/** The model's inputs of all asks, by column, in the order of the asks. */
async function lookUpInputs(session: Session, scoring: Scoring): Promise<ColumnData[]> {
  const { graph, workspace, model, datasets, signal } = scoring;
  const { plan } = model;
  const [span] = await session.rows<{ from: number | null; to: number | null }>(
    'select min(_at) as "from", max(_at) as "to" from _asks',
  );
  const bounds = span?.from == null || span.to === null ? {} : { from: span.from, to: span.to };
  const parts = [...plan.lookups, ...plan.requests].map(({ name }) => quoteName(name));
  try {
    for (const lookup of plan.lookups) {
      const table = datasets.get(lookup.name) as TableState;
      const reached = workspace.lake.pruned(table, reachedRanges(lookup.body, bounds));
      await answerPointInTime(session, {
        ...{ body: lookup.body, bounds, into: lookup.name, asks: asksOf(lookup) },
        events: session.scan(reached, { rowId: true }),
        ...(signal === undefined ? {} : { signal }),
      });
    }
    for (const request of plan.requests) await computeRequests(session, graph, request, plan.lookups);
    const columns = plan.columns.map(({ name, from }) => `${quoteName(from)}.${quoteName(name)}`);
    const joins = parts.map((part) => `join ${part} using (_ask)`);
    return await session.columns(
      `select ${columns.join(', ')} from _asks ${joins.join(' ')} order by _asks._ask`,
    );
  } finally {
    for (const part of parts) await session.run(`drop table if exists ${part}`);
  }
}

/** What a model says of each row, as the log of predictions has it; but for the classes, which are the same for all. */
function answerColumns(model: ModelVersion, scores: Float64Array): ColumnData[] {
  const width = model.classes?.length ?? 1;
  const rows = scores.length / width;
  const output = new Float64Array(rows);
  const probabilities = new Array<string | null>(rows);
  const decision = new Array<string>(rows);
  for (let row = 0; row < rows; row++) {
    const answer = answerOf(
      model,
      width === 1 ? [scores[row] as number] : scores.subarray(row * width, (row + 1) * width),
    );
    output[row] = answer.output;
    probabilities[row] = answer.probabilities === null ? null : JSON.stringify(answer.probabilities);
    decision[row] = String(answer.decision);
  }
  return [
    { name: '_ask', type: 'integer', values: Float64Array.from({ length: rows }, (_, row) => row) },
    { name: 'output', type: 'double', values: output },
    { name: 'probabilities', type: 'string', values: probabilities },
    { name: 'decision', type: 'string', values: decision },
  ];
}
