import { join } from 'node:path';
import type { Session } from '../../../../src/engine/index.ts';

export default async function input(folder: string, sql: Session) {
  const to = join(folder, 'a.parquet').replaceAll("'", "''");
  await sql.run(
    `copy (select * from (values ('a', 9007199254740991), ('b', 9007199254740993), ('c', null)) t(id, n)) to '${to}' (format parquet)`,
  );
}
