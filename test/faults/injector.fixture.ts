/**
 * What becomes of the call at a point: it fails and nothing has happened; it fails of something nobody has named; the disk is full; it has
 * written a part; it has happened but the answer is lost; it hangs until long after everybody has given up, and happens then or not;
 * the process is killed before it, or in the middle of writing.
 */
export const modes = [
  'fail',
  'unnamed',
  'full',
  'torn',
  'lost',
  'late',
  'hang',
  'kill',
  'torn kill',
] as const;
export type Mode = (typeof modes)[number];

/** A call that was made to fail. */
export interface Struck {
  readonly call: string;
  readonly mode: Mode;
}

/** The nth call of a name, from 1: a number among all calls would name another one as soon as two steps change places. */
export interface Strike {
  readonly call: string;
  readonly nth: number;
  readonly mode: Mode;
}

/** Counts calls while it is armed, and says of one of them what is to become of it. */
export interface Injector {
  /** Told before each call, with the modes that it knows; the first of them stands in for one that it does not. */
  at(call: string, able: readonly Mode[]): Mode | undefined;
  arm(strike?: Strike): void;
  /** Nothing is counted any more. Gives the calls since it was armed, and the one that was struck. */
  disarm(): { readonly calls: readonly string[]; readonly struck: Struck | undefined };
}

export function newInjector(): Injector {
  let calls: string[] | undefined;
  let strike: Strike | undefined;
  let alike = 0;
  let struck: Struck | undefined;
  return {
    at(call, able) {
      if (calls === undefined) return undefined;
      calls.push(call);
      if (call !== strike?.call || ++alike !== strike.nth) return undefined;
      const mode = able.includes(strike.mode) ? strike.mode : strike.mode.endsWith('kill') ? 'kill' : able[0];
      if (mode === undefined) return undefined;
      struck = { call, mode };
      // Nothing of this process may know: no handler runs, nothing is flushed.
      if (mode === 'kill') process.kill(process.pid, 'SIGKILL');
      return mode;
    },
    arm(given) {
      calls = [];
      strike = given;
      alike = 0;
      struck = undefined;
    },
    disarm() {
      const found = { calls: calls ?? [], struck };
      calls = undefined;
      return found;
    },
  };
}
