import type { Instant, Json } from '../../base/index.ts';
import type { Database } from '../database.ts';
import { isGone, thisProcess } from './process.ts';

/** A trial of a search, as it is remembered. */
export interface TrialRecord {
  /** Counts from 0 within its study. */
  readonly number: number;
  /** The parameters that are tried; null until they are chosen. */
  readonly point: Json;
  readonly status: 'running' | 'done' | 'pruned' | 'failed';
  readonly loss: number | null;
  readonly rungs: readonly number[];
  readonly fault: string | null;
}

/** What is known of a trial when it is over. */
export type TrialEnd = Pick<TrialRecord, 'loss' | 'rungs' | 'fault'> & {
  readonly status: 'done' | 'pruned' | 'failed';
};

/** A trial that is ours, and all that are settled before its round. */
export interface ClaimedTrial {
  readonly number: number;
  readonly claim: number;
  readonly before: readonly TrialRecord[];
}

/**
 * The trials of searches, over all processes that have the project open. A trial belongs to who claimed it until its time has run out; every
 * write says the claim and does nothing once another has it. Instants here are of the real clock.
 */
export interface Trials {
  /**
   * Claims the first trial that nobody has. Trials go in rounds of `atOnce`: none begins before the round before it is settled, so that what a
   * trial follows from does not depend on who was faster. `busy` when it has to wait for others, `over` when all `most` are settled.
   */
  claim(
    study: string,
    of: { readonly most: number; readonly atOnce: number; readonly now: Instant; readonly until: Instant },
  ): ClaimedTrial | 'busy' | 'over';
  /** It is worked on until then. False when it is no longer ours. */
  beat(study: string, trial: ClaimedTrial, until: Instant): boolean;
  choose(study: string, trial: ClaimedTrial, point: Json): boolean;
  settle(study: string, trial: ClaimedTrial, end: TrialEnd): boolean;
  /** Gives it back untried. */
  give(study: string, trial: ClaimedTrial): void;
  /** In order. */
  of(study: string): TrialRecord[];
}

interface Row {
  readonly number: number;
  readonly point: string;
  readonly status: TrialRecord['status'];
  readonly loss: number | null;
  readonly rungs: string;
  readonly fault: string | null;
  readonly claim: number;
  readonly process: string;
  readonly until: Instant;
}

/** @param holder whose claims these are; another than this process only in tests */
export function openTrials(database: Database, holder: string = thisProcess): Trials {
  const rowsOf = (study: string): Row[] =>
    database.all<Row>(
      'select number, point, status, loss, rungs, fault, "claim", process, until from mill_trial where study = ? order by number',
      [study],
    );
  const write = (
    study: string,
    { number, claim }: ClaimedTrial,
    set: string,
    values: readonly (string | number | null)[],
  ): boolean =>
    database.transaction(() => {
      const held = database.get<{ claim: number }>(
        `select "claim" from mill_trial where study = ? and number = ? and status = 'running'`,
        [study, number],
      );
      if (held?.claim !== claim) return false;
      database.run(`update mill_trial set ${set} where study = ? and number = ?`, [...values, study, number]);
      return true;
    });
  return {
    claim: (study, { most, atOnce, now, until }) =>
      database.transaction(() => {
        const rows = rowsOf(study);
        const lost = rows.filter(
          (row) => row.status === 'running' && (row.until < now || isGone(row.process)),
        );
        const taken = new Set(rows.filter((row) => !lost.includes(row)).map(({ number }) => number));
        let number = 0;
        while (taken.has(number)) number++;
        const running = rows.filter((row) => row.status === 'running' && !lost.includes(row));
        // Who asks for fewer does not wait for the others.
        if (number >= most) return running.some((row) => row.number < most) ? 'busy' : 'over';
        const round = number - (number % atOnce);
        if (running.some((row) => row.number < round)) return 'busy';
        const claim = (lost.find((row) => row.number === number)?.claim ?? 0) + 1;
        database.run(
          `insert into mill_trial (study, number, point, status, loss, rungs, fault, "claim", process, until)
           values (?, ?, 'null', 'running', null, '[]', null, ?, ?, ?)
           on conflict (study, number) do update set
             point = excluded.point, "claim" = excluded."claim", process = excluded.process, until = excluded.until`,
          [study, number, claim, holder, until],
        );
        return { number, claim, before: rows.filter((row) => row.number < round).map(recordOf) };
      }),
    beat: (study, trial, until) => write(study, trial, 'until = ?', [until]),
    choose: (study, trial, point) => write(study, trial, 'point = ?', [JSON.stringify(point)]),
    settle: (study, trial, { status, loss, rungs, fault }) =>
      write(study, trial, 'status = ?, loss = ?, rungs = ?, fault = ?', [
        status,
        loss,
        JSON.stringify(rungs),
        fault,
      ]),
    // Its number of claims is kept, so that who still thinks it is theirs is not mistaken for the next.
    give: (study, trial) => void write(study, trial, 'until = ?', [0]),
    of: (study) => rowsOf(study).map(recordOf),
  };
}

function recordOf({ number, point, status, loss, rungs, fault }: Row): TrialRecord {
  return {
    number,
    point: JSON.parse(point) as Json,
    status,
    loss,
    rungs: JSON.parse(rungs) as number[],
    fault,
  };
}
