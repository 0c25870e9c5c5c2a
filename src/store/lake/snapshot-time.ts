import { formatInstant, type Instant } from '../../base/index.ts';

/** An instant as DuckDB writes a TIMESTAMPTZ into text, always with six digits so that texts sort as instants do. */
export function snapshotTime(instant: Instant): string {
  const text = formatInstant(instant).replace('T', ' ').replace('Z', '');
  return `${text.padEnd('2026-01-01 00:00:00.000000'.length, '0')}+00`;
}
