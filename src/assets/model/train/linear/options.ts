import { checkOption, checkOptionNames, entriesOf, failOption } from '../check-options.ts';

/** Parameters of both linear trainers. What is minimized: Σ weight·loss + l1·Σ|w| + l2/2·Σw², intercepts left free. */
export interface LinearOptions {
  /** Penalty on absolute weights, 0 or above: weights that are not worth it become exactly 0. Default 0. */
  readonly l1?: number;
  /** Penalty on squared weights, above 0, or 0 where `l1` is above. Default 1 where there is no `l1`, else 0. With both: elastic net. */
  readonly l2?: number;
  /**
   * Numbers as cubic splines instead of straight lines: true for all columns with 5 knots, a number of knots (3 to 100) for all, or knots by
   * column. Knots lie at quantiles of the training rows; past the outer ones the curve goes on level. A column with fewer than 3 distinct knots stays a line.
   */
  readonly splines?: true | number | Readonly<Record<string, number>>;
  /** Numbers as steps instead: true for all columns with 10 bins, a number of bins (2 to 255) for all, or bins by column. Edges lie at quantiles. */
  readonly bins?: true | number | Readonly<Record<string, number>>;
  /** Most Newton steps, 1 to 10,000; a handful is usual. Default 100. */
  readonly iterations?: number;
}

/** Which number columns bend, and how. */
export interface Shapes {
  /** Knots and bins of a column; 0 for none. At most one of the two is above 0. */
  of(column: string): { readonly splines: number; readonly bins: number };
  /** Columns that are named. */
  readonly named: readonly string[];
}

export interface LinearParameters {
  readonly l1: number;
  readonly l2: number;
  readonly iterations: number;
  readonly shapes: Shapes;
}

type Pieces = LinearOptions['splines'];

function checkPieces(name: string, pieces: Pieces, least: number, most: number): void {
  const wanted = { least, most, whole: true } as const;
  if (pieces === undefined || pieces === true) return;
  if (typeof pieces === 'number') checkOption(name, pieces, wanted);
  else
    for (const [column, count] of entriesOf(name, pieces, 'true, a number, or a number by input: { age: 5 }'))
      checkOption(`${name}.${column}`, count, wanted);
}

const piecesOf = (pieces: Pieces, column: string, usual: number): number => {
  if (typeof pieces !== 'object') return pieces === true ? usual : (pieces ?? 0);
  return Object.hasOwn(pieces, column) ? pieces[column]! : 0;
};

/** @throws MILL_TRAIN_OPTION_INVALID */
export function linearParameters(options: LinearOptions): LinearParameters {
  checkOptionNames(options, ['l1', 'l2', 'splines', 'bins', 'iterations']);
  const { splines, bins } = options;
  const l1 = checkOption('l1', options.l1 ?? 0, { least: 0, most: 1e12 });
  const l2 = options.l2 ?? (l1 > 0 ? 0 : 1);
  checkOption('l2', l2, { least: 0, most: 1e12, ...(l1 > 0 ? {} : { above: true }) });
  checkPieces('splines', splines, 3, 100);
  checkPieces('bins', bins, 2, 255);
  const named = [splines, bins].map((p) => (typeof p === 'object' ? Object.keys(p) : []));
  const both = named[0]!.find((column) => named[1]!.includes(column));
  const general = [splines, bins].filter((p) => p !== undefined && typeof p !== 'object');
  if (both !== undefined || general.length === 2)
    failOption(
      `${both === undefined ? 'All columns' : `'${both}'`} cannot enter as splines and as bins.`,
      'Choose one of the two.',
    );
  return Object.freeze({
    l1,
    l2,
    iterations: checkOption('iterations', options.iterations ?? 100, { least: 1, most: 10_000, whole: true }),
    shapes: {
      named: named.flat(),
      of: (column: string) => {
        // A column that is named goes before what is said of all.
        if (named[0]!.includes(column)) return { splines: piecesOf(splines, column, 5), bins: 0 };
        if (named[1]!.includes(column)) return { splines: 0, bins: piecesOf(bins, column, 10) };
        return { splines: piecesOf(splines, column, 5), bins: piecesOf(bins, column, 10) };
      },
    },
  });
}
