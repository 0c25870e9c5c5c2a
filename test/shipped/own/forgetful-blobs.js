import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { blobStoreConforms } from 'millrace/conformance';
import { openBlobs } from './blob-store.js';

// Each opening is a place of its own: what one has stored no other one has.
blobStoreConforms('blobs that nobody else sees', async () => ({
  open: () => openBlobs(mkdtempSync(join(import.meta.dirname, 'own-blobs-'))),
  spoil: async () => {},
  names: async () => [],
}));
