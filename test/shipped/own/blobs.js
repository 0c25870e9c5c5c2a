import { mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { blobStoreConforms } from 'millrace/conformance';
import { openBlobs } from './blob-store.js';

blobStoreConforms('files of our own', async () => {
  const folder = mkdtempSync(join(import.meta.dirname, 'own-blobs-'));
  return {
    open: () => openBlobs(folder),
    spoil: async (name, bytes) => writeFileSync(join(folder, name), bytes),
    names: async () => readdirSync(folder),
  };
});
