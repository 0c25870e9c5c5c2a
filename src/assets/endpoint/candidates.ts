import { MillraceError, quoteName } from '../../base/index.ts';
import type { Workspace } from '../../graph/index.ts';
import type { RankSpec } from './declare.ts';

/** Items that are ranked for one question, at most. */
const MOST = 100_000;

/** The items that an endpoint ranks: those of a dataset, as it is live. */
export interface Candidates {
  /** @throws MILL_ENDPOINT_CANDIDATES when there are none, or too many */
  items(): Promise<readonly string[]>;
}

/** Reads the items again when another version of the dataset is live. */
export function openCandidates(
  { state, lake, engine }: Pick<Workspace, 'state' | 'lake' | 'engine'>,
  { item, among }: RankSpec,
): Candidates {
  let known: { readonly version: string; readonly items: Promise<readonly string[]> } | undefined;
  async function read(snapshot: number): Promise<readonly string[]> {
    const table = lake.table(among, snapshot);
    if (table === undefined) throw refuse(among, `has no table`);
    const session = await engine.session();
    try {
      const column = `${quoteName(item)}::VARCHAR`;
      const rows = await session.rows<{ item: string }>(
        `select distinct ${column} as item from ${session.scan(table)} where ${column} <> '' order by 1 limit ${MOST + 1}`,
      );
      if (rows.length === 0) throw refuse(among, `has no row with '${item}'`);
      if (rows.length > MOST) throw refuse(among, `has more than ${MOST.toLocaleString('en')} of '${item}'`);
      return rows.map((row) => row.item);
    } finally {
      session.close();
    }
  }
  return {
    async items() {
      const live = state.live(among);
      if (live === undefined) throw refuse(among, 'is not live');
      if (known?.version !== live.id) known = { version: live.id, items: read(live.snapshot) };
      const { version, items } = known;
      return items.catch((error: unknown) => {
        // The next question tries again.
        if (known?.version === version) known = undefined;
        throw error;
      });
    },
  };
}

function refuse(among: string, what: string): MillraceError {
  return new MillraceError({
    code: 'MILL_ENDPOINT_CANDIDATES',
    message: `There is nothing to rank: ${among} ${what}.`,
    todo: 'Rank among a dataset that holds the items which may be answered.',
    owner: 'data',
    asset: among,
  });
}
