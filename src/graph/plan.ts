import { fingerprint } from '../base/index.ts';
import type { Version } from '../store/state/index.ts';
import type { Arrivals, Kind, Kinds } from './kind.ts';
import type { Graph, Node } from './project.ts';
import type { Workspace } from './workspace.ts';

/**
 * What a step does: build an asset for the first time, add what has arrived, build it anew, point the alias at an earlier
 * version that is the same, or leave it: because the same thing was built before and did not pass or was taken back, or because
 * an input is not live as it is declared.
 */
export type Action = 'create' | 'extend' | 'rebuild' | 'reuse' | 'hold';

/** One line of a plan. */
export interface Step {
  readonly asset: string;
  readonly kind: string;
  readonly action: Action;
  readonly reasons: readonly string[];
  /** Of what is to be read from outside. */
  readonly bytes: number;
  /** Rows of the inputs as they are now; null when an input has never been built. */
  readonly rows: number | null;
  /** Assets whose steps come first. */
  readonly after: readonly string[];
  /** The fingerprints of the inputs it is to be built from, by name. */
  readonly from: Readonly<Record<string, string>>;
  readonly fingerprint: string;
  readonly definition: string;
  readonly arrivals?: Arrivals;
  /** The version that is live now. */
  readonly live?: string;
  /** For `reuse` and `hold`: the earlier version in question. */
  readonly earlier?: string;
}

/** The list that `plan` prints and `run` walks: inputs before what is built from them. */
export interface Plan {
  readonly project: string;
  readonly steps: readonly Step[];
  /** Assets that are live as declared. */
  readonly unchanged: readonly string[];
}

/** What is known of a node when planning: gathered by effects first, so that deciding is pure. */
export interface Known {
  readonly live: Version | undefined;
  readonly arrivals: Arrivals | undefined;
  /** Whether what the live version keeps outside the lake is still there. */
  readonly intact: boolean;
  earlier(fingerprint: string): Version | undefined;
}

/** Looks at the state and at the outside world, and decides. Reads no rows. `only` narrows it to these assets and what they need. */
export async function plan(
  graph: Graph,
  kinds: Kinds,
  workspace: Workspace,
  only?: readonly string[],
): Promise<Plan> {
  const wanted = only && withInputs(graph, only);
  const known = new Map<string, Known>();
  for (const node of graph.nodes.values()) {
    if (wanted && !wanted.has(node.name)) continue;
    const kind = kinds.get(node.kind) as Kind;
    const intact = (version: Version): boolean => kind.intact?.(version, workspace) ?? true;
    const live = workspace.state.live(node.name);
    known.set(node.name, {
      live,
      arrivals: await kind.arrivals?.(node, live, workspace),
      intact: live === undefined || intact(live),
      earlier: (print) => {
        const version = workspace.state.byFingerprint(node.name, print);
        return version && (version.status !== 'published' || intact(version)) ? version : undefined;
      },
    });
  }
  return decide(graph, kinds, known);
}

/** These assets and everything they are built from. */
function withInputs(graph: Graph, names: readonly string[]): Set<string> {
  const found = new Set<string>();
  const visit = (name: string): void => {
    if (found.has(name)) return;
    found.add(name);
    for (const input of graph.nodes.get(name)?.inputs ?? []) visit(input);
  };
  for (const name of names) visit(name);
  return found;
}

/** The plan, from what is known. Pure. Nodes that nothing is known of are left out. */
export function decide(graph: Graph, kinds: Kinds, known: ReadonlyMap<string, Known>): Plan {
  const steps: Step[] = [];
  const unchanged: string[] = [];
  /** The fingerprint each node will have once the plan is carried out. */
  const prints = new Map<string, string>();
  const definitions = new Map<string, string>();
  const building = new Set<string>();
  /** Nodes that are held while a version is live that was declared otherwise. */
  const otherwise = new Set<string>();
  for (const node of graph.nodes.values()) {
    const facts = known.get(node.name);
    if (facts === undefined) continue;
    const kind = kinds.get(node.kind) as Kind;
    const definition = definitionOf(node, kind);
    definitions.set(node.name, definition);
    const seen = kind.sees === 'declaration' ? definitions : prints;
    const print = fingerprint({
      definition,
      arrivals: facts.arrivals?.fingerprint ?? null,
      inputs: node.inputs.map((input) => seen.get(input) ?? null),
    });
    const { live } = facts;
    if (live?.fingerprint === print && facts.intact) {
      prints.set(node.name, print);
      unchanged.push(node.name);
      continue;
    }
    const earlier = facts.earlier(print);
    const absent = node.inputs.filter((input) => !building.has(input) && !known.get(input)?.live);
    // A build reads how its inputs are declared as well as their rows, and these two must belong together.
    const apart = earlier === undefined ? node.inputs.filter((input) => otherwise.has(input)) : [];
    const stays = (input: string): string =>
      `${input} stays at ${known.get(input)?.live?.id}, which was declared otherwise`;
    const decision: Decision =
      absent.length > 0
        ? { action: 'hold', reasons: [`${absent.join(', ')} is not live`] }
        : apart.length > 0
          ? { action: 'hold', reasons: apart.map(stays) }
          : choose(definition, facts, earlier, node.inputs, building);
    steps.push({
      asset: node.name,
      kind: node.kind,
      ...decision,
      bytes: decision.action === 'reuse' || decision.action === 'hold' ? 0 : (facts.arrivals?.bytes ?? 0),
      rows: inputRows(node, known),
      after: node.inputs.filter((input) => building.has(input)),
      from: Object.fromEntries(node.inputs.map((input) => [input, prints.get(input) ?? ''])),
      fingerprint: print,
      definition,
      ...(facts.arrivals ? { arrivals: facts.arrivals } : {}),
      ...(live ? { live: live.id } : {}),
      ...(earlier ? { earlier: earlier.id } : {}),
    });
    // What is held back stays as it is live, and what is built from it sees that.
    if (decision.action === 'hold') {
      prints.set(node.name, live?.fingerprint ?? '');
      if (live?.definition !== definition) otherwise.add(node.name);
    } else {
      prints.set(node.name, print);
      building.add(node.name);
    }
  }
  return { project: graph.name, steps, unchanged };
}

/** A fingerprint of what was declared, and of how this version of Millrace builds it. */
function definitionOf(node: Node, kind: Kind): string {
  return fingerprint({
    kind: node.kind,
    revision: kind.revision,
    body: kind.definition ? kind.definition(node.body) : node.body,
  });
}

interface Decision {
  readonly action: Action;
  readonly reasons: readonly string[];
}

function choose(
  definition: string,
  { live, arrivals, intact }: Known,
  earlier: Version | undefined,
  inputs: readonly string[],
  building: ReadonlySet<string>,
): Decision {
  if (earlier?.status === 'published') return { action: 'reuse', reasons: [`it is ${earlier.id} again`] };
  if (earlier?.status === 'candidate')
    return { action: 'hold', reasons: [`${earlier.id} is the same and did not pass its gates`] };
  if (earlier?.status === 'rolled-back')
    return { action: 'hold', reasons: [`${earlier.id} is the same and was rolled back`] };
  if (live === undefined) return { action: 'create', reasons: [arrivals?.reason || 'not built yet'] };
  const reasons: string[] = [];
  if (!intact) reasons.push('what it keeps outside the lake is missing');
  if (live.definition !== definition) reasons.push('its declaration has changed');
  const changed = inputs.filter((input) => building.has(input));
  if (changed.length > 0) reasons.push(`${changed.join(', ')} will change`);
  if (arrivals !== undefined && reasons.length === 0) return { action: 'extend', reasons: [arrivals.reason] };
  if (arrivals?.reason) reasons.push(arrivals.reason);
  if (reasons.length === 0) reasons.push('an input has moved');
  return { action: 'rebuild', reasons };
}

function inputRows(node: Node, known: ReadonlyMap<string, Known>): number | null {
  let rows = 0;
  for (const input of node.inputs) {
    const live = known.get(input)?.live;
    if (live === undefined) return null;
    rows += live.rows ?? 0;
  }
  return rows;
}
