// The JSON schema of OpenLineage run events as we write them, from the facts about the standard's version 2-0-2: everything that it asks
// for, and nothing that is not named here, so that a misspelt member is found. The standard's own files are asked in test/services.

type Schema = Readonly<Record<string, unknown>>;
type Members = Readonly<Record<string, Schema>>;

const object = (required: readonly string[], properties: Members): Schema => ({
  ...{ type: 'object', required, properties, additionalProperties: false },
});
const list = (items: Schema): Schema => ({ type: 'array', items });
const map = (of: Schema): Schema => ({ type: 'object', additionalProperties: of });
const oneOf = (...values: readonly string[]): Schema => ({ enum: values });
const text: Schema = { type: 'string' };
const count: Schema = { type: 'integer', minimum: 0 };
const uri: Schema = { type: 'string', format: 'uri' };
const time: Schema = { type: 'string', format: 'date-time' };
const named: Members = {
  namespace: { type: 'string', minLength: 1 },
  name: { type: 'string', minLength: 1 },
};

/** A facet, under the address of its own schema. */
function facet(name: string, version: string, required: readonly string[], properties: Members, file = name) {
  const address = `https://openlineage.io/spec/facets/${version}/${file}.json#/$defs/${name}`;
  return object(['_producer', '_schemaURL', ...required], {
    ...{ _producer: uri, _schemaURL: { const: address } },
    ...properties,
  });
}

const run = object(['runId'], { runId: { type: 'string', format: 'uuid' } });
const job = object(['namespace', 'name'], named);
const owners: Members = { owners: list(object(['name'], { name: text, type: text })) };
const severity = oneOf('error', 'warn');

const direct = ['IDENTITY', 'TRANSFORMATION', 'AGGREGATION'];
const indirect = ['JOIN', 'GROUP_BY', 'FILTER', 'SORT', 'WINDOW', 'CONDITIONAL'];
const transformation = (type: string, subtypes: readonly string[]): Schema =>
  object(['type'], { type: { const: type }, subtype: oneOf(...subtypes) });
const transformations: Schema = {
  ...{ type: 'array', minItems: 1 },
  items: { oneOf: [transformation('DIRECT', direct), transformation('INDIRECT', indirect)] },
};
const inputFields = list(
  object(['namespace', 'name', 'field', 'transformations'], { ...named, field: text, transformations }),
);
const sources = list(
  object(['type', 'namespace', 'name'], {
    ...{ type: { const: 'DATASET' }, ...named, field: text, transformations },
  }),
);

const ofRun: Members = {
  parent: facet('ParentRunFacet', '1-2-0', ['run', 'job', 'root'], {
    ...{ run, job, root: object(['run', 'job'], { run, job }) },
  }),
  nominalTime: facet('NominalTimeRunFacet', '1-0-1', ['nominalStartTime'], {
    ...{ nominalStartTime: time, nominalEndTime: time },
  }),
  errorMessage: facet('ErrorMessageRunFacet', '1-0-1', ['message', 'programmingLanguage'], {
    ...{ message: text, programmingLanguage: text },
  }),
  processing_engine: facet('ProcessingEngineRunFacet', '1-1-1', ['version'], {
    ...{ version: text, name: text, openlineageAdapterVersion: text },
  }),
  test: facet('TestRunFacet', '1-0-1', ['tests'], {
    tests: list(
      object(['name', 'status'], {
        ...{ name: text, status: oneOf('pass', 'fail', 'skip'), type: text, severity },
        ...{ expected: text, actual: text, params: { type: 'object' } },
      }),
    ),
  }),
};

const ofJob: Members = {
  jobType: facet('JobTypeJobFacet', '2-0-4', ['processingType', 'integration'], {
    ...{ processingType: oneOf('BATCH', 'STREAMING', 'SERVICE'), integration: text, jobType: text },
    emissionPattern: object(['eventTrigger', 'eventContentMode'], {
      eventTrigger: oneOf('EVENT_BASED', 'PERIODIC'),
      eventContentMode: oneOf('ACCUMULATIVE', 'COMPLETE_SNAPSHOT'),
    }),
  }),
  sql: facet('SQLJobFacet', '1-1-0', ['query'], { query: text, dialect: text }),
  ownership: facet('OwnershipJobFacet', '1-0-1', [], owners),
  documentation: facet('DocumentationJobFacet', '1-1-0', ['description'], { description: text }),
};

const ofDataset: Members = {
  schema: facet('SchemaDatasetFacet', '1-2-0', [], {
    fields: list(
      object(['name'], {
        ...{ name: text, type: text, description: text, ordinal_position: { type: 'integer', minimum: 1 } },
      }),
    ),
  }),
  dataSource: facet('DatasourceDatasetFacet', '1-0-1', [], { name: text, uri }),
  version: facet('DatasetVersionDatasetFacet', '1-0-1', ['datasetVersion'], { datasetVersion: text }),
  columnLineage: facet('ColumnLineageDatasetFacet', '1-2-0', ['fields'], {
    ...{ fields: map(object(['inputFields'], { inputFields })), dataset: inputFields },
  }),
  lineage: facet(
    ...(['LineageDatasetFacet', '1-0-0', ['inputs']] as const),
    { inputs: sources, fields: map(object(['inputs'], { inputs: sources })) },
    'LineageFacet',
  ),
  dataQualityAssertions: facet('DataQualityAssertionsDatasetFacet', '1-1-0', ['assertions'], {
    assertions: list(
      object(['assertion', 'success'], {
        ...{ assertion: text, success: { type: 'boolean' }, column: text, name: text, severity },
        ...{ expected: text, actual: text },
      }),
    ),
  }),
  datasetType: facet('DatasetTypeDatasetFacet', '1-0-1', ['datasetType'], { datasetType: text }),
  storage: facet('StorageDatasetFacet', '1-0-1', ['storageLayer'], { storageLayer: text, fileFormat: text }),
  ownership: facet('OwnershipDatasetFacet', '1-0-1', [], owners),
  documentation: facet('DocumentationDatasetFacet', '1-1-0', ['description'], { description: text }),
};

const statistics: Members = { rowCount: count, size: count, fileCount: count };

/** Facets by key; ours are in docs/reference/openlineage-facets.json. */
const facets = (standard: Members, ...ours: readonly string[]): Schema =>
  object([], {
    ...standard,
    ...Object.fromEntries(
      ours.map((key) => [key, { $ref: `urn:millrace:openlineage:1-0-0#/properties/${key}` }]),
    ),
  });

const ownOfDataset = ['millrace_version', 'millrace_features', 'millrace_model', 'millrace_endpoint'];

export const eventSchema: Schema = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  ...object(['eventType', 'eventTime', 'producer', 'schemaURL', 'run', 'job', 'inputs', 'outputs'], {
    ...{ eventType: oneOf('START', 'COMPLETE', 'FAIL', 'ABORT'), eventTime: time, producer: uri },
    schemaURL: { const: 'https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent' },
    run: object(['runId', 'facets'], {
      runId: { type: 'string', format: 'uuid' },
      facets: facets(ofRun, 'millrace_run', 'millrace_step', 'millrace_dropped'),
    }),
    job: object(['namespace', 'name', 'facets'], { ...named, facets: facets(ofJob) }),
    inputs: list(
      object(['namespace', 'name'], {
        ...named,
        facets: facets(ofDataset, ...ownOfDataset),
        inputFacets: facets({
          inputStatistics: facet('InputStatisticsInputDatasetFacet', '1-0-0', [], statistics),
        }),
      }),
    ),
    outputs: list(
      object(['namespace', 'name'], {
        ...named,
        facets: facets(ofDataset, ...ownOfDataset),
        outputFacets: facets({
          outputStatistics: facet('OutputStatisticsOutputDatasetFacet', '1-0-2', [], statistics),
        }),
      }),
    ),
  }),
};
