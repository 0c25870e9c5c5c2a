/** A row that lives from one snapshot to another. */
export interface Span {
  readonly begin_snapshot: number;
  readonly end_snapshot: number | null;
}

/** Whether there is a snapshot that sees both. */
export function overlap(a: Span, b: Span): boolean {
  return (
    a.begin_snapshot < (b.end_snapshot ?? Number.POSITIVE_INFINITY) &&
    b.begin_snapshot < (a.end_snapshot ?? Number.POSITIVE_INFINITY)
  );
}
