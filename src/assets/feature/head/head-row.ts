import type { ColumnType, Instant } from '../../../base/index.ts';
import { cellOf } from '../../contract/index.ts';
import { type Cell, cleanCell } from '../cell.ts';
import { layoutOf } from '../layout.ts';
import type { FeaturesBody } from '../spec.ts';
import type { SeenRow } from '../tiles.ts';

/** The cells of a posted row by column, as JSON has them. */
export type PostedCells = Readonly<Record<string, unknown>>;

/** Rows of a head come after all rows of the lake, whose ids are below this. */
const FIRST_ROW = 2 ** 52;

/** A posted row in the head. */
export class HeadRow {
  readonly cells: PostedCells;
  #row: number;
  /** By definition: each looks at other columns. */
  #seen: WeakMap<FeaturesBody, SeenRow | undefined> | undefined;

  constructor(cells: PostedCells, place: number) {
    this.cells = cells;
    this.#row = FIRST_ROW + place;
  }

  /** Its place among all rows, as if in the lake. */
  get row(): number {
    return this.#row;
  }

  /** Others have come to stand before it. */
  move(place: number): void {
    if (this.#row === FIRST_ROW + place) return;
    this.#row = FIRST_ROW + place;
    this.#seen = undefined;
  }

  /** As these features see it; undefined where they never do. */
  seenBy(body: FeaturesBody): SeenRow | undefined {
    this.#seen ??= new WeakMap();
    if (!this.#seen.has(body)) this.#seen.set(body, seenRow(body, this));
    return this.#seen.get(body);
  }
}

/** The twin of `rowsSql`, for one row as it was posted. */
function seenRow(body: FeaturesBody, { cells, row }: HeadRow): SeenRow | undefined {
  const event = typed(cells, body.eventTime, 'timestamp') as Instant | null;
  if (event === null) return undefined;
  let known = event + body.availableAfter;
  if (body.availableAt !== null) {
    const available = typed(cells, body.availableAt, 'timestamp') as Instant | null;
    if (available === null) return undefined;
    known = Math.max(event, available);
  }
  return {
    event,
    known,
    row,
    cells: layoutOf(body).columns.map(({ name, type }) => cleanCell(typed(cells, name, type))),
  };
}

/** A cell as the lake will have it; null where it has none. */
export function typed(cells: PostedCells, column: string, type: ColumnType): Cell {
  const cell = Object.hasOwn(cells, column) ? cells[column] : null;
  return cell === null || cell === undefined ? null : (cellOf(type)(cell) ?? null);
}
