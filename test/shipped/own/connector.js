import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { files } from 'millrace';
import { connectorConformance } from 'millrace/conformance';

const quoted = (cell) => (cell === null ? '' : `"${cell.replaceAll('"', '""')}"`);

connectorConformance(
  'files, from outside',
  async (folder) => {
    mkdirSync(join(folder, 'in'));
    let name = 'n';
    return {
      from: files('in/*.csv'),
      put: async (items) =>
        writeFileSync(
          join(folder, 'in', 'items.csv'),
          [`id,${name},at`, ...items.map(({ id, n, at }) => [id, n, at].map(quoted).join(',')), ''].join(
            '\n',
          ),
        ),
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
