export * from './app.ts';
export * from './endpoints.ts';
export { answerFeatures, type FeaturesAnswer } from './feature-answers.ts';
export type { IngestAnswer, IngestOptions, RowReport } from './ingest.ts';
