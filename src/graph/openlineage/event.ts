import { type Json, type JsonObject, packageVersion } from '../../base/index.ts';

// Events as the OpenLineage standard has them, version 2-0-2: plain JSON. Only the part that we write.

export type EventType = 'START' | 'COMPLETE' | 'FAIL' | 'ABORT';

/** Each facet by its key; every one names who made it and where its schema is. */
export type Facets = Readonly<Record<string, JsonObject>>;

export interface LineageDataset {
  readonly namespace: string;
  readonly name: string;
  readonly facets?: Facets;
  readonly inputFacets?: Facets;
  readonly outputFacets?: Facets;
}

export interface LineageEvent {
  readonly eventType: EventType;
  /** ISO 8601, UTC. */
  readonly eventTime: string;
  readonly producer: string;
  readonly schemaURL: string;
  readonly run: { readonly runId: string; readonly facets: Facets };
  readonly job: { readonly namespace: string; readonly name: string; readonly facets: Facets };
  readonly inputs: readonly LineageDataset[];
  readonly outputs: readonly LineageDataset[];
}

/** Who makes the events: this package, as a package URL. */
export const PRODUCER = `pkg:npm/millrace@${packageVersion()}`;

export const EVENT_SCHEMA = 'https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent';

/** The facets of the standard that we write: file and version of their schema. */
const standard = {
  ColumnLineageDatasetFacet: '1-2-0',
  DataQualityAssertionsDatasetFacet: '1-1-0',
  DatasetTypeDatasetFacet: '1-0-1',
  DatasetVersionDatasetFacet: '1-0-1',
  DatasourceDatasetFacet: '1-0-1',
  DocumentationDatasetFacet: '1-1-0',
  DocumentationJobFacet: '1-1-0',
  ErrorMessageRunFacet: '1-0-1',
  InputStatisticsInputDatasetFacet: '1-0-0',
  JobTypeJobFacet: '2-0-4',
  LineageDatasetFacet: '1-0-0',
  NominalTimeRunFacet: '1-0-1',
  OutputStatisticsOutputDatasetFacet: '1-0-2',
  OwnershipDatasetFacet: '1-0-1',
  OwnershipJobFacet: '1-0-1',
  ParentRunFacet: '1-2-0',
  ProcessingEngineRunFacet: '1-1-1',
  SchemaDatasetFacet: '1-2-0',
  SQLJobFacet: '1-1-0',
  StorageDatasetFacet: '1-0-1',
  TestRunFacet: '1-0-1',
} as const;

export type StandardFacet = keyof typeof standard;

/** Facets that share a file with others. */
const files: Partial<Record<StandardFacet, string>> = { LineageDatasetFacet: 'LineageFacet' };

/** A facet of the standard. Members that are undefined are left out. */
export function facet(name: StandardFacet, fields: Readonly<Record<string, unknown>>): JsonObject {
  const file = files[name] ?? name;
  return stamped(`https://openlineage.io/spec/facets/${standard[name]}/${file}.json#/$defs/${name}`, fields);
}

/** The version of our own facets. Raised when one of them changes; what was once told keeps its meaning. */
const OWN = '1-0-0';

/** Our own facets, by the last part of their key; docs/reference/openlineage-facets.json has their schema. */
const own = {
  run: 'MillraceRunRunFacet',
  step: 'MillraceStepRunFacet',
  dropped: 'MillraceDroppedRunFacet',
  version: 'MillraceVersionDatasetFacet',
  features: 'MillraceFeaturesDatasetFacet',
  model: 'MillraceModelDatasetFacet',
  endpoint: 'MillraceEndpointDatasetFacet',
} as const;

/** A facet of our own, to stand under `millrace_{name}`. */
export function ownFacet(name: string, fields: Readonly<Record<string, unknown>>): Facets {
  const definition = (own as Readonly<Record<string, string>>)[name];
  if (definition === undefined) throw new TypeError(`there is no facet 'millrace_${name}'`);
  return {
    [`millrace_${name}`]: stamped(`urn:millrace:openlineage:${OWN}#/$defs/${definition}`, fields),
  };
}

function stamped(schema: string, fields: Readonly<Record<string, unknown>>): JsonObject {
  const present = Object.entries(fields).filter(([, value]) => value !== undefined) as [string, Json][];
  return { _producer: PRODUCER, _schemaURL: schema, ...Object.fromEntries(present) };
}
