// The front door for those who write a trainer, a connector or a store of their own: the suites that ours pass. Each registers
// tests with node:test, so it is called from a test file that `node --test` runs.

import { MillraceError } from './base/index.ts';

/** Development needs it, what is served does not: whoever runs the suites brings it. */
const PACKAGE = 'fast-check';

await import(PACKAGE).catch((cause: unknown) => {
  throw new MillraceError(
    {
      code: 'MILL_CONFORMANCE_PACKAGE_MISSING',
      message: `The conformance suites need the npm package ${PACKAGE}, which is not installed.`,
      todo: `Run \`npm install --save-dev ${PACKAGE}\` in the project.`,
      owner: 'project',
    },
    { cause },
  );
});

// Imported after that has been said: each of them needs it.
export const { blobStoreConforms } = await import('./store/blob/blob.conformance.ts');
export const { onlineStoreConforms } = await import('./store/online/online.conformance.ts');
export const { connectorConformance } = await import('./assets/source/connector.conformance.ts');
export const { trainerConforms } = await import('./assets/model/train/trainer.conformance.ts');

export type {
  Attribution,
  FitContext,
  FitInput,
  FitSummary,
  Fitted,
  InputColumn,
  ModelLabel,
  RowRange,
  Task,
  Trainer,
} from './assets/model/train/index.ts';
export type { Excused } from './assets/model/train/trainer.conformance.ts';
export type { Item, OutsideBench, Traits } from './assets/source/connector.conformance.ts';
export type {
  Asked,
  ConnectorPort,
  Delivery,
  Look,
  Reading,
  ReadOptions,
  Recorded,
  RecordedLoad,
} from './assets/source/connector.port.ts';
export type { BlobPlace } from './store/blob/blob.conformance.ts';
export type { BlobStore } from './store/blob/index.ts';
export type { Entry, Found, OnlineStore, SpaceAsk, StateValue } from './store/online/index.ts';
export type { OnlinePlace } from './store/online/online.fixture.ts';
