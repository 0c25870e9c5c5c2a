import { join } from 'node:path';
import type { Session } from '../../../../src/engine/index.ts';

export default async function input(folder: string, sql: Session) {
  const to = join(folder, 'a.parquet').replaceAll("'", "''");
  await sql.run(`copy (select 'a' as id, '1' as n) to '${to}' (format parquet)`);
}
