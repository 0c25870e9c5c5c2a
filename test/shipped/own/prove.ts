import { type BlobStore, blobStoreConforms, type Trainer, trainerConforms } from 'millrace/conformance';

export function prove(open: () => BlobStore, trainer: Trainer): void {
  blobStoreConforms('own', async () => ({ open, spoil: async () => {}, names: async () => [] }));
  trainerConforms('own', trainer, { weights: 'it samples rows' });
}
