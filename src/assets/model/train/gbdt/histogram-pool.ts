import type { SharedSpace } from './shared-space.ts';

/** All histograms of a training together take at most so many bytes; a leaf whose histogram had to go has its children's counted anew. */
const MOST_BYTES = 2 ** 30;

/** Fewer are no use: a node's, and its two children's. */
const FEWEST = 3;

/**
 * Room for the histograms of open leaves. Memory that is never written is never taken from the machine, so it is reserved
 * for the largest tree there may be.
 */
export function histogramSpace(
  length: number,
  leaves: number,
  space: SharedSpace,
  mostBytes = MOST_BYTES,
): Float64Array<SharedArrayBuffer> {
  const wanted = leaves + 2;
  const fitting = Math.floor(mostBytes / (8 * length));
  return space.floats(length * Math.max(FEWEST, Math.min(wanted, fitting)));
}

/** Which places in the space are free. Each thread keeps its own book, and all books say the same. */
export class HistogramPool {
  private readonly free: number[] = [];
  private readonly length: number;
  private readonly places: number;

  constructor(space: Float64Array, length: number) {
    this.length = length;
    this.places = Math.floor(space.length / length);
    this.clear();
  }

  clear(): void {
    this.free.length = 0;
    for (let place = this.places - 1; place >= 0; place--) this.free.push(place * this.length);
  }

  get left(): number {
    return this.free.length;
  }

  /** Where a free histogram begins. It is full of old numbers. */
  take(): number {
    const base = this.free.pop();
    if (base === undefined) throw new Error('no room for another histogram');
    return base;
  }

  give(base: number): void {
    this.free.push(base);
  }
}
