export * from './blob.port.ts';
export { openBlobFolder } from './folder.ts';
export { openBlobs } from './open.ts';
