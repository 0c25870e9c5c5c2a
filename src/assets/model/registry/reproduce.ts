import { MillraceError, sha256, withArticle } from '../../../base/index.ts';
import type { ColumnData, Engine, Session } from '../../../engine/index.ts';
import type { Graph, Node, Workspace } from '../../../graph/index.ts';
import type { BlobStore } from '../../../store/blob/index.ts';
import type { Lake, TableState } from '../../../store/lake/index.ts';
import type { Version } from '../../../store/state/index.ts';
import { contentOf, type ModelFile, type ModelVersion, modelVersionOf } from '../detail.ts';
import { environmentChanges, environmentOf } from '../environment.ts';
import { fitModel, ownFile } from '../fit.ts';
import { judge, judgingThen, thresholdOf } from '../judged.ts';
import { columnsOf, readLabelled, rowsOfPart } from '../labelled.ts';
import { openModel } from '../open-model.ts';
import { type BroughtAgain, bringingAgain } from '../outside/bring.ts';
import { createOf, ownIn } from '../own/index.ts';
import type { ModelBody } from '../spec.ts';
import type { Fitted, RowRange } from '../train/index.ts';
import { outsideOf, trainerOf } from '../trainers.ts';
import { type Rebuilt, ROWS, trainingSetVersionOf, withRebuiltRows } from '../training-set/index.ts';

/** What came of making a version again. Nothing was published, and nothing is kept. */
export interface Reproduced {
  readonly version: string;
  /** Whether all of it is as it was. */
  readonly same: boolean;
  /** The rows that it learnt from, rebuilt from the manifest. */
  readonly rows: Rebuilt & { readonly trainingSet: string };
  readonly threshold: { readonly was: number | null; readonly is: number | null; readonly same: boolean };
  /** By figure, on the rows to judge by. */
  readonly figures: Readonly<
    Record<string, { readonly was: number | null; readonly is: number | null; readonly same: boolean }>
  >;
  /** On the rows to judge by: by the file of then and by that of now. */
  readonly predictions: {
    readonly rows: number;
    /** Equal to the bit. */
    readonly equal: number;
    /** The furthest that two are apart. */
    readonly furthest: number;
    readonly same: boolean;
  };
  /** What answers, by its content: the SHA-256 of a file's bytes, or a hash of the files of a folder. */
  readonly file: { readonly was: string; readonly is: string; readonly same: boolean };
  /** What is not as it was then, in words: why something may differ. */
  readonly reasons: readonly string[];
}

/** Told as it goes: how far, 0 to 1, and with what. */
export type ReproduceProgress = (share: number, what: string) => void;

/**
 * Makes a model version again: its training set from the manifest, its training by the trainer, options, seed and cost of then, its figures on the same
 * rows; and compares each with what is on record. One from outside is brought again from the files of then: a script is run again as it was, an imported
 * file is judged again. Publishes nothing.
 * @throws MILL_REPRODUCE_IMPOSSIBLE, MILL_TRAINING_SET_GONE, MILL_TRAINING_SET_CODE, MILL_BLOB_MISSING
 */
export async function reproduceModel(
  workspace: Workspace,
  graph: Graph,
  version: Version,
  progress: ReproduceProgress = () => {},
  signal: AbortSignal = new AbortController().signal,
): Promise<Reproduced> {
  if (version.kind !== 'model') throw impossible(version, `it is ${withArticle(version.kind)}`);
  const then = modelVersionOf(version);
  const elsewhere = outsideOf(then.trainer);
  const stoodOn = elsewhere && (await heldThen(workspace, version, then));
  const own = ownIn(then.trainer);
  const create = createOf(graph.nodes.get(version.asset) as Node<ModelBody> | undefined, then.trainer);
  if (own !== undefined && create === undefined)
    throw impossible(
      version,
      `the project does not declare it with revision ${own.revision} of its own trainer '${own.name}' any more`,
    );
  const trainingSet = workspace.state.version(then.trainingSet);
  if (trainingSet === undefined) throw impossible(version, `${then.trainingSet} has been retired`);
  progress(0, `rebuilding ${trainingSet.id}`);
  return withRebuiltRows(workspace, graph, trainingSet, async (session, rebuilt) => {
    const { definition, plan } = trainingSetVersionOf(trainingSet).manifest;
    const rows = standIn(session);
    const labelled = await readLabelled(rows, trainingSet, definition, plan);
    const body = bodyOf(then);
    const { at, groups, entities, parts } = labelled;
    const { trainer } = then.trainer;
    const blobs = keptInMemory(workspace.blobs);
    const context = {
      ...{ node: { name: version.asset, body }, workspace: { ...workspace, ...rows, blobs }, signal },
      progress: (share: number, what: string) => progress(0.3 + 0.6 * share, what),
      say: () => {},
    };
    progress(0.3, `training ${trainer}`);
    const { fitted, calibrator, predicted } = await fitModel<Fitted | BroughtAgain>(
      elsewhere && stoodOn
        ? bringingAgain(elsewhere, context, { trainingSet, set: definition, plan, labelled }, stoodOn)
        : trainerOf(then.trainer, create),
      body,
      labelled,
      // Without its study: what was searched is searched again.
      { at, knownAfter: definition.labels.knownAfter, entities: groups ?? entities },
      { signal, onProgress: (done, total) => progress(0.3 + (0.6 * done) / total, `training ${trainer}`) },
    );
    progress(0.9, 'comparing');
    const threshold = thresholdOf(body, labelled, predicted);
    const evaluation = judge(body, labelled, rowsOfPart(predicted, labelled, parts.test), threshold);
    const file: ModelFile =
      'file' in fitted
        ? { ...fitted.file, ...(calibrator === undefined ? {} : { calibrator }) }
        : { format: 'onnx', blob: await blobs.put(ownFile(fitted, calibrator)) };
    const predictions = await comparePredictions(context.workspace, then, file, labelled.inputs, parts.test);
    const before = then.evaluation.figures;
    const figures = Object.fromEntries(
      Object.entries(evaluation.figures).map(([name, value]) => {
        const was = before[name as keyof typeof before] ?? null;
        return [name, { was, is: value, same: Object.is(was, value) }];
      }),
    );
    const [was, is] = [contentOf(then.file), contentOf(file)];
    const made: Omit<Reproduced, 'same' | 'reasons'> = {
      version: version.id,
      rows: { ...rebuilt, trainingSet: trainingSet.id },
      threshold: { was: then.threshold, is: threshold, same: Object.is(then.threshold, threshold) },
      figures,
      predictions,
      file: { was, is, same: was === is },
    };
    const held = [made.rows, made.threshold, ...Object.values(figures), predictions, made.file];
    const node = graph.nodes.get(version.asset) as Node<ModelBody> | undefined;
    const packages = 'file' in fitted ? fitted.packages : undefined;
    const reasons = reasonsOf(then, node, graph, workspace.folder, packages);
    // Nothing is left that could have been different, but what it does by itself.
    const fickle = elsewhere && reasons.length === 0 && rebuilt.same && !(predictions.same && made.file.same);
    return {
      ...made,
      same: held.every(({ same }) => same),
      reasons: fickle
        ? [
            `${trainer} was given the same rows, files and seed, and made something else: it is not deterministic`,
          ]
        : reasons,
    };
  });
}

/** What its trainer stood on then, by its names. */
async function heldThen(
  { blobs }: Pick<Workspace, 'blobs'>,
  version: Version,
  { trainer, stoodOn }: ModelVersion,
): Promise<ReadonlyMap<string, Uint8Array>> {
  if (stoodOn === undefined)
    throw impossible(version, `what ${trainer.trainer} stood on was not kept with versions of its time`);
  const held = Object.entries(stoodOn).map(async ([name, blob]) => [name, await blobs.get(blob)] as const);
  return new Map(await Promise.all(held));
}

/** Blobs as they are, and what is put among them while this is there, which is kept nowhere. */
function keptInMemory(blobs: BlobStore): BlobStore {
  const made = new Map<string, Uint8Array>();
  return {
    async put(bytes) {
      const name = sha256(bytes);
      made.set(name, bytes);
      return name;
    },
    get: async (name) => made.get(name) ?? blobs.get(name),
    has: async (name) => made.has(name) || blobs.has(name),
    close: async () => {},
  };
}

/** Rebuilt rows in the place of a table that was written: where a version is read, they are read. */
function standIn(session: Session): {
  readonly lake: Lake;
  readonly engine: Engine;
} {
  // As it was written, so is the order of its row ids.
  const scan = (): string => `(select * exclude (_ask), _ask as _row_id from ${ROWS})`;
  const reading: Session = { ...session, scan, close: () => {} };
  return {
    lake: { table: () => ({}) as TableState } as unknown as Lake,
    engine: { session: async () => reading, close: async () => {} },
  };
}

/** What was declared of the training, from what the version remembers. Gates played no part in it. */
function bodyOf(version: ModelVersion): ModelBody {
  const { seed, trainingSet, calibrator } = version;
  return {
    ...judgingThen(version),
    ...{ seed, trainingSet, target: '', gates: [] },
    ...(calibrator === undefined ? {} : { calibrate: calibrator.kind }),
  };
}

async function comparePredictions(
  workspace: Pick<Workspace, 'blobs' | 'folder'>,
  then: ModelVersion,
  file: ModelFile,
  inputs: readonly ColumnData[],
  range: RowRange,
): Promise<Reproduced['predictions']> {
  const rows = columnsOf(inputs, range);
  const scored = async (file: ModelFile): Promise<Float64Array> => {
    const scorer = await openModel(workspace, { ...then, file });
    try {
      return await scorer.scoreColumns(rows);
    } finally {
      await scorer.close();
    }
  };
  const before = await scored(then.file);
  const now = await scored(file);
  const width = then.classes?.length ?? 1;
  const all = range.to - range.from;
  let equal = 0;
  let furthest = 0;
  for (let row = 0; row < all; row++) {
    let same = true;
    for (let i = row * width; i < (row + 1) * width; i++) {
      const [a, b] = [before[i] as number, now[i] as number];
      same &&= Object.is(a, b);
      furthest = Math.max(
        furthest,
        Number.isNaN(a - b) && !Object.is(a, b) ? Number.POSITIVE_INFINITY : Math.abs(a - b) || 0,
      );
    }
    if (same) equal++;
  }
  return { rows: all, equal, furthest, same: equal === all };
}

function reasonsOf(
  { environment, trainer }: ModelVersion,
  node: Node<ModelBody> | undefined,
  graph: Graph,
  folder: string,
  packages: readonly string[] | undefined,
): string[] {
  if (environment === undefined) return ['what it was trained with is not on record'];
  if (node === undefined) return [];
  const now = environmentOf(graph, { ...node, body: { ...node.body, trainer } }, folder, packages);
  return environmentChanges(environment, now);
}

function impossible({ id, asset }: Version, why: string): MillraceError {
  return new MillraceError({
    code: 'MILL_REPRODUCE_IMPOSSIBLE',
    message: `${id} cannot be made again: ${why}.`,
    todo: `Name a version of a model that \`millrace show ${asset}\` lists, with its training set.`,
    owner: 'project',
    asset,
  });
}
