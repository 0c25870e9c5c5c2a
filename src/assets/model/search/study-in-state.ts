import { type Json, MillraceError } from '../../../base/index.ts';
import type { TrialRecord, Trials } from '../../../store/state/index.ts';
import type { Point } from './space.ts';
import type { Study } from './study.port.ts';
import type { Trial } from './trial.ts';

/** After so long without a sign of life a trial is free for others, in microseconds. A trainer says where it is many times a minute. */
const SILENCE = 120e6;

/** A study in the project's state: it outlives the process, and any number of processes work on it. */
export function studyInState(trials: Trials, study: string): Study {
  // Leases are of the real clock, also where the project's stands still.
  const now = (): number => Date.now() * 1000;
  return {
    trials: (most) =>
      trials
        .of(study)
        .filter(({ number }) => number < most)
        .map(trialOf),
    claim(most, atOnce) {
      const claimed = trials.claim(study, { most, atOnce, now: now(), until: now() + SILENCE });
      if (typeof claimed === 'string') return claimed;
      const mine = (held: boolean): void => {
        if (!held) throw lost(claimed.number);
      };
      return {
        number: claimed.number,
        before: claimed.before.map(trialOf),
        choose: (point) => mine(trials.choose(study, claimed, point as Json)),
        beat: () => mine(trials.beat(study, claimed, now() + SILENCE)),
        settle: ({ fault, ...end }) => mine(trials.settle(study, claimed, { ...end, fault: fault ?? null })),
        give: () => trials.give(study, claimed),
      };
    },
  };
}

function trialOf({ point, fault, ...record }: TrialRecord): Trial {
  return { ...record, point: (point ?? {}) as Point, ...(fault === null ? {} : { fault }) };
}

function lost(number: number): MillraceError {
  return new MillraceError({
    code: 'MILL_SEARCH_LOST',
    message: `Trial ${number} was silent for more than ${SILENCE / 1e6} seconds, and another process has taken it over.`,
    todo: 'Run again: the other trials are kept.',
    owner: 'service',
    retry: true,
  });
}
