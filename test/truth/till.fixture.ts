import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type FeaturesBody,
  featuresVersionOf,
  type HeadPosition,
  type Heads,
  kinds,
  openHeads,
  openIntake,
  openLookUpSample,
  openServing,
  type Prediction,
  postedSince,
  predictionLog,
  type RowOfLog,
  type Serving,
  type SourceBody,
  servedBy,
  sourceVersionOf,
} from '../../src/assets/index.ts';
import { type Instant, type JsonObject, MINUTE, SECOND } from '../../src/base/index.ts';
import { checked, type Graph, type Node, openWorkspace, run, type Workspace } from '../../src/graph/index.ts';
import {
  col,
  endpoint,
  entity,
  features,
  linear,
  metric,
  model,
  project,
  requestFeatures,
  source,
  stream,
} from '../../src/index.ts';
import { answerFeatures } from '../../src/server/index.ts';
import type { KeptLookUp, Version } from '../../src/store/state/index.ts';

/** An edit of the till. */
export interface Edit {
  readonly spentOver?: '7d' | '3d';
  /** Another function of the request. */
  readonly doubled?: boolean;
  readonly most?: number;
  /** The least share of features that were served as they are replayed. */
  readonly sameness?: number;
}

export interface Payment {
  readonly id: string;
  readonly card: string;
  readonly amount: number;
  readonly at: Instant;
}

/** Payments that are posted, features of cards, an endpoint. */
export function till({ spentOver = '7d', doubled = false, most = 100_000, sameness }: Edit = {}) {
  const payments = source('payments', {
    from: stream(),
    columns: {
      id: col.string(),
      card: col.string(),
      amount: col.double().between(0, most),
      at: col.timestamp(),
    },
    key: 'id',
    eventTime: 'at',
  });
  const card = entity('card', { key: 'card' });
  const activity = features('activity', {
    entity: card,
    from: payments,
    compute: ({ count, sum, last }) => ({
      times: count().over('7d'),
      spent: sum('amount').over(spentOver),
      latest: last('amount').over('7d'),
    }),
  });
  const request = { amount: col.double() };
  const beside = requestFeatures('beside', {
    request,
    uses: { activity },
    compute: doubled
      ? ({ request, activity }) => ({ more: request.amount - 2 * (activity.spent ?? 0) })
      : ({ request, activity }) => ({ more: request.amount - (activity.spent ?? 0) }),
  });
  const next = model('next', {
    labels: { from: payments, target: 'amount', at: 'at' },
    inputs: [activity, beside],
    trainer: linear({ iterations: 3 }),
    ...(sameness === undefined ? {} : { gates: [metric.sameness.atLeast(sameness)] }),
  });
  const guess = endpoint('guess', { model: next });
  return project('till', { payments, card, activity, beside, next, guess });
}

/** The obvious heads: every row of the log that a version has not, read anew each time. A row under a key that is there is one more row. */
class SlowHeads implements Heads {
  readonly #workspace: Workspace;
  readonly #posted = new Map<string, readonly RowOfLog[]>();

  constructor(workspace: Workspace) {
    this.#workspace = workspace;
  }

  async catchUp(): Promise<void> {
    for (const version of this.#workspace.state.versions('payments'))
      this.#posted.set(version.id, (await postedSince(this.#workspace, version)).rows);
  }

  reach(): undefined {
    return undefined;
  }

  async newest(): Promise<null> {
    return null;
  }

  of(_: FeaturesBody, dataset: string, entity: string) {
    const posted = this.#posted.get(dataset) ?? [];
    const version = this.#workspace.state.version(dataset) as Version;
    const { ends = {} } = (sourceVersionOf(version).reached?.progress ?? {}) as { ends?: HeadPosition };
    const position: Record<string, number> = { ...ends };
    for (const { stream, index } of posted) position[stream] = index + 1;
    const rows = posted.flatMap(({ cells }, i) =>
      cells['card'] === entity
        ? [
            {
              event: cells['at'] as number,
              known: cells['at'] as number,
              row: 1e15 + i,
              cells: [cells['amount'] ?? null],
            },
          ]
        : [],
    );
    return { rows, count: rows.length, position };
  }
}

export interface Till {
  readonly workspace: Workspace;
  readonly graph: () => Graph;
  /** The clock's instant; it stands still until it is moved. */
  now: Instant;
  edit(edit: Edit): Promise<void>;
  post(payments: readonly Payment[]): Promise<void>;
  /** Runs all, or some assets alone. */
  run(...only: string[]): Promise<void>;
  /** Asks about a card, as it is logged. */
  ask(card: string, heads?: 'open' | 'every' | 'none'): Promise<Prediction>;
  /** Looks a card up as `/v1/features/activity` does, and gives what was kept of it. */
  lookUp(card: string): Promise<KeptLookUp>;
  /** Where the state of the features lies that the live model was trained with. */
  space(): string;
  close(): Promise<void>;
}

export const START: Instant = Date.UTC(2026, 5, 1) * 1000;

/** A till that has run once, over a day of payments. */
export async function openTill(): Promise<Till> {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-till-'));
  const opened = await openWorkspace(folder, { MILLRACE_MEMORY: '500MB' });
  const workspace: Workspace = { ...opened, clock: { now: () => open.now } };
  let graph = await checked(till() as never, kinds, workspace.engine);
  const heads = await openHeads(graph, workspace);
  const servings = new Map<string, Promise<Serving>>();
  const open: Till = {
    workspace,
    now: START,
    graph: () => graph,
    async edit(edit) {
      graph = await checked(till(edit) as never, kinds, workspace.engine);
    },
    async post(payments) {
      const intake = await openIntake(
        workspace,
        graph.nodes.get('payments') as Node<SourceBody>,
        heads.taken,
      );
      const lines = payments.map(({ at, ...rest }) =>
        JSON.stringify({ ...rest, at: new Date(at / 1000).toISOString() }),
      );
      await intake.take(await intake.judge(lines));
      intake.close();
    },
    async run(...only) {
      const { ok, steps } = await run(graph, kinds, workspace, only.length === 0 ? {} : { only });
      if (!ok) throw new Error(JSON.stringify(steps));
    },
    async ask(card, which = 'open') {
      const live = workspace.state.live('guess') as Version;
      const given = which === 'open' ? heads : which === 'every' ? new SlowHeads(workspace) : undefined;
      const name = `${live.id} ${which}`;
      const serving = servings.get(name) ?? openServing(graph, workspace, servedBy(live), given);
      servings.set(name, serving);
      const prediction = await (await serving).answer({ card, amount: 10 }, open.now);
      const log = await workspace.log(predictionLog('guess'));
      await log.append(prediction as unknown as JsonObject);
      return JSON.parse(JSON.stringify(prediction)) as Prediction;
    },
    async lookUp(card) {
      const asker = { ...workspace };
      const taken: KeptLookUp[] = [];
      const sample = openLookUpSample(graph, asker, {
        take: (one) => taken.push(one) === 1,
        onError: (error) => {
          throw error;
        },
      });
      // A workspace of its own: what is live may have been looked at a moment ago.
      const asks = [{ name: 'activity', entities: [{ card }] }];
      await answerFeatures(graph, asker, heads, asks, { sample });
      sample.close();
      const [{ id } = { id: '' }] = taken;
      return workspace.state.lookUps.since('activity', 0).find((one) => one.id === id) as KeptLookUp;
    },
    space() {
      const model = workspace.state.live('next') as Version;
      return featuresVersionOf(workspace.state.version(model.inputs['activity'] as string) as Version).space;
    },
    async close() {
      for (const serving of servings.values()) await (await serving).close();
      await opened.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
  await open.post(
    Array.from({ length: 60 }, (_, i) => ({
      id: `first-${i}`,
      card: `old${i % 4}`,
      amount: 5 + ((i * 37) % 90),
      at: START - (i + 1) * 20 * MINUTE,
    })),
  );
  await open.run();
  open.now += SECOND;
  return open;
}
