import type { CheckResult, Version } from '../../store/state/index.ts';
import type { Outside, Portrait } from '../portrait.ts';
import { assertionsFacet } from './checks.ts';
import { columnLineage, columnNames } from './column-lineage.ts';
import { type Facets, facet, type LineageDataset, ownFacet } from './event.ts';
import type { Facts } from './facts.ts';
import { datasetName, type Naming } from './naming.ts';

/** A step's product, as far as it is known. */
export interface Product {
  readonly asset: string;
  readonly version?: Version | undefined;
  readonly checks: readonly CheckResult[];
  /** Whether it was built now, and not found again. */
  readonly built: boolean;
}

/** The dataset that a step is to make, before it is made. */
export function plannedOutput(asset: string, naming: Naming, facts: Facts): LineageDataset {
  return {
    ...datasetName(naming, asset),
    facets: ownFacets(asset, facts.portrait(asset), undefined, naming, facts),
  };
}

/** The dataset that a step has made, with where its columns come from. `dropped` takes the name of what was too large to say. */
export function output(
  { asset, version, checks, built }: Product,
  naming: Naming,
  facts: Facts,
  dropped: (what: string) => void,
): LineageDataset {
  const portrait = facts.portrait(asset, version);
  const lineage = columnLineage({
    columns: columnNames(portrait) ?? [],
    lineage:
      facts.lineage(asset) ?? (portrait.lineage && { rows: { by: null, from: [] }, ...portrait.lineage }),
    inputs: facts.node(asset)?.inputs ?? [],
    outside: (portrait.outside ?? []).map(({ namespace, name }) => ({ namespace, name })),
    nameOf: (input) => datasetName(naming, input),
    columnsOf: (input) => columnNames(facts.portrait(input)),
  });
  if (lineage === undefined) dropped('outputs[0].facets.columnLineage');
  const written = built && version?.status === 'published' ? facts.written(version) : undefined;
  return {
    ...datasetName(naming, asset),
    facets: {
      ...ownFacets(asset, portrait, version, naming, facts),
      ...lineage,
      ...assertionsFacet(checks, portrait),
    },
    ...(written === undefined
      ? {}
      : {
          outputFacets: {
            outputStatistics: facet('OutputStatisticsOutputDatasetFacet', {
              ...{ rowCount: written.rows, size: written.bytes, fileCount: written.files },
            }),
          },
        }),
  };
}

/** What a step has read of ours, at the version it was read. */
export function input(
  asset: string,
  version: Version | undefined,
  naming: Naming,
  facts: Facts,
): LineageDataset {
  return {
    ...datasetName(naming, asset),
    facets: ownFacets(asset, facts.portrait(asset, version), version, naming, facts),
  };
}

/** What a step has read from outside. */
export function outsideInput(
  { namespace, name, type, uri }: Outside,
  portrait: Portrait,
  bytes: number | undefined,
): LineageDataset {
  return {
    ...{ namespace, name },
    facets: {
      dataSource: facet('DatasourceDatasetFacet', { name: namespace, uri }),
      datasetType: facet('DatasetTypeDatasetFacet', { datasetType: type }),
      ...schemaFacet(portrait),
    },
    ...(bytes === undefined
      ? {}
      : { inputFacets: { inputStatistics: facet('InputStatisticsInputDatasetFacet', { size: bytes }) } }),
  };
}

function ownFacets(
  asset: string,
  portrait: Portrait,
  version: Version | undefined,
  { namespace }: Naming,
  facts: Facts,
): Facets {
  const { owner, description } = facts.node(asset) ?? {};
  const table = version !== undefined && facts.inLake(version);
  return {
    dataSource: facet('DatasourceDatasetFacet', { name: namespace, ...(table ? { uri: facts.lake } : {}) }),
    datasetType: facet('DatasetTypeDatasetFacet', { datasetType: portrait.type }),
    ...schemaFacet(portrait),
    ...(owner === undefined
      ? {}
      : { ownership: facet('OwnershipDatasetFacet', { owners: [{ name: owner, type: 'OWNER' }] }) }),
    ...(description === undefined
      ? {}
      : { documentation: facet('DocumentationDatasetFacet', { description }) }),
    ...(table
      ? { storage: facet('StorageDatasetFacet', { storageLayer: 'ducklake', fileFormat: 'parquet' }) }
      : {}),
    ...versionFacets(version, table),
    ...(portrait.facet === undefined ? {} : ownFacet(portrait.facet.name, portrait.facet.fields)),
  };
}

/** A candidate that did not pass has no place in the lake, so the dataset has no such version. */
function versionFacets(version: Version | undefined, table: boolean): Facets {
  if (version === undefined) return {};
  const { id, status, snapshot, fingerprint, rows } = version;
  const published = status === 'published';
  return {
    ...(published
      ? {
          version: facet('DatasetVersionDatasetFacet', {
            datasetVersion: table ? String(snapshot) : id,
          }),
        }
      : {}),
    ...ownFacet('version', {
      ...{ version: id, status, fingerprint },
      ...(table && published ? { snapshot } : {}),
      ...(rows === null ? {} : { rows }),
    }),
  };
}

function schemaFacet({ columns }: Portrait): Facets {
  if (columns === undefined) return {};
  const fields = columns.map(({ name, type, description }, i) => ({
    ...{ name, type },
    ...(description === undefined ? {} : { description }),
    ordinal_position: i + 1,
  }));
  return { schema: facet('SchemaDatasetFacet', { fields }) };
}
