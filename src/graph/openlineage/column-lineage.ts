import type { JsonObject } from '../../base/index.ts';
import type { ColumnLineage, ColumnRef, Lineage } from '../lineage.ts';
import type { Portrait } from '../portrait.ts';
import { type Facets, facet } from './event.ts';
import type { Name } from './naming.ts';

/** What an asset's columns come from. */
export interface Origins {
  /** Its own columns, in order. */
  readonly columns: readonly string[];
  readonly lineage: Lineage | undefined;
  readonly inputs: readonly string[];
  readonly outside: readonly Name[];
  /** The dataset that an input is. */
  nameOf(input: string): Name;
  /** An input's columns; undefined when it has none that are told apart. */
  columnsOf(input: string): readonly string[] | undefined;
}

/** References beyond this are not written out: the event would be too large to be taken. */
const MOST_REFERENCES = 20_000;

type Transformation = { readonly type: 'DIRECT' | 'INDIRECT'; readonly subtype?: string };

const indirect: Transformation = { type: 'INDIRECT' };
const direct = (how: ColumnLineage['how']): Transformation => ({
  type: 'DIRECT',
  ...(how === undefined ? {} : { subtype: how.toUpperCase() }),
});

/** A reference with what it does; of a whole dataset where `field` is absent. */
interface Edge extends Name {
  readonly field?: string;
  readonly transformations: readonly Transformation[];
}

/**
 * Column lineage twice: as `columnLineage`, which everybody reads, and as `lineage`, which can say that a whole dataset takes part.
 * Like our own lineage it may say more than the truth and never less; where it cannot be said, there is no facet. Undefined when it
 * would be too large.
 */
export function columnLineage(origins: Origins): Facets | undefined {
  const { fields, rows, sources } = edgesOf(origins);
  if (sources.length === 0) return {};
  const whole = (edge: Edge): readonly Edge[] => (edge.field === undefined ? expand(edge, origins) : [edge]);
  let count = 0;
  for (const edges of [rows, ...fields.values()])
    for (const edge of edges) count += edge.field === undefined ? sizeOf(edge, origins) : 1;
  if (count > MOST_REFERENCES) return undefined;
  const lineage = facet('LineageDatasetFacet', {
    inputs: [...sources.map((name) => ({ type: 'DATASET', ...name })), ...rows.map(sourceInput)],
    ...(fields.size === 0
      ? {}
      : {
          fields: Object.fromEntries(
            [...fields].map(([name, edges]) => [name, { inputs: edges.map(sourceInput) }]),
          ),
        }),
  });
  if (fields.size === 0) return { lineage };
  return {
    columnLineage: facet('ColumnLineageDatasetFacet', {
      fields: Object.fromEntries(
        [...fields].map(([name, edges]) => [name, { inputFields: edges.flatMap(whole).map(plainEdge) }]),
      ),
      dataset: merged(rows.flatMap(whole)).map(plainEdge),
    }),
    lineage,
  };
}

const plainEdge = ({ namespace, name, field, transformations }: Edge): JsonObject => ({
  ...{ namespace, name, field: field as string },
  transformations: transformations.map((item) => ({ ...item })),
});

const sourceInput = ({ namespace, name, field, transformations }: Edge): JsonObject => ({
  ...{ type: 'DATASET', namespace, name },
  ...(field === undefined ? {} : { field }),
  transformations: transformations.map((item) => ({ ...item })),
});

interface Edges {
  readonly fields: ReadonlyMap<string, readonly Edge[]>;
  readonly rows: readonly Edge[];
  /** Everything that takes part. */
  readonly sources: readonly Name[];
}

function edgesOf(origins: Origins): Edges {
  const { columns, lineage, inputs, outside, nameOf } = origins;
  const sources = [...outside, ...inputs.map(nameOf)];
  const edge =
    (transformation: Transformation) =>
    ({ input, column, as = [] }: ColumnRef): Edge => ({
      ...nameOf(input),
      ...(column === null ? {} : { field: column }),
      transformations:
        transformation === indirect && as.length > 0
          ? as.map((how) => ({ ...indirect, subtype: how.toUpperCase() }))
          : [transformation],
    });
  // What comes from outside comes under the same name; datasets that it is checked against only keep rows out.
  if (outside.length > 0) {
    const same = (field: string): readonly Edge[] =>
      outside.map((name) => ({ ...name, field, transformations: [direct('identity')] }));
    const looked = (lineage?.rows.from ?? inputs.map((input) => ({ input, column: null }))).map(
      edge(indirect),
    );
    return { fields: new Map(columns.map((name) => [name, same(name)])), rows: looked, sources };
  }
  if (lineage === undefined) return { fields: new Map(), rows: [], sources };
  const fields = new Map(
    Object.entries(lineage.columns).map(([name, column]) => [
      name,
      merged([...column.direct.map(edge(direct(column.how))), ...column.indirect.map(edge(indirect))]),
    ]),
  );
  return { fields, rows: merged(lineage.rows.from.map(edge(indirect))), sources };
}

/** One edge for each column, with everything that it does. */
function merged(edges: readonly Edge[]): readonly Edge[] {
  const found = new Map<string, Edge>();
  for (const edge of edges) {
    const key = JSON.stringify([edge.namespace, edge.name, edge.field ?? null]);
    const before = found.get(key);
    const has = (item: Transformation): boolean =>
      before?.transformations.some(({ type, subtype }) => type === item.type && subtype === item.subtype) ??
      false;
    const added = edge.transformations.filter((item) => !has(item));
    found.set(
      key,
      before === undefined ? edge : { ...edge, transformations: [...before.transformations, ...added] },
    );
  }
  return [...found.values()];
}

const inputOf = (edge: Edge, { inputs, nameOf }: Origins): string | undefined =>
  inputs.find((input) => nameOf(input).name === edge.name);

function columnsOf(edge: Edge, origins: Origins): readonly string[] {
  const input = inputOf(edge, origins);
  return (input === undefined ? undefined : origins.columnsOf(input)) ?? [];
}

const sizeOf = (edge: Edge, origins: Origins): number => 1 + columnsOf(edge, origins).length;

/** A whole dataset as all of its columns, for those who only know columns. */
const expand = (edge: Edge, origins: Origins): readonly Edge[] =>
  columnsOf(edge, origins).map((field) => ({ ...edge, field }));

/** The names of a portrait's columns. */
export const columnNames = (portrait: Portrait): readonly string[] | undefined =>
  portrait.columns?.map(({ name }) => name);
