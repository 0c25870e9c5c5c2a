import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { onlineStoreConforms } from 'millrace/conformance';

onlineStoreConforms('SQLite', async () => ({
  module: new URL('./online-store.js', import.meta.url).href,
  open: 'openStore',
  args: [join(mkdtempSync(join(import.meta.dirname, 'own-online-')), 'online.db')],
}));
