import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { connectorConformance, type Item } from '../connector.conformance.ts';
import { files } from './declare.ts';

// One file that is written anew: a changed file's rows replace its old ones.
connectorConformance(
  'files',
  async (folder) => {
    mkdirSync(join(folder, 'in'));
    let name = 'n';
    return {
      from: files('in/*.csv'),
      put: async (items) => writeFileSync(join(folder, 'in', 'items.csv'), csvOf(items, name)),
      rename: async (_, to) => {
        name = to;
      },
      down: async () => renameSync(join(folder, 'in'), join(folder, 'out')),
      up: async () => renameSync(join(folder, 'out'), join(folder, 'in')),
      close: async () => {},
    };
  },
  { forgets: true, replaces: false, down: 'MILL_SOURCE_FILES_GONE' },
);

function csvOf(items: readonly Item[], name: string): string {
  const quoted = (cell: string | null) => (cell === null ? '' : `"${cell.replaceAll('"', '""')}"`);
  const lines = items.map(({ id, n, at, extra = '' }) => [id, n, at, extra].map(quoted).join(','));
  return [`id,${name},at,extra`, ...lines, ''].join('\n');
}
