import type { Kernel } from './kernel/index.ts';
import type { SharedSpace } from './shared-space.ts';
import type { Team } from './team.ts';
import { hasCode } from './tree.ts';

/** The rows that a tree is grown on, in memory that a team shares: those of a node stand together, in their own order. */
export interface RowSpace {
  readonly rows: Int32Array;
  /** Derivatives in the order of `rows`, where they were gathers. */
  readonly first: Float64Array;
  readonly second: Float64Array;
  readonly spare: Int32Array;
  /** By rank: how many rows of its stretch go left. */
  readonly lefts: Int32Array;
  /** By rank and code: whether a row goes left, 0 or 1. */
  readonly goesLeft: Uint8Array;
}

export const rowSpace = (rows: number, size: number, space: SharedSpace): RowSpace => ({
  rows: space.ints(rows),
  first: space.floats(rows),
  second: space.floats(rows),
  spare: space.ints(rows),
  lefts: space.ints(size),
  goesLeft: space.bytes(256 * size),
});

/** Of which parts of a node the derivatives will be wanted, and where they are by row. */
export interface Gathers {
  readonly left: boolean;
  readonly right: boolean;
  readonly first: Float64Array;
  readonly second: Float64Array;
}

/** One thread's view of the rows: what it does in its stretch, and when it waits for the others. */
export class RowOrder {
  private readonly space: RowSpace;
  private readonly team: Team;
  private readonly kernel: Kernel;
  private readonly goesLeft: Uint8Array;

  constructor(space: RowSpace, team: Team, kernel: Kernel) {
    this.space = space;
    this.team = team;
    this.kernel = kernel;
    this.goesLeft = space.goesLeft.subarray(256 * team.rank, 256 * (team.rank + 1));
  }

  /** Brings the derivatives of this thread's stretch of [from, to) into the order of rows. */
  gather(first: Float64Array, second: Float64Array, from: number, to: number): void {
    const [start, end] = this.team.part(from, to);
    this.gatherAll(first, second, start, end);
  }

  /**
   * Moves rows of [from, to) that go left, `leftRows` of them, before those that go right, both kept in order, and gathers the
   * derivatives of the parts that `gathers` names. All of the team must call it, and have met when it returns.
   */
  part(
    codes: Uint8Array,
    set: Uint32Array,
    from: number,
    to: number,
    leftRows: number,
    gathers: Gathers,
  ): void {
    const { goesLeft, kernel, team } = this;
    const { rows, spare, lefts } = this.space;
    for (let code = 0; code < 256; code++) goesLeft[code] = hasCode(set, 0, code) ? 1 : 0;
    const [start, end] = team.part(from, to);
    const front = kernel.part(rows, spare, codes, goesLeft, start, end);
    lefts[team.rank] = front - start;
    team.meet();
    let leftTo = from;
    let rightTo = from + leftRows;
    for (let rank = 0; rank < team.rank; rank++) {
      const [rankFrom, rankTo] = team.part(from, to, rank);
      leftTo += lefts[rank]!;
      rightTo += rankTo - rankFrom - lefts[rank]!;
    }
    const leftEnd = leftTo + front - start;
    const rightEnd = rightTo + end - front;
    kernel.copy(spare, start, 1, rows, leftTo, leftEnd);
    kernel.copy(spare, end - 1, -1, rows, rightTo, rightEnd);
    if (gathers.left) this.gatherAll(gathers.first, gathers.second, leftTo, leftEnd);
    if (gathers.right) this.gatherAll(gathers.first, gathers.second, rightTo, rightEnd);
    team.meet();
  }

  private gatherAll(first: Float64Array, second: Float64Array, from: number, to: number): void {
    const { rows, first: ownFirst, second: ownSecond } = this.space;
    this.kernel.gather(rows, from, to, first, second, ownFirst, ownSecond);
  }
}
