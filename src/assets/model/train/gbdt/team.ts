/** Where in the control words what stands. */
const ARRIVED = 0;
const ROUND = 1;
const TAKEN = 2;

/** How many words of shared memory a team needs. */
export const CONTROL_WORDS = 3;

/** Looks before a thread goes to sleep: some microseconds, less than waking it up costs. */
const LOOKS = 500;

/**
 * Threads that walk through one program together, each with its part of the work. What each decides, it decides from
 * shared memory after all have met, so all decide the same; a team of one never waits.
 */
export class Team {
  readonly rank: number;
  readonly size: number;
  private readonly control: Int32Array;
  private base = 0;

  /** `control`: CONTROL_WORDS words of shared memory, zero at first, the same for all of the team. */
  constructor(rank: number, size: number, control: Int32Array) {
    this.rank = rank;
    this.size = size;
    this.control = control;
  }

  /** Returns when all of the team have come here; what they wrote before can be read. */
  meet(): void {
    if (this.size === 1) return;
    const { control } = this;
    const round = Atomics.load(control, ROUND);
    if (Atomics.add(control, ARRIVED, 1) === this.size - 1) {
      Atomics.store(control, ARRIVED, 0);
      Atomics.add(control, ROUND, 1);
      Atomics.notify(control, ROUND);
      return;
    }
    for (let look = 0; look < LOOKS; look++) if (Atomics.load(control, ROUND) !== round) return;
    while (Atomics.load(control, ROUND) === round) Atomics.wait(control, ROUND, round);
  }

  /** Does `work` for 0, …, units − 1, each by whoever is free. All of the team must call it; none waits for the others. */
  share(units: number, work: (unit: number) => void): void {
    if (this.size === 1) {
      for (let unit = 0; unit < units; unit++) work(unit);
      return;
    }
    for (;;) {
      const unit = (Atomics.add(this.control, TAKEN, 1) - this.base) | 0;
      if (unit >= units) break;
      work(unit);
    }
    // Each of the team took one number too many, to see that it is over.
    this.base = (this.base + units + this.size) | 0;
  }

  /** This thread's part of [from, to): stretches in the order of ranks. */
  part(from: number, to: number, rank = this.rank): [from: number, to: number] {
    // As 32-bit integers: indices that are doubles have every loop over them compiled anew.
    const border = (i: number): number => (from + ((to - from) * i) / this.size) | 0;
    return [border(rank), border(rank + 1)];
  }
}

/** Numbers that all threads see. */
export const sharedFloats = (length: number): Float64Array<SharedArrayBuffer> =>
  new Float64Array(new SharedArrayBuffer(8 * length));

export const sharedInts = (length: number): Int32Array<SharedArrayBuffer> =>
  new Int32Array(new SharedArrayBuffer(4 * length));

export const sharedWords = (length: number): Uint32Array<SharedArrayBuffer> =>
  new Uint32Array(new SharedArrayBuffer(4 * length));

export const sharedBytes = (length: number): Uint8Array<SharedArrayBuffer> =>
  new Uint8Array(new SharedArrayBuffer(length));
