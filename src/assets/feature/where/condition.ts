// A condition on one row, in its plain form: what goes into a features asset, into its fingerprint, and through JSON.

/** An instant in microseconds since the epoch, apart from a number. */
export type InstantLiteral = { readonly micros: number };
export type Literal = string | number | boolean | InstantLiteral;
/** What a column is compared with: a literal or another column of the row. */
export type Operand = Literal | { readonly column: string };

/** How two values of one type compare. Text and truth values know only the first two. */
export type Comparison = 'is' | 'isNot' | 'above' | 'atLeast' | 'below' | 'atMost';

/**
 * A condition on one row. It is true, false or unknown, as in SQL: a missing cell makes every test of it unknown but `isMissing` and
 * `isThere`; `not` of unknown is unknown, `and` is false where one part is false, `or` is true where one part is true. Only rows
 * where the whole is true are taken.
 */
export type ConditionSpec =
  | { readonly test: Comparison; readonly column: string; readonly to: Operand }
  /** Both ends counted. */
  | { readonly test: 'between'; readonly column: string; readonly from: Literal; readonly to: Literal }
  | { readonly test: 'oneOf'; readonly column: string; readonly values: readonly Literal[] }
  /** Plain text, not a pattern; upper and lower case differ. */
  | { readonly test: 'startsWith' | 'contains'; readonly column: string; readonly text: string }
  | { readonly test: 'isMissing' | 'isThere'; readonly column: string }
  | { readonly test: 'and' | 'or'; readonly of: readonly ConditionSpec[] }
  | { readonly test: 'not'; readonly of: ConditionSpec };

/** Bounds of a condition, so that it stays something people can read and every row can be held against. */
export const DEEPEST = 50;
export const MOST_PARTS = 1_000;
export const MOST_VALUES = 1_000;
export const LONGEST_TEXT = 10_000;

/** The columns that a condition reads, each once, as they come. */
export function conditionColumns(spec: ConditionSpec): string[] {
  const found = new Set<string>();
  const walk = (part: ConditionSpec): void => {
    switch (part.test) {
      case 'and':
      case 'or':
        part.of.forEach(walk);
        return;
      case 'not':
        walk(part.of);
        return;
      default:
        found.add(part.column);
        if ('to' in part && typeof part.to === 'object' && 'column' in part.to) found.add(part.to.column);
    }
  };
  walk(spec);
  return [...found];
}
