import { join } from 'node:path';
import type { Session } from '../../../../src/engine/index.ts';

export default async function input(folder: string, sql: Session) {
  const to = join(folder, 'a.parquet').replaceAll("'", "''");
  await sql.run(
    `copy (select * from (values ('a', 1.5::decimal(18,2), 2::decimal(18,2)), ('b', 0.1, 2.5), ('c', 9007199254740993.25, 1)) t(id, x, n)) to '${to}' (format parquet)`,
  );
}
