import { contractOf, MASK, personalColumns } from '../assets/index.ts';
import { formatInstant, quoteName } from '../base/index.ts';
import type { Node, Workspace } from '../graph/index.ts';

/** What a column of a live dataset holds. */
export interface ColumnProfile {
  readonly name: string;
  readonly type: string;
  readonly nulls: number;
  /** Number of different values, estimated (HyperLogLog, about 2 % off); null where there are none. */
  readonly distinct: number | null;
  /** Bounds as text; null in an empty column, masked in one of personal data. */
  readonly min: string | null;
  readonly max: string | null;
}

/** Longest text shown of a bound. */
const LONGEST = 40;

/** The columns of the table an asset's live version keeps in the lake, in one pass over it; undefined when it keeps none. */
export async function profileOf(
  node: Node,
  { state, lake, engine }: Workspace,
): Promise<ColumnProfile[] | undefined> {
  const live = state.live(node.name);
  const table = live && lake.table(node.name, live.snapshot);
  if (table === undefined) return undefined;
  const shown = table.columns.filter(({ name }) => !name.startsWith('_'));
  if (shown.length === 0) return undefined;
  const session = await engine.session();
  try {
    const parts = shown.flatMap(({ name, type }, i) => {
      const column = quoteName(name);
      const bound = (of: 'min' | 'max'): string =>
        type === 'timestamp'
          ? `epoch_us(${of}(${column}))::VARCHAR`
          : `left(${of}(${column})::VARCHAR, ${LONGEST})`;
      return [
        `count(*) - count(${column}) as n${i}`,
        `least(approx_count_distinct(${column}), count(${column})) as d${i}`,
        `${bound('min')} as a${i}`,
        `${bound('max')} as z${i}`,
      ];
    });
    const [row = {}] = await session.rows<Record<string, number | string | null>>(
      `select ${parts.join(', ')} from ${session.scan(table)}`,
    );
    const personal = personalColumns(contractOf(node));
    return shown.map(({ name, type }, i) => {
      const bound = (value: unknown): string | null => {
        if (typeof value !== 'string') return null;
        if (personal.has(name)) return MASK;
        return type === 'timestamp' ? formatInstant(Number(value)) : value;
      };
      return {
        name,
        type,
        nulls: Number(row[`n${i}`]),
        distinct: row[`a${i}`] === null ? null : Number(row[`d${i}`]),
        min: bound(row[`a${i}`]),
        max: bound(row[`z${i}`]),
      };
    });
  } finally {
    session.close();
  }
}
