import { isDeepStrictEqual } from 'node:util';
import type { ColumnType, Problem } from '../../base/index.ts';
import type { Graph, Node } from '../../graph/index.ts';
import type { ColumnSpec } from '../contract/index.ts';
import {
  type FeaturesBody,
  probe,
  type RequestBody,
  type RequestColumn,
  renamed,
  type ThroughBody,
} from '../feature/index.ts';

/** A features asset that must be looked up for an entity. */
export type Lookup = {
  /** The name under which its values are known. */
  readonly name: string;
  /** The features asset that is looked up. */
  readonly of: string;
  readonly body: FeaturesBody;
  /** Its entity is what a feature of another lookup, which comes before it, says. */
  readonly via?: { readonly lookup: string; readonly feature: string };
};

/** A request-features asset that must be computed. */
export type Request = {
  readonly name: string;
  readonly body: RequestBody;
  readonly columns: readonly RequestColumn[];
};

/**
 * Everything between an ask and a model's input row: what to look up, what to compute, and the columns in the model's order.
 * Plain JSON, kept with every model version, so that an old version is served as it was trained.
 */
export type InputPlan = {
  readonly lookups: readonly Lookup[];
  readonly requests: readonly Request[];
  /** The model's input columns. */
  readonly columns: readonly { readonly name: string; readonly type: ColumnType; readonly from: string }[];
  /** The entity keys an ask must bring. */
  readonly keys: readonly string[];
  /** The fields a request must bring. */
  readonly requestColumns: readonly ColumnSpec[];
};

/** Lays out the inputs of a model. `asker` is the node to which problems are put down. */
export function planInputs(
  graph: Graph,
  asker: Node,
  inputs: readonly string[],
): { plan: InputPlan; problems: readonly Problem[] } {
  const problems: Problem[] = [];
  const lookups = new Map<string, Lookup>();
  const requests: Request[] = [];
  const columns: { name: string; type: ColumnType; from: string }[] = [];
  const requestColumns = new Map<string, ColumnSpec>();
  const lookUp = (name: string): FeaturesBody => {
    const known = lookups.get(name);
    if (known !== undefined) return known.body;
    const node = graph.nodes.get(name) as Node;
    if (node.kind === 'through') {
      const { by, feature, of, prefix } = (node as Node<ThroughBody>).body;
      lookUp(by);
      const body = renamed((graph.nodes.get(of) as Node<FeaturesBody>).body, prefix);
      lookups.set(name, { name, of, body, via: { lookup: by, feature } });
      return body;
    }
    const { body } = node as Node<FeaturesBody>;
    lookups.set(name, { name, of: name, body });
    return body;
  };
  for (const input of inputs) {
    const node = graph.nodes.get(input) as Node;
    if (node.kind === 'features' || node.kind === 'through') {
      // A list is for request features to read.
      for (const { name, type, list } of lookUp(input).features)
        if (!list) columns.push({ name, type, from: input });
      continue;
    }
    const request = node as Node<RequestBody>;
    const uses = Object.entries(request.body.uses).map(([as, name]) => [as, lookUp(name).features] as const);
    const probed = probe(request, Object.fromEntries(uses));
    requests.push({ name: input, body: request.body, columns: probed.columns });
    for (const column of probed.columns) columns.push({ ...column, from: input });
    for (const column of request.body.request) {
      const other = requestColumns.get(column.name);
      if (other !== undefined && other.type !== column.type)
        problems.push(clash(asker, `the request field '${column.name}' is ${other.type} and ${column.type}`));
      requestColumns.set(column.name, other === undefined ? column : both(other, column));
    }
  }
  const byName = new Map<string, string>();
  for (const { name, from } of columns) {
    const other = byName.get(name);
    if (other !== undefined) problems.push(clash(asker, `'${name}' comes from both ${other} and ${from}`));
    byName.set(name, from);
  }
  const asked = [...lookups.values()].filter(({ via }) => via === undefined);
  const keys = [...new Set(asked.flatMap(({ body }) => body.entity.keys))];
  const plan = {
    lookups: [...lookups.values()],
    requests,
    columns,
    keys,
    requestColumns: [...requestColumns.values()],
  };
  return { plan, problems };
}

/** A field that two request features name: what it may be to both. */
function both(one: ColumnSpec, other: ColumnSpec): ColumnSpec {
  const more = other.rules.filter((rule) => !one.rules.some((known) => isDeepStrictEqual(known, rule)));
  return { ...other, nullable: one.nullable && other.nullable, rules: [...one.rules, ...more] };
}

function clash(asker: Node, what: string): Problem {
  return {
    code: 'MILL_MODEL_INPUT_CLASH',
    message: `Among its inputs ${what}.`,
    todo: 'Rename one of them.',
    owner: 'project',
    asset: asker.name,
    place: asker.place,
  };
}
