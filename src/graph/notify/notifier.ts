import { HOUR, MillraceError, messageOf, type Problem } from '../../base/index.ts';
import type { Version } from '../../store/state/index.ts';
import type { Freshness, Kinds } from '../kind.ts';
import type { Plan } from '../plan.ts';
import type { Graph } from '../project.ts';
import type { RunEvent } from '../run-event.ts';
import type { StepResult } from '../step-result.ts';
import type { Workspace } from '../workspace.ts';
import { type NoticeEvent, type Sending, send } from './send.ts';
import { failures, liveTroubles, stepTroubles, type Trouble, type What } from './trouble.ts';

/** What the one that notices trouble needs to know. */
export interface Watching extends Pick<Sending, 'environment' | 'stopping' | 'retry'> {
  readonly graph: Graph;
  readonly kinds: Kinds;
  readonly workspace: Workspace;
  /** Null for a look while nothing runs. */
  readonly run: string | null;
  readonly onEvent: (event: NoticeEvent) => void;
  /** Whether anybody reads what is said on the console. */
  readonly console: boolean;
}

/** Notices what is amiss while a run is under way, and tells owners. Whatever goes wrong with that fails no run. */
export interface Notifier {
  see(event: RunEvent): void;
  /** The run itself ended by an error. */
  threw(error: unknown): Promise<void>;
  /** The run has ended: looks at what is live of what it planned last, and tells what is still to be told. True when somebody was told. */
  end(planned: Plan, results: ReadonlyMap<string, StepResult>): Promise<boolean>;
}

/** A breach is over when it has not been seen for so long: of a stream, every tenth micro-batch may bring a bad row. */
const QUIET = HOUR;

/** @see Notifier */
export function notifying(watching: Watching): Notifier {
  const { workspace, graph } = watching;
  const { state, clock } = workspace;
  const down = new Set<string>();
  const published = new Set<string>();
  let told = false;
  const onEvent = (event: NoticeEvent): void => {
    told ||= event.event === 'notice' && event.failed === undefined;
    watching.onEvent(event);
  };
  const quietly = async (work: () => Promise<void> | void): Promise<void> => {
    try {
      await work();
    } catch (error) {
      onEvent({ event: 'notices-failed', message: messageOf(error) });
    }
  };
  /** What is on its way: one after the other, so that a receiver is not asked twice at once. */
  let sending = Promise.resolve();
  const tell = (): void => {
    sending = sending.then(() => quietly(() => send({ ...watching, onEvent, down, published })));
  };
  const stepEnded = (result: StepResult): void => {
    const { step, outcome, version } = result;
    if (outcome === 'published') published.add(step.asset);
    if (outcome !== 'failed' && outcome !== 'rejected') return;
    const troubles = stepTroubles(result);
    note(watching, step.asset, troubles, version);
    const now = clock.now();
    for (const { asset, problem, what } of state.notices.open()) {
      if (asset !== step.asset || troubles.some((trouble) => trouble.problem === problem)) continue;
      // It fails still, if of something else; that it is built again, though it does not pass, is good news.
      if (what === outcome) state.notices.drop(asset, problem);
      else if (what === 'failed') state.notices.gone(asset, problem, now);
    }
    tell();
  };
  return {
    see(event) {
      if (event.event !== 'step-finished') return;
      void quietly(() => state.transaction(() => stepEnded(event.result)));
    },
    async threw(error) {
      await quietly(() => {
        const problems: readonly Problem[] = error instanceof MillraceError ? error.problems : [bugOf(error)];
        const by = Map.groupBy(problems, ({ asset }) => (asset && graph.nodes.has(asset) ? asset : ''));
        for (const [asset, of] of by) note(watching, asset, failures(of), undefined);
      });
      tell();
      await sending;
    },
    async end({ steps, unchanged }, results) {
      await sending;
      const built = new Set(unchanged);
      for (const [asset, { outcome }] of results) if (outcome === 'published') built.add(asset);
      const assets = [...unchanged, ...steps.map(({ asset }) => asset)];
      await quietly(() => look(watching, assets, (asset) => built.has(asset), true));
      tell();
      await sending;
      return told;
    },
  };
}

const bugOf = (error: unknown): Problem => ({
  code: 'MILL_BUG',
  message: messageOf(error),
  todo: 'This is a bug in Millrace; please report it with this message.',
  owner: 'millrace',
});

function note(
  { workspace: { state, clock }, run }: Watching,
  asset: string,
  troubles: readonly Trouble[],
  version: Version | undefined,
): void {
  for (const trouble of troubles)
    state.notices.found({ asset, ...trouble, run, version: version?.id ?? null }, clock.now());
}

/**
 * Compares what is live with what is remembered as amiss.
 * @param stands of which assets it is known that they are built as declared, so that failures from before are over
 * @param planned whether a run could plan just now, so that what kept one from it is over
 */
export async function look(
  watching: Watching,
  assets: Iterable<string>,
  stands: (asset: string) => boolean,
  planned: boolean,
): Promise<void> {
  const { graph, workspace } = watching;
  const { state } = workspace;
  const now = workspace.clock.now();
  const found = new Map<Version, readonly Trouble[]>();
  const seen = [...assets];
  for (const asset of seen) {
    const version = state.live(asset);
    if (version === undefined) continue;
    const fresh = await freshnessOf(watching, version);
    found.set(version, liveTroubles(asset, state.checks(version.id), fresh, now));
  }
  // Most often all is well, and nothing is to be written.
  if (state.notices.open().length === 0 && [...found.values()].every(({ length }) => length === 0)) return;
  state.transaction(() => {
    const open = Map.groupBy(state.notices.open(), ({ asset }) => asset);
    const over = (asset: string, whats: readonly What[], troubles: readonly Trouble[] = []): void => {
      for (const { problem, what } of open.get(asset) ?? [])
        if (whats.includes(what as What) && !troubles.some((trouble) => trouble.problem === problem))
          state.notices.gone(asset, problem, now, what === 'breach' ? QUIET : 0);
    };
    for (const asset of seen) if (stands(asset)) over(asset, ['failed', 'rejected']);
    for (const [version, troubles] of found) {
      note(watching, version.asset, troubles, version);
      over(version.asset, ['breach', 'stale'], troubles);
    }
    if (planned) over('', ['failed']);
    for (const { asset, problem } of [...open.values()].flat())
      if (asset !== '' && !graph.nodes.has(asset)) state.notices.drop(asset, problem);
  });
}

async function freshnessOf(
  { graph, kinds, workspace }: Watching,
  version: Version,
): Promise<Freshness | undefined> {
  const node = graph.nodes.get(version.asset);
  return node && kinds.get(node.kind)?.freshness?.(node, version, workspace);
}
