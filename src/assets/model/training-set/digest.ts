import { type ColumnDef, fingerprint, quoteName } from '../../../base/index.ts';
import type { Session } from '../../../engine/index.ts';

/** The rows of a relation in any order: how many, and a digest. Equal digest, equal rows, each as often. */
export async function digestRows(
  session: Session,
  relation: string,
  columns: readonly ColumnDef[],
): Promise<{ readonly rows: number; readonly digest: string }> {
  // Each cell with its length, so that no two rows have one text. Doubles are written so that they can be read back to the bit.
  const cells = columns.map(({ name, type }) => {
    const cell = type === 'timestamp' ? `epoch_us(${quoteName(name)})` : quoteName(name);
    const text = `${cell}::VARCHAR`;
    return `coalesce(length(${text}) || ':' || ${text}, '-')`;
  });
  // Sums of the two halves of 128 bits, as 128-bit integers: in any order, and a row that is there twice counts twice.
  const [row] = await session.rows<{ n: number; low: string; high: string }>(
    `select count(*) as n, coalesce(sum(md5_number_lower(t)), 0)::VARCHAR as low, coalesce(sum(md5_number_upper(t)), 0)::VARCHAR as high
     from (select ${cells.join(' || ')} as t from ${relation})`,
  );
  const { n = 0, low = '0', high = '0' } = row ?? {};
  return { rows: n, digest: fingerprint([columns.map(({ name, type }) => [name, type]), n, low, high]) };
}
