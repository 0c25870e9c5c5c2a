export * from './app.ts';
export * from './endpoints.ts';
export type { IngestAnswer, IngestOptions, RowReport } from './ingest.ts';
