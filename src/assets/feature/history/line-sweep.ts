import type { FeatureValue } from '../aggregate/index.ts';
import type { Cell } from '../cell.ts';
import { layoutOf } from '../layout.ts';
import type { FeaturesBody } from '../spec.ts';
import { cellReader, type Values } from './row-cells.ts';
import { Sweep } from './sweep.ts';

/** Some of the line of rows and asks, in the order of the sweep, column by column. */
export interface Stretch {
  readonly length: number;
  /** code, instant, ask (NaN for a row), event, row, and then the row's cells. */
  readonly columns: readonly Values[];
}

/** Cells follow so many columns. */
export const BEFORE_CELLS = 5;

/** What the asks of a stretch were answered, in their order. */
export interface Answers {
  readonly asks: number;
  /** `_ask`, then the features. */
  readonly columns: readonly Values[];
  /** Of each reading: rows of the stretch that came too late to be ever seen. */
  readonly late: readonly number[];
}

/** Sweeps a line stretch by stretch. The next one may go on with the entity at the end of the last. */
export class LineSweep {
  readonly #features: FeaturesBody['features'];
  readonly #sweep: Sweep;
  readonly #cellsOf: (data: readonly Values[], i: number, into: Cell[]) => Cell[];
  #current = -1;

  constructor(body: FeaturesBody) {
    this.#features = body.features;
    this.#sweep = new Sweep(body);
    this.#cellsOf = cellReader(layoutOf(body));
  }

  /** @throws MILL_FEATURE_SUM_RANGE; nothing can be swept after that. */
  take({ length, columns }: Stretch): Answers {
    const sweep = this.#sweep;
    const cellsOf = this.#cellsOf;
    const [code, instant, ask, event, row] = columns as Float64Array[] as [
      code: Float64Array,
      instant: Float64Array,
      ask: Float64Array,
      event: Float64Array,
      row: Float64Array,
    ];
    const cells = columns.slice(BEFORE_CELLS);
    const late = [...sweep.late];
    let asks = 0;
    for (let i = 0; i < length; i++) if (!Number.isNaN(ask[i])) asks++;
    const ids = new Float64Array(asks);
    const answers = this.#features.map(({ list, type }) =>
      list || type === 'string' ? new Array<string | null>(asks).fill(null) : new Float64Array(asks),
    );
    let at = 0;
    // A number that is none is NaN.
    const take = (feature: number, value: FeatureValue): void => {
      const column = answers[feature] as Float64Array | (string | null)[];
      if (column instanceof Float64Array) column[at] = value === null ? Number.NaN : Number(value);
      else
        column[at] = typeof value === 'object' && value !== null ? JSON.stringify(value) : (value as string);
    };
    // One row is filled again and again: the sweep keeps values, and never the row.
    const seen = { known: 0, event: 0, row: 0, cells: [] as Cell[] };
    for (let i = 0; i < length; i++) {
      if (code[i] !== this.#current) {
        this.#current = code[i] as number;
        sweep.clear();
      }
      const id = ask[i] as number;
      if (Number.isNaN(id)) {
        seen.known = instant[i] as number;
        seen.event = event[i] as number;
        seen.row = row[i] as number;
        cellsOf(cells, i, seen.cells);
        sweep.row(seen);
      } else {
        ids[at] = id;
        sweep.ask(instant[i] as number, take);
        at++;
      }
    }
    return {
      asks,
      columns: [ids, ...answers],
      late: sweep.late.map((rows, i) => rows - (late[i] as number)),
    };
  }
}

/** Buffers that go over to another thread, and are not copied. */
export const buffersOf = (columns: readonly Values[]): ArrayBuffer[] =>
  columns.flatMap((values) => (values instanceof Float64Array ? (values.buffer as ArrayBuffer) : []));
