import { fileURLToPath } from 'node:url';
import { kinds } from '../../src/assets/index.ts';
import { graphOf, openWorkspace, type Project, run } from '../../src/graph/index.ts';
import { col, files, http, postgres, project, source } from '../../src/index.ts';

// This file is also what the process to be killed runs: `node <this file> <folder> <url> <database> <objects>`.

export const runner = fileURLToPath(import.meta.url);

/** Two sources of one API, with and without a key; with a database and with objects one more each. */
export function ways(url: string, database: string, objects: string): Project {
  const from = http({ url, paging: { page: 'page' }, since: { param: 'since', cursor: 'id' } });
  const columns = { id: col.integer(), word: col.string() };
  const keyed = source('keyed', { from, columns, key: 'id' });
  const events = source('events', { from, columns });
  const rows = source('rows', {
    from: postgres({ url: { env: 'WAYS_DATABASE' }, table: 'events', cursor: 'id' }),
    columns,
  });
  const blocks = source('blocks', { from: files(objects), columns });
  const there = {
    keyed,
    events,
    ...(database === '' ? {} : { rows }),
    ...(objects === '' ? {} : { blocks }),
  };
  return project('ways', there) as unknown as Project;
}

if (process.argv[1] === runner) {
  const [folder = '', url = '', database = '', objects = ''] = process.argv.slice(2);
  const workspace = await openWorkspace(folder, {});
  const { ok } = await run(graphOf(ways(url, database, objects)), kinds, workspace);
  await workspace.close();
  process.exitCode = ok ? 0 : 1;
}
