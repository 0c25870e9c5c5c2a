import { type Instant, newId, quoteName } from '../../../base/index.ts';
import { changesSql, type Session } from '../../../engine/index.ts';
import type { TableState } from '../../../store/lake/index.ts';
import type { Entry, OnlineStore } from '../../../store/online/index.ts';
import { rowsSql } from '../history/row-sql.ts';
import { seenRows } from '../history/seen-rows.ts';
import { layoutOf } from '../layout.ts';
import type { FeaturesBody } from '../spec.ts';
import type { SeenRow } from '../tiles.ts';
import { type EntityState, fromState, gather, gathered, stateOf } from './state.ts';
import { buildState } from './state-build.ts';

/** Entities whose states are changed one by one, at most; where more have changed, all are made anew. */
const MOST_MOVED = 50_000;
/** States fetched at once. */
const PAGE = 500;

export interface Move {
  readonly session: Session;
  readonly online: OnlineStore;
  readonly body: FeaturesBody;
  readonly space: string;
  readonly before: TableState;
  readonly after: TableState;
  /** The relation of `after`, with row ids; perhaps without files that no window reaches. */
  readonly events: string;
  readonly from: Instant;
}

export type Change = Entry | { readonly entity: string };

/**
 * What becomes of the states of a space when its dataset moves from one snapshot to another: rows that came are added to the states of their
 * entities; an entity of which a row went or changed is made anew from all its rows. Undefined when more entities have
 * changed than are worth it.
 * @throws MILL_FEATURE_SUM_RANGE
 */
export async function movedStates(move: Move): Promise<readonly Change[] | undefined> {
  const { session, body, before, after, events, from } = move;
  const id = newId();
  const [changed, touched, anew] = ['changed', 'touched', 'anew'].map((name) => quoteName(`${name}_${id}`));
  try {
    await session.run(`create temp table ${changed} as from ${changesSql(session, before, after)}`);
    const own = (where: string): string =>
      rowsSql(body, `(select * exclude (_change) from ${changed} where ${where})`, {});
    // Whatever an entity's rows were, of whatever time: what went may be the very thing that a state holds.
    await session.run(
      `create temp table ${touched} as select entity, bool_or(gone) as gone from (
         select entity, false as gone from (${own("_change = 'insert'")})
         union all select entity, true from (${own("_change <> 'insert'")})) group by entity`,
    );
    const [size] = await session.rows<{ n: number }>(`select count(*) as n from ${touched}`);
    if (Number(size?.n) > MOST_MOVED) return undefined;
    const added = await addedRows(
      move,
      `(${rowsSql(body, `(select * exclude (_change) from ${changed} where _change = 'insert')`, { from })})`,
      `(select entity from ${touched} where not gone)`,
    );
    const changes = await addTo(move, added);
    await session.run(`create temp table ${anew} as select entity from ${touched} where gone`);
    const left = new Set(
      (await session.rows<{ entity: string }>(`from ${anew}`)).map(({ entity }) => entity),
    );
    if (left.size > 0)
      for await (const entry of buildState(session, body, events, from, anew)) {
        left.delete(entry.entity);
        changes.push(entry);
      }
    for (const entity of left) changes.push({ entity });
    return changes;
  } finally {
    for (const table of [changed, touched, anew]) await session.run(`drop table if exists ${table}`);
  }
}

async function addedRows(
  { session, body }: Move,
  rows: string,
  among: string,
): Promise<Map<string, SeenRow[]>> {
  const found = new Map<string, SeenRow[]>();
  for await (const { entity, row } of seenRows(session, body, `from ${rows} where entity in ${among}`)) {
    const own = found.get(entity);
    if (own === undefined) found.set(entity, [row]);
    else own.push(row);
  }
  return found;
}

async function addTo(
  { online, body, space, from }: Move,
  added: ReadonlyMap<string, readonly SeenRow[]>,
): Promise<Change[]> {
  const layout = layoutOf(body);
  const changes: Change[] = [];
  const entities = [...added.keys()];
  for (let start = 0; start < entities.length; start += PAGE) {
    const page = entities.slice(start, start + PAGE);
    const [found] = await online.get([{ space, entities: page }]);
    page.forEach((entity, i) => {
      const state = found?.states[i] as EntityState | undefined;
      const into = state === undefined ? gathered(layout) : fromState(layout, state);
      for (const row of added.get(entity) ?? []) gather(layout, into, row, from);
      changes.push({ entity, ...stateOf(body, into, from) });
    });
  }
  return changes;
}
