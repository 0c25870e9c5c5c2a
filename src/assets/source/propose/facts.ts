import type { ColumnType } from '../../../base/index.ts';

/** A text and how many cells hold it. */
export interface TextCount {
  readonly text: string;
  readonly count: number;
}

/** How the cells of a column read as one type. */
export interface Fit {
  /** Cells that have a form in the type. */
  readonly cells: number;
  /** Of numbers as they are, of timestamps in microseconds; null for none. */
  readonly min: number | null;
  readonly max: number | null;
}

/** What was counted in a column over all rows. */
export interface ColumnFacts {
  readonly name: string;
  /** `text`, or DuckDB's name of the type. */
  readonly form: string;
  /** JSON lines: all its values were texts, so digits are no numbers. */
  readonly quoted: boolean;
  readonly rows: number;
  /** Cells that are there: neither null nor a text that means missing. */
  readonly present: number;
  readonly fits: ReadonlyMap<ColumnType, Fit>;
  /** Texts of digits alone, perhaps with a sign. */
  readonly digits: number;
  /** Texts of digits that begin with 0 and are longer than it. */
  readonly leadingZeros: number;
  /** Texts with a point. */
  readonly pointed: number;
  readonly longest: number;
  /** About how many different values. */
  readonly distinct: number;
  /** Different values of the first rows. */
  readonly sample: readonly string[];
  /** All values, the most frequent first, when they are few. */
  readonly values?: readonly TextCount[];
  /** What does not read as the type that most cells have: the most frequent of it, and how many different texts. */
  readonly misfits?: {
    readonly type: ColumnType;
    readonly texts: readonly TextCount[];
    readonly distinct: number;
  };
}

const NUMBERS: readonly ColumnType[] = ['integer', 'double', 'timestamp', 'boolean'];

/** The type other than text that most cells read as; undefined when fewer than half of them read as any. */
export function leadingType(fits: ReadonlyMap<ColumnType, Fit>, present: number): ColumnType | undefined {
  const cells = (type: ColumnType): number => fits.get(type)?.cells ?? 0;
  // On a tie the narrower wins: every integer is a double, and 0 and 1 are booleans too.
  let best: ColumnType | undefined;
  for (const type of NUMBERS) if (best === undefined || cells(type) > cells(best)) best = type;
  return best !== undefined && cells(best) > 0 && cells(best) * 2 >= present ? best : undefined;
}
