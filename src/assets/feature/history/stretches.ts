import type { ColumnData } from '../../../engine/index.ts';
import type { Stretch } from './line-sweep.ts';
import type { Values } from './row-cells.ts';

/** A stretch of a line, and whether it begins with the entity at the end of the one before. */
export interface Cut {
  readonly stretch: Stretch;
  readonly continues: boolean;
}

/**
 * Puts the pieces that the engine gives together into stretches of some length. They end where an entity does, unless the last piece is of one
 * entity alone.
 */
export async function* stretchesOf(
  pieces: AsyncIterable<readonly ColumnData[]>,
  length: number,
): AsyncGenerator<Cut> {
  let held: (readonly Values[])[] = [];
  let rows = 0;
  /** The last code that was read, and the last that went with a stretch. */
  let read = Number.NaN;
  let gone = Number.NaN;
  const cut = (): Cut => {
    const stretch = joined(held);
    const codes = stretch.columns[0] as Float64Array;
    const continues = codes[0] === gone;
    gone = codes.at(-1) as number;
    return { stretch, continues };
  };
  for await (const piece of pieces) {
    const columns = piece.map(({ values }) => values);
    const codes = columns[0] as Float64Array;
    if (codes.length === 0) continue;
    const before = read;
    read = codes.at(-1) as number;
    if (rows + codes.length < length) {
      held.push(columns);
      rows += codes.length;
      continue;
    }
    const border = lastBorder(codes, before) ?? codes.length;
    if (border > 0) held.push(columns.map((values) => values.slice(0, border)));
    if (held.length > 0) yield cut();
    held = border < codes.length ? [columns.map((values) => values.slice(border))] : [];
    rows = codes.length - border;
  }
  if (held.length > 0) yield cut();
}

/** Where the last entity of a piece begins; undefined where it is the one that was `before` it, and no other. */
function lastBorder(codes: Float64Array, before: number): number | undefined {
  for (let i = codes.length - 1; i > 0; i--) if (codes[i] !== codes[i - 1]) return i;
  return codes[0] === before ? undefined : 0;
}

function joined(pieces: readonly (readonly Values[])[]): Stretch {
  const [first = []] = pieces;
  const length = pieces.reduce((sum, piece) => sum + (piece[0]?.length ?? 0), 0);
  const columns = first.map((values, c): Values => {
    if (!(values instanceof Float64Array)) return pieces.flatMap((piece) => piece[c] as (string | null)[]);
    const all = new Float64Array(length);
    let at = 0;
    for (const piece of pieces) {
      all.set(piece[c] as Float64Array, at);
      at += (piece[c] as Float64Array).length;
    }
    return all;
  });
  return { length, columns };
}
