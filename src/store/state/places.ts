import type { Instant } from '../../base/index.ts';
import type { Database } from '../database.ts';
import { isGone, thisProcess } from './process.ts';

/** A step that wants to begin. */
export interface Claimant {
  readonly run: string;
  readonly asset: string;
}

/** A limit that leaves no place, and one of those that have it. */
export interface Full {
  readonly tag: string;
  readonly limit: number;
  readonly by: Claimant;
}

/** Places under limits, over all processes that have the project open. Instants here are of the real clock. */
export interface Places {
  /**
   * Takes a place under each limit, or none, so that nobody holds one while waiting for another. Undefined when it has them. Otherwise
   * it stands in line: who came later does not go before, so everybody's turn comes.
   */
  take(
    claimant: Claimant,
    limits: ReadonlyMap<string, number>,
    now: Instant,
    until: Instant,
  ): Full | undefined;
  /** Gives back what it has, and leaves the line. */
  give(claimant: Claimant): void;
}

interface Place extends Claimant {
  readonly tag: string;
  readonly process: string;
  readonly until: Instant;
  /** Of its place in the line: who has a smaller one came before. */
  readonly turn: number;
  readonly held: 0 | 1;
}

/** @param holder whose places these are; another than this process only in tests */
export function openPlaces(database: Database, holder: string = thisProcess): Places {
  const give = ({ run, asset }: Claimant): void => {
    database.run('delete from mill_place where run = ? and asset = ?', [run, asset]);
  };
  return {
    give,
    take: (me, limits, now, until) =>
      database.transaction(() => {
        if (limits.size === 0) return undefined;
        const alive = database.all<Place>('select * from mill_place order by turn').filter((place) => {
          const dead = place.until < now || isGone(place.process);
          if (dead) give(place);
          return !dead;
        });
        const mine = (place: Place): boolean => place.run === me.run && place.asset === me.asset;
        const turn = alive.find(mine)?.turn ?? (alive.at(-1)?.turn ?? 0) + 1;
        const full = [...limits].map(([tag, limit]): Full | undefined => {
          const before = alive.filter(
            (place) => place.tag === tag && !mine(place) && (place.held === 1 || place.turn < turn),
          );
          const by = before.find(({ held }) => held === 1) ?? before[0];
          if (by === undefined || before.length < limit) return undefined;
          return { tag, limit, by: { run: by.run, asset: by.asset } };
        });
        const blocked = full.find((tag) => tag !== undefined);
        for (const tag of limits.keys())
          database.run(
            `insert into mill_place (tag, run, asset, process, until, turn, held) values (?, ?, ?, ?, ?, ?, ?)
             on conflict (run, asset, tag) do update set until = excluded.until, held = excluded.held`,
            [tag, me.run, me.asset, holder, until, turn, blocked === undefined ? 1 : 0],
          );
        return blocked;
      }),
  };
}
