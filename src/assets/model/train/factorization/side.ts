import { binOf, quantiles } from '../quantiles.ts';
import type { InputColumn, RowRange } from '../trainer.port.ts';

/** Parts of a number column of about as many training rows each. */
const BINS = 10;

/** How a column's values are found in a side's table. Place 0 stands for nothing: a missing or an unknown value. */
export type Vocabulary =
  | { readonly name: string; readonly type: 'category'; readonly places: ReadonlyMap<string, number> }
  /** The place of the lowest bin; a value above some of the ascending edges is as many further on. */
  | { readonly name: string; readonly type: 'number'; readonly edges: Float64Array; readonly at: number };

/** The users, or the items: what they are told by. */
export interface Side {
  readonly vocabularies: readonly Vocabulary[];
  /** Places there are, 0 among them. */
  readonly places: number;
}

export function learnSide(columns: readonly InputColumn[], train: RowRange, weights?: Float64Array): Side {
  let places = 1;
  const vocabularies = columns.map((column): Vocabulary => {
    const { name } = column;
    if (column.type === 'number') {
      const edges = quantiles(column.values, train, BINS + 1, weights).slice(1, -1);
      const at = places;
      places += edges.length + 1;
      return { name, type: 'number', edges, at };
    }
    const found = new Map<string, number>();
    for (let row = train.from; row < train.to; row++) {
      const category = column.categories[column.codes[row]!] ?? '';
      if (category !== '' && !found.has(category)) found.set(category, places++);
    }
    return { name, type: 'category', places: found };
  });
  return { vocabularies, places };
}

/** Places by row and column: [row][column], flat. */
export function placesOf(side: Side, columns: readonly InputColumn[], { from, to }: RowRange): Int32Array {
  const width = columns.length;
  const places = new Int32Array((to - from) * width);
  side.vocabularies.forEach((vocabulary, c) => {
    const column = columns[c]!;
    if (vocabulary.type === 'number' && column.type === 'number') {
      for (let row = from; row < to; row++) {
        const x = Math.fround(column.values[row]!);
        if (Number.isFinite(x)) places[(row - from) * width + c] = vocabulary.at + binOf(vocabulary.edges, x);
      }
    } else if (vocabulary.type === 'category' && column.type === 'category') {
      const byCode = column.categories.map((category) => vocabulary.places.get(category) ?? 0);
      for (let row = from; row < to; row++)
        places[(row - from) * width + c] = byCode[column.codes[row]!] ?? 0;
    }
  });
  return places;
}

/** What stands in rows, each once. */
export interface Distinct {
  /** [one][column], flat. */
  readonly places: Int32Array;
  readonly width: number;
  readonly count: number;
  /** Which one a row has. */
  readonly of: Int32Array;
}

export function distinct(places: Int32Array, width: number): Distinct {
  const rows = places.length / width;
  const of = new Int32Array(rows);
  const index = new Map<string, number>();
  const found: number[] = [];
  for (let row = 0; row < rows; row++) {
    const own = places.subarray(row * width, (row + 1) * width);
    const key = own.join();
    let at = index.get(key);
    if (at === undefined) {
      at = index.size;
      index.set(key, at);
      found.push(...own);
    }
    of[row] = at;
  }
  return { places: Int32Array.from(found), width, count: index.size, of };
}
