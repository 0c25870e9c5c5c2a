import colors from 'picocolors';
import { type FeaturesBody, featureText, renamed, type ThroughBody } from '../../assets/index.ts';
import type { Json } from '../../base/index.ts';
import type { Graph, Node } from '../../graph/index.ts';
import { plain, tabulate } from '../plain-text.ts';
import type { Terminal } from '../terminal.ts';

/** What an asset of features is declared to give, for people; and as data. Undefined for any other asset. */
export function tellFeatures(node: Node, graph: Graph, terminal: Terminal): Json | undefined {
  const body = bodyOf(node, graph);
  if (body === undefined) return undefined;
  const { entity, features } = body;
  terminal.line(`\n  features of ${plain(entity.name)}, by ${plain(entity.keys.join(', '))}`);
  const rows = features.map((spec) => [
    `    ${plain(spec.name)}`,
    plain(featureText(spec)),
    plain(spec.unit ?? ''),
    // Colours of nothing would keep the space before them.
    spec.description === undefined ? '' : colors.dim(plain(spec.description)),
  ]);
  for (const line of tabulate(rows)) terminal.line(line);
  return features.map((spec) => ({
    name: spec.name,
    is: featureText(spec),
    type: spec.type,
    list: spec.list ?? false,
    nullable: spec.nullable,
    unit: spec.unit ?? null,
    description: spec.description ?? null,
  }));
}

function bodyOf(node: Node, graph: Graph): FeaturesBody | undefined {
  if (node.kind === 'features') return (node as Node<FeaturesBody>).body;
  if (node.kind !== 'through') return undefined;
  const { of, prefix } = (node as Node<ThroughBody>).body;
  return renamed((graph.nodes.get(of) as Node<FeaturesBody>).body, prefix);
}
