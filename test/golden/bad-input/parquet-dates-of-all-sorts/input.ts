import { join } from 'node:path';
import type { Session } from '../../../../src/engine/index.ts';

export default async function input(folder: string, sql: Session) {
  const to = join(folder, 'a.parquet').replaceAll("'", "''");
  await sql.run(
    `copy (select * from (values (date '2026-01-31', timestamp_s '2026-01-31 10:00:00', timestamptz '2026-01-31 10:00:00+02', timestamp_ns '2026-01-31 10:00:00.123456789'), ('infinity', '2026-01-31', '2026-01-31', '2026-01-31')) t(d, s, z, ns)) to '${to}' (format parquet)`,
  );
}
