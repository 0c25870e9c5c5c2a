import { hostname } from 'node:os';
import type { Instant } from '../../base/index.ts';
import type { Database } from '../database.ts';

/** Who works on what, over all processes that have the project open. Instants here are of the real clock, also where the project's stands still. */
export interface Leases {
  /** The run is alive at least until then, and keeps what it holds. Called again and again while it works. */
  beat(run: string, until: Instant): void;
  /**
   * Takes an asset for a run. Undefined when it is ours: it was free, or its time had run out, or its process is gone. Otherwise the
   * run that holds it.
   */
  take(asset: string, run: string, now: Instant, until: Instant): string | undefined;
  /** Gives back an asset; nothing happens when another has taken it over. */
  give(asset: string, run: string): void;
  /** Gives back whatever the run still holds. */
  giveAll(run: string): void;
  /** Of runs that never finished, those whose process is silent or gone: they are called failed from now on, and what they held is free. */
  bury(now: Instant): readonly string[];
}

interface Held {
  readonly run: string;
  readonly process: string;
  readonly until: Instant;
}

/** This process, as others see it: on the same machine they can look whether it is still there. */
export const thisProcess = `${hostname()}:${process.pid}`;

/** @param holder whose leases these are; another than this process only in tests */
export function openLeases(database: Database, holder: string = thisProcess): Leases {
  /**
   * A run of our own process counts as free: when one is started inside the other they would wait for each other for ever, and
   * publishing compares before it sets in any case.
   */
  const free = ({ process, until }: Held, now: Instant): boolean =>
    process === holder || until < now || isGone(process);
  return {
    beat: (run, until) =>
      database.transaction(() => {
        database.run('update mill_run set process = ?, until = ? where id = ?', [holder, until, run]);
        database.run('update mill_lease set until = ? where run = ?', [until, run]);
      }),
    take: (asset, run, now, until) =>
      database.transaction(() => {
        const held = database.get<Held>('select run, process, until from mill_lease where asset = ?', [
          asset,
        ]);
        if (held !== undefined && held.run !== run && !free(held, now)) return held.run;
        database.run(
          `insert into mill_lease (asset, run, process, until) values (?, ?, ?, ?)
           on conflict (asset) do update set run = excluded.run, process = excluded.process, until = excluded.until`,
          [asset, run, holder, until],
        );
        return undefined;
      }),
    give: (asset, run) => {
      database.run('delete from mill_lease where asset = ? and run = ?', [asset, run]);
    },
    giveAll: (run) => {
      database.run('delete from mill_lease where run = ?', [run]);
    },
    bury: (now) =>
      database.transaction(() => {
        const open = database.all<{ id: string; process: string | null; until: Instant | null }>(
          "select id, process, until from mill_run where outcome = 'running'",
        );
        const dead = open.filter(
          ({ process, until }) => until === null || until < now || (process !== null && isGone(process)),
        );
        for (const { id, until } of dead) {
          database.run("update mill_run set outcome = 'failed', finished_at = ? where id = ?", [
            Math.min(until ?? now, now),
            id,
          ]);
          database.run('delete from mill_lease where run = ?', [id]);
        }
        return dead.map(({ id }) => id);
      }),
  };
}

/** Whether a process of this machine is no more. Of other machines we cannot know: their time has to run out. */
function isGone(name: string): boolean {
  const [, host, pid] = /^(.*):(\d+)$/.exec(name) ?? [];
  if (host !== hostname()) return false;
  try {
    process.kill(Number(pid), 0);
    return false;
  } catch (error) {
    // EPERM: it is there and belongs to someone else.
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}
