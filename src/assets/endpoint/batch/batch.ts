import { availableParallelism } from 'node:os';
import {
  EARLIEST,
  fingerprint,
  formatInstant,
  type Instant,
  LATEST,
  MillraceError,
  newId,
  withArticle,
} from '../../../base/index.ts';
import type { Session } from '../../../engine/index.ts';
import type { Graph, Node, Workspace } from '../../../graph/index.ts';
import type { TableState } from '../../../store/lake/index.ts';
import type { Batch, Version } from '../../../store/state/index.ts';
import { answerOf, type InputPlan, modelVersionOf, openModel } from '../../model/index.ts';
import { codeChanged, type Served, servedBy } from '../serving.ts';
import { type AsOf, askRows, examineRows } from './asked-rows.ts';
import { filePrint, openBatchSource } from './batch-source.ts';
import { bringBatch } from './bring-batch.ts';
import { openPieces, type Pieces } from './pieces.ts';
import { type Scoring, scorePiece } from './score-piece.ts';
import { namesOf } from './wanted.ts';

/** The lake's table in which batches land. No asset can have this name, as it has two underscores. */
export const batchTable = (name: string): string => `${name}__batch`;

/** What is to be scored, and how. */
export interface BatchOptions {
  /** A table that is live, or a Parquet or CSV file. */
  readonly source: string;
  /** The table that takes the answers is named by it. Default: the asset that is asked. */
  readonly to?: string;
  /** `now`, an instant, or the source's column that says it. Default: now. */
  readonly asOf?: 'now' | { readonly at: Instant } | { readonly column: string };
  /** A batch of this id is scored once, however often it is asked for; of a file, as long as it is the same. Default: a new one. */
  readonly id?: string;
  /** Rows that are scored at a time. Default 200,000: bounds memory, and what is lost when it is cut off. */
  readonly size?: number;
  progress?(share: number, what: string): void;
  readonly signal?: AbortSignal;
}

export interface BatchResult extends Batch {
  /** Whether it was there already. */
  readonly again: boolean;
  /** Rows that a batch which was cut off had scored before. */
  readonly resumed: number;
}

const PIECE = 200_000;

/**
 * Scores a table into a table: each row's features as of its instant, from the lake alone and as training sets have them, or the model's inputs as they
 * stand in it. Scored piece by piece; one that was cut off goes on after its last finished piece; and all rows appear in one commit of the lake, together
 * with the record of the batch.
 * @throws MILL_BATCH_SOURCE, MILL_BATCH_TARGET, MILL_BATCH_ID, MILL_BATCH_COLUMNS, MILL_BATCH_ROWS, MILL_BATCH_ASSET,
 * MILL_ENDPOINT_CODE_CHANGED
 */
export async function scoreBatch(
  graph: Graph,
  workspace: Workspace,
  asked: Version,
  options: BatchOptions,
): Promise<BatchResult> {
  const { state, clock, engine } = workspace;
  const { progress = () => {}, signal, asOf = 'now', size = PIECE } = options;
  const target = targetOf(options.to ?? asked.asset);
  const file = await filePrint(options.source);
  const question = {
    ...{ asset: asked.asset, source: options.source, target, asOf },
    ...(file === undefined ? {} : { file }),
  };
  const print = fingerprint(question);
  const known = options.id === undefined ? undefined : knownBatch(workspace, options.id, print);
  if (known !== undefined) return { ...known, again: true, resumed: 0 };
  const served = servedOf(asked);
  const model = modelVersionOf(state.version(served.model) as Version);
  refuseOtherCode(graph, served, model.plan);
  if (typeof asOf === 'object' && 'at' in asOf) refuseOutside(asOf.at);
  const column = typeof asOf === 'object' && 'column' in asOf ? asOf.column : undefined;
  const source = await openBatchSource(graph, workspace, options.source, file, namesOf(model.plan, column));
  const session = await engine.session();
  let pieces: Pieces | undefined;
  try {
    progress(0, `reading ${source.name}`);
    const asked = await examineRows(session, source, model.plan, column);
    const lookups = asked.direct ? [] : model.plan.lookups;
    const { datasets, states } = datasetsOf(workspace, served, lookups);
    // Everything that its rows follow from: another print, other rows.
    const followsFrom = [question, options.id ?? null, source.print, served, states, size];
    pieces = openPieces(workspace, fingerprint(followsFrom), () => ({
      id: options.id ?? newId(),
      asOf: typeof asOf === 'object' && 'at' in asOf ? asOf.at : clock.now(),
      size,
    }));
    // Killed after it was brought, and before what was kept of it was let go.
    const brought = state.batches.get(pieces.pinned.id);
    if (brought !== undefined) {
      pieces.done();
      return { ...brought, again: true, resumed: 0 };
    }
    const each: AsOf = column === undefined ? { at: pieces.pinned.asOf } : { column };
    await askRows(session, source, asked, each);
    const scorer = await openModel(workspace, model, availableParallelism());
    let resumed: number;
    try {
      const shared = { graph, workspace, model, scorer, asked, datasets };
      resumed = await scoreAll(session, { ...shared, ...(signal ? { signal } : {}) }, pieces, progress);
    } finally {
      await scorer.close();
    }
    progress(0.95, `bringing ${target} to the lake`);
    const batch = await bringBatch(workspace, session, pieces, asked.keys, {
      ...{ id: pieces.pinned.id, asset: question.asset, target, print, rows: asked.rows },
      versions: [...new Set([served.version, served.model, ...Object.values(states)])],
      asOf: 'at' in each ? each.at : null,
      ...{ served, states },
      // The same for every row.
      classes: answerOf(model, new Float64Array(model.classes?.length ?? 1)).classes,
    });
    pieces.done();
    return { ...batch, again: false, resumed };
  } catch (error) {
    // Another process was at the same batch, and was faster.
    const there = pieces && state.batches.get(pieces.pinned.id);
    if (there !== undefined) return { ...there, again: true, resumed: 0 };
    throw error;
  } finally {
    session.close();
  }
}

/** @throws MILL_BATCH_ROWS */
function refuseOutside(at: Instant): void {
  if (at >= EARLIEST && at < LATEST) return;
  throw new MillraceError({
    code: 'MILL_BATCH_ROWS',
    message: `As of ${formatInstant(at)}, which is before 1700 or from 2255 on, nothing is known.`,
    todo: 'Ask as of another instant; nothing was scored.',
    owner: 'data',
  });
}

/** Scores what is not scored yet; gives how many rows were. */
async function scoreAll(
  session: Session,
  scoring: Scoring,
  pieces: Pieces,
  progress: NonNullable<BatchOptions['progress']>,
): Promise<number> {
  const { rows } = scoring.asked;
  const { size } = pieces.pinned;
  let resumed = 0;
  for (let from = 0, piece = 0; from < rows; from += size, piece++) {
    scoring.signal?.throwIfAborted();
    const to = Math.min(rows, from + size);
    if (pieces.has(piece)) resumed += to - from;
    else await pieces.keep(piece, (path) => scorePiece(session, scoring, { from, to }, path));
    progress(0.05 + (0.9 * to) / rows, `${to.toLocaleString('en')} of ${rows.toLocaleString('en')} rows`);
  }
  return resumed;
}

const tableName = /^[a-z][a-z0-9_]{0,52}$/;

/** @throws MILL_BATCH_TARGET */
function targetOf(name: string): string {
  if (tableName.test(name) && !name.includes('__')) return batchTable(name);
  throw new MillraceError({
    code: 'MILL_BATCH_TARGET',
    message: `'${name.slice(0, 100)}' cannot name a table of answers.`,
    todo: "Use lower-case letters, digits and single '_', beginning with a letter, at most 53; `__batch` is put after it.",
    owner: 'project',
  });
}

/** @throws MILL_BATCH_ID */
function knownBatch({ state }: Workspace, id: string, print: string): Batch | undefined {
  if (!/^[A-Za-z0-9._:-]{1,100}$/.test(id))
    throw wrongId(`'${id.slice(0, 100)}' cannot be the id of a batch`);
  const known = state.batches.get(id);
  if (known === undefined || known.print === print) return known;
  throw wrongId(
    `The batch '${id}' is there, and was another question, or of a file that has changed since: ${known.asset} into ${known.target}`,
  );
}

function wrongId(what: string): MillraceError {
  return new MillraceError({
    code: 'MILL_BATCH_ID',
    message: `${what}.`,
    todo: "Give each batch an id of its own, of letters, digits and '.', '_', ':', '-', at most 100.",
    owner: 'project',
  });
}

/** What answers: the model behind a version of an endpoint, or the version of a model itself. @throws MILL_BATCH_ASSET */
function servedOf(asked: Version): Served {
  if (asked.kind === 'endpoint') return servedBy(asked);
  if (asked.kind === 'model') return { endpoint: asked.asset, version: asked.id, model: asked.id };
  throw new MillraceError({
    code: 'MILL_BATCH_ASSET',
    message: `${asked.id} is ${withArticle(asked.kind)}: it answers nothing.`,
    todo: 'Name an endpoint or a model that `millrace show` lists.',
    owner: 'project',
    asset: asked.asset,
  });
}

function refuseOtherCode(graph: Graph, served: Served, { requests }: InputPlan): void {
  for (const { name, body } of requests) {
    const node = graph.nodes.get(name) as Node<{ readonly code?: string }> | undefined;
    if (node === undefined || node.body.code !== body.code) throw codeChanged(served, name);
  }
}

/** The datasets that features are answered from: what is live of each. */
function datasetsOf(
  { state, lake }: Workspace,
  served: Served,
  lookups: InputPlan['lookups'],
): { datasets: Map<string, TableState>; states: Record<string, string> } {
  const datasets = new Map<string, TableState>();
  const states: Record<string, string> = {};
  for (const { name, body } of lookups) {
    const live = state.live(body.from);
    const table = live && lake.table(body.from, live.snapshot);
    if (live === undefined || table === undefined)
      throw new MillraceError({
        code: 'MILL_BATCH_ASSET',
        message: `${served.version} looks up ${name}, and ${body.from}, which that is computed from, is not live.`,
        todo: 'Run `millrace run` first.',
        owner: 'project',
        asset: served.endpoint,
      });
    datasets.set(name, table);
    states[name] = live.id;
  }
  return { datasets, states };
}
