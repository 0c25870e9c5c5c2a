import {
  type FeaturesBody,
  featuresVersionOf,
  type Intake,
  kinds,
  type OpenHeads,
  spaceOf,
} from '../assets/index.ts';
import { MillraceError } from '../base/index.ts';
import { type Graph, type Node, plan, run, type Workspace } from '../graph/index.ts';

export interface FlushOptions {
  /** Milliseconds between two micro-batches of a source. Default 10,000. */
  readonly every?: number;
  /** Rows that are brought at once without waiting for that. Default 100,000. */
  readonly rows?: number;
}

export interface Flusher {
  /** Seconds between two micro-batches, at least 1: when it is worth to try again. */
  readonly seconds: number;
  /** Rows that are durable and not in the lake, by source. */
  behind(): Iterable<readonly [source: string, rows: number]>;
  /** Brings what is durable to the lake, now. */
  flush(): Promise<void>;
  /** Brings what is durable to the lake, for the last time. */
  close(): Promise<void>;
}

const EVERY = 10_000;
const ROWS = 100_000;
/** How often it is looked whether enough rows wait, in milliseconds. */
const TICK = 200;

/** Brings posted rows to the lake in micro-batches: each is a run of its source alone, so a version with the log's offset in it. */
export function flushIntakes(
  graph: Graph,
  workspace: Workspace,
  heads: OpenHeads,
  intakes: readonly Intake[],
  onError: (error: unknown) => void,
  { every = EVERY, rows = ROWS }: FlushOptions = {},
): Flusher {
  const flushing = new Map<Intake, Promise<void>>();
  const due = new Map(intakes.map((intake) => [intake, performance.now() + every]));
  const told = new Set<string>();
  /** Once is enough to say the same. */
  const tell = (error: unknown): void => {
    if (told.has(String(error))) return;
    told.add(String(error));
    onError(error);
  };

  const flush = (intake: Intake): Promise<void> => {
    const work =
      flushing.get(intake) ??
      bring(graph, workspace, intake)
        .then(() => moveFeatures(graph, workspace, intake.source))
        .then(() => heads.forget())
        // Nothing is lost: the log keeps what the lake has not taken, and the next one tries again.
        .then(() => told.clear(), tell)
        .finally(() => {
          flushing.delete(intake);
          due.set(intake, performance.now() + every);
        });
    flushing.set(intake, work);
    return work;
  };
  const ticks = setInterval(
    () => {
      for (const intake of intakes)
        if (intake.behind() >= rows || performance.now() >= (due.get(intake) as number)) void flush(intake);
    },
    Math.min(TICK, every),
  ).unref();
  const all = async (): Promise<void> => {
    await Promise.all(flushing.values());
    await Promise.all(intakes.map(flush));
  };
  return {
    seconds: Math.max(1, Math.ceil(every / 1000)),
    behind: () => intakes.map((intake) => [intake.source, intake.behind()] as const),
    flush: all,
    async close() {
      clearInterval(ticks);
      await all();
      for (const intake of intakes) intake.close();
    },
  };
}

async function bring(graph: Graph, workspace: Workspace, intake: Intake): Promise<void> {
  const { source } = intake;
  // Other processes' rows too: one that was killed brings none itself.
  if ((await intake.count()) === 0) return;
  const planned = await plan(graph, kinds, workspace, [source]);
  const step = planned.steps.find(({ asset }) => asset === source);
  if (step?.action !== 'create' && step?.action !== 'extend') {
    // Another process may have brought them since they were counted. Where nothing is to be done, all that the plan saw is in the lake, and
    // what waits now was posted after it.
    if ((await intake.count()) === 0 || planned.unchanged.includes(source)) return;
    throw held(source, step?.reasons ?? []);
  }
  const { steps } = await run(graph, kinds, workspace, { only: [source] });
  const failed = steps.filter(({ outcome }) => outcome !== 'published');
  for (const { problems, checks } of failed) {
    if (problems.length > 0) throw new MillraceError(problems);
    const broken = checks.filter(({ passed, severity }) => !passed && severity === 'block');
    throw held(
      source,
      broken.map(({ name, observed }) => `${name}: ${observed}`),
    );
  }
  await intake.count();
}

/**
 * Brings the states of features up to what has come into the lake, so that the head stays small: of the definition that is live, whether this
 * process declares it or another one has published it since. Features that were never built are for a person to run.
 */
async function moveFeatures(graph: Graph, workspace: Workspace, source: string): Promise<void> {
  const { state } = workspace;
  const nodes = new Map(graph.nodes);
  const assets: string[] = [];
  for (const node of graph.nodes.values()) {
    const live = node.kind === 'features' ? state.live(node.name) : undefined;
    if (live === undefined) continue;
    const { space, body } = featuresVersionOf(live);
    if (body.from !== source || live.inputs[source] === state.live(source)?.id) continue;
    assets.push(node.name);
    if (space !== spaceOf(node.name, (node as Node<FeaturesBody>).body))
      nodes.set(node.name, { ...node, inputs: [source], body });
  }
  if (assets.length === 0) return;
  const { steps } = await run({ ...graph, nodes }, kinds, workspace, { only: { assets, inputs: false } });
  for (const { problems } of steps) if (problems.length > 0) throw new MillraceError(problems);
}

/** A changed declaration, a table rule that does not hold, or a roll-back is for a person to decide on. */
function held(source: string, reasons: readonly string[]): MillraceError {
  return new MillraceError({
    code: 'MILL_INGEST_HELD',
    message: `Posted rows of ${source} are durable but not brought to the lake: ${reasons.join('; ') || 'there is nothing to build'}.`,
    todo: 'Run `millrace plan` to see why, and `millrace run`.',
    owner: 'project',
    asset: source,
  });
}
