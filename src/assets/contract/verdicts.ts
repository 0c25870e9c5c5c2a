import type { Instant } from '../../base/index.ts';
import type { ColumnData } from '../../engine/index.ts';
import type { CheckResult, Version } from '../../store/state/index.ts';
import { standingOf } from './standing.ts';

/** A version with how it was judged. */
export interface JudgedVersion {
  readonly version: Version;
  readonly checks: readonly CheckResult[];
}

/**
 * How every rule was judged, by version and by the event time that the version's build brought, as columns of a table: `asset`, `version`, `status`,
 * `snapshot`, `judged_at`, `from_time`, `to_time` (half-open; null where there is no event time), `name`, `passed`, `severity`, `observed`, `wanted`.
 * A version that built several intervals has a row for each.
 */
export function verdictColumns(judged: readonly JudgedVersion[]): ColumnData[] {
  const rows = judged.flatMap(({ version, checks }) => {
    const built = standingOf(version)?.built ?? [];
    const intervals = built.length === 0 ? [{ from: null, to: null }] : built;
    return intervals.flatMap((interval) => checks.map((check) => ({ version, check, ...interval })));
  });
  const text = (name: string, of: (row: (typeof rows)[number]) => string): ColumnData => ({
    name,
    type: 'string',
    values: rows.map(of),
  });
  const number = (
    name: string,
    type: 'integer' | 'timestamp' | 'boolean',
    of: (row: (typeof rows)[number]) => Instant | null,
  ): ColumnData => ({ name, type, values: Float64Array.from(rows, (row) => of(row) ?? Number.NaN) });
  return [
    text('asset', ({ version }) => version.asset),
    text('version', ({ version }) => version.id),
    text('status', ({ version }) => version.status),
    number('snapshot', 'integer', ({ version }) => version.snapshot),
    number('judged_at', 'timestamp', ({ version }) => version.createdAt),
    number('from_time', 'timestamp', ({ from }) => from),
    number('to_time', 'timestamp', ({ to }) => to),
    text('name', ({ check }) => check.name),
    number('passed', 'boolean', ({ check }) => Number(check.passed)),
    text('severity', ({ check }) => check.severity),
    text('observed', ({ check }) => check.observed),
    text('wanted', ({ check }) => check.wanted),
  ];
}
