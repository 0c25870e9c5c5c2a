import { fileURLToPath } from 'node:url';
import { kinds } from '../../src/assets/index.ts';
import { graphOf, openWorkspace, type Project, run } from '../../src/graph/index.ts';
import { col, http, postgres, project, source } from '../../src/index.ts';

// This file is also what the process to be killed runs: `node <this file> <folder> <url> <database>`.

export const runner = fileURLToPath(import.meta.url);

/** Two sources of one API, with and without a key, and with a database a third. */
export function ways(url: string, database: string): Project {
  const from = http({ url, paging: { page: 'page' }, since: { param: 'since', cursor: 'id' } });
  const columns = { id: col.integer(), word: col.string() };
  const keyed = source('keyed', { from, columns, key: 'id' });
  const events = source('events', { from, columns });
  if (database === '') return project('ways', { keyed, events }) as unknown as Project;
  const rows = source('rows', {
    from: postgres({ url: { env: 'WAYS_DATABASE' }, table: 'events', cursor: 'id' }),
    columns,
  });
  return project('ways', { keyed, events, rows }) as unknown as Project;
}

if (process.argv[1] === runner) {
  const [folder = '', url = '', database = ''] = process.argv.slice(2);
  const workspace = await openWorkspace(folder, {});
  const { ok } = await run(graphOf(ways(url, database)), kinds, workspace);
  await workspace.close();
  process.exitCode = ok ? 0 : 1;
}
