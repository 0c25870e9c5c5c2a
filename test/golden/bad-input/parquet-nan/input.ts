import { join } from 'node:path';
import type { Session } from '../../../../src/engine/index.ts';

export default async function input(folder: string, sql: Session) {
  const to = join(folder, 'a.parquet').replaceAll("'", "''");
  await sql.run(
    `copy (select * from (values ('a', 'nan'::double, 1::double), ('b', 'inf'::double, 2), ('c', 1.5, 1.5), ('d', -0.0, 3)) t(id, x, n)) to '${to}' (format parquet)`,
  );
}
