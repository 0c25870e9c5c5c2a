import { fingerprint, formatIntervals, type Interval, type Intervals } from '../base/index.ts';
import type { Outline, Version } from '../store/state/index.ts';
import { columnChanges } from './column-changes.ts';
import type { Arrivals, Continuation, Kind, Kinds } from './kind.ts';
import { type Lineage, partOf, printsOf, readsOf, type Seen } from './lineage.ts';
import type { Graph, Node } from './project.ts';
import { type Reach, type ReadChange, reachOf, readersOf } from './reach.ts';

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
  /** Event time that is built again because it was asked for. */
  readonly backfill?: Interval;
  /** For an asset that is built by intervals: those that will be built, as far as it is known before its inputs are. */
  readonly intervals?: Intervals;
  /** For `reuse` and `hold`: the earlier version in question. */
  readonly earlier?: string;
  /** What others will see of the version, and what it will have seen of others. */
  readonly outline: Outline;
  /** What becomes of its promises about columns, beside the live version's; each with the assets that read the column. */
  readonly changes?: readonly ReadChange[];
  /** `breaking` when something reads a column that is no longer what it was. Absent without changes. */
  readonly effect?: 'breaking' | 'safe';
  /** For a step with a cause of its own: the assets with steps because of it. */
  readonly reaches?: readonly Reach[];
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
  /** It is not to be touched: others take it as it is live. */
  readonly asLive?: boolean;
  /** Absent: built from the whole of every input. */
  readonly lineage?: Lineage | undefined;
  /** The newest version that was rolled back. */
  readonly takenBack?: Version | undefined;
  /** Event time that is to be built again. */
  readonly backfill?: Interval | undefined;
  /** See `Kind.pending`; asked for when it is to be extended. */
  pending?(): Intervals | undefined;
}

/** The plan, from what is known. Pure. Nodes that nothing is known of are left out. */
export function decide(graph: Graph, kinds: Kinds, known: ReadonlyMap<string, Known>): Plan {
  const steps: Step[] = [];
  const unchanged: string[] = [];
  /** The fingerprint each node will have once the plan is carried out. */
  const prints = new Map<string, string>();
  /** The same for those that see it whole: how it is laid into files is nothing to them. */
  const wholes = new Map<string, string>();
  const definitions = new Map<string, string>();
  const building = new Set<string>();
  /** Nodes that are held while a version is live that was declared otherwise. */
  const otherwise = new Set<string>();
  /** The prints of each node's columns, likewise. */
  const columns = new Map<string, Outline['prints']>();
  for (const node of graph.nodes.values()) {
    const facts = known.get(node.name);
    if (facts === undefined) continue;
    const kind = kinds.get(node.kind) as Kind;
    const definition = definitionOf(node, kind);
    definitions.set(node.name, definitionOf(node, kind, false));
    if (facts.asLive) {
      prints.set(node.name, facts.live?.fingerprint ?? '');
      wholes.set(node.name, wholeOf(facts.live));
      columns.set(node.name, facts.live?.outline?.prints);
      if (facts.live?.definition !== definition) otherwise.add(node.name);
      continue;
    }
    const continuation = kind.continues?.(node.body);
    const seenOf = (input: string): Seen => {
      const declaration = kind.sees === 'declaration' || continuation?.looksUp?.includes(input);
      return {
        whole: (declaration ? definitions : wholes).get(input) ?? null,
        prints: declaration ? undefined : columns.get(input),
      };
    };
    const { live } = facts;
    const printed = (chain: string | undefined) => printedAs(node, kind, facts, definition, seenOf, chain);
    let { outline, print } = printed(continuation?.remembers ? live?.outline?.chain : undefined);
    const asDeclared = live?.fingerprint === print && facts.intact;
    const backfill = live && facts.backfill;
    // What goes on from the live version is known by it, too.
    if (continuation?.remembers && live !== undefined && !(asDeclared && backfill === undefined))
      ({ outline, print } = printed(live.fingerprint));
    if (asDeclared && backfill === undefined) {
      prints.set(node.name, print);
      wholes.set(node.name, outline.whole ?? print);
      columns.set(node.name, outline.prints);
      unchanged.push(node.name);
      continue;
    }
    const earlier = backfill === undefined ? facts.earlier(print) : undefined;
    const absent = node.inputs.filter((input) => !building.has(input) && !known.get(input)?.live);
    // A build reads how its inputs are declared as well as their rows, and these two must belong together.
    const apart = earlier === undefined ? node.inputs.filter((input) => otherwise.has(input)) : [];
    const stays = (input: string): string =>
      `${input} stays at ${known.get(input)?.live?.id}, which was declared otherwise`;
    // What takes in data only looks its inputs up: their new rows are no reason to take everything in anew.
    const lookedUp = kind.sees === 'declaration' && facts.arrivals !== undefined;
    const decision: Decision =
      absent.length > 0
        ? { action: 'hold', reasons: [`${absent.join(', ')} is not live`] }
        : apart.length > 0
          ? { action: 'hold', reasons: apart.map(stays) }
          : choose(
              definition,
              facts,
              earlier,
              lookedUp ? [] : changedInputs(node, facts, outline, building),
              building,
              continuation,
              backfill,
            );
    const touched = decision.action === 'extend' ? facts.pending?.() : undefined;
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
      ...(backfill && decision.action === 'extend' ? { backfill } : {}),
      ...(touched ? { intervals: touched } : {}),
      ...(earlier ? { earlier: earlier.id } : {}),
      outline,
    });
    // What is held back stays as it is live, and what is built from it sees that.
    if (decision.action === 'hold') {
      prints.set(node.name, live?.fingerprint ?? '');
      wholes.set(node.name, wholeOf(live));
      columns.set(node.name, live?.outline?.prints);
      if (live?.definition !== definition) otherwise.add(node.name);
    } else {
      prints.set(node.name, print);
      wholes.set(node.name, outline.whole ?? print);
      columns.set(node.name, outline.prints);
      building.add(node.name);
    }
  }
  return { project: graph.name, steps: steps.map((step) => withReach(step, steps, graph, known)), unchanged };
}

function wholeOf(version: Version | undefined): string {
  return version?.outline?.whole ?? version?.fingerprint ?? '';
}

/** What a node will be known by, to itself and to others. `chain` says which version it goes on from, where that matters. */
function printedAs(
  node: Node,
  kind: Kind,
  facts: Known,
  definition: string,
  seenOf: (input: string) => Seen,
  chain: string | undefined,
): { outline: Outline; print: string } {
  const outline = outlineOf(node, kind, facts, seenOf, chain);
  const as = (definition: string): string =>
    fingerprint({
      definition,
      arrivals: facts.arrivals?.fingerprint ?? null,
      inputs: node.inputs.map((input) => outline.seen[input]),
      ...(chain === undefined ? {} : { chain }),
    });
  const print = as(definition);
  // What has no lineage may be read otherwise when it is written anew.
  const whole = facts.lineage ? as(definitionOf(node, kind, false)) : print;
  return { outline: whole === print ? outline : { ...outline, whole }, print };
}

function outlineOf(
  node: Node,
  kind: Kind,
  facts: Known,
  seenOf: (input: string) => Seen,
  chain: string | undefined,
): Outline {
  const { lineage } = facts;
  const reads = readsOf(node.inputs, lineage);
  const before = chain === undefined ? [] : [chain];
  const base = [node.kind, kind.revision, facts.arrivals?.fingerprint ?? null, ...before];
  const promises = kind.promises?.(node.body);
  return {
    ...(lineage ? { prints: printsOf(lineage, base, node.inputs, seenOf) } : {}),
    seen: Object.fromEntries(
      node.inputs.map((input) => [input, partOf(seenOf(input), reads[input] ?? null)]),
    ),
    reads,
    ...(promises ? { promises } : {}),
    ...(chain === undefined ? {} : { chain }),
  };
}

/** Inputs of which the part that is read is no longer what the live version was built from. */
function changedInputs(
  node: Node,
  { live }: Known,
  outline: Outline,
  building: ReadonlySet<string>,
): string[] {
  const before = live?.outline?.seen;
  return node.inputs.filter((input) =>
    before === undefined ? building.has(input) : before[input] !== outline.seen[input],
  );
}

/** A step with what it means to others. */
function withReach(
  step: Step,
  steps: readonly Step[],
  graph: Graph,
  known: ReadonlyMap<string, Known>,
): Step {
  const live = known.get(step.asset)?.live;
  const before = live?.outline?.promises;
  const after = step.outline.promises;
  const changed = before && after ? columnChanges(before, after) : [];
  const changes = changed.map((change) => ({
    ...change,
    readers: readersOf(graph, known, step.asset, change.column),
  }));
  const breaking = changes.some((change) => change.breaking && change.readers.length > 0);
  const own =
    live !== undefined &&
    step.action !== 'hold' &&
    step.reasons.some((reason) => !reason.endsWith(' will change'));
  return {
    ...step,
    ...(changes.length > 0 ? { changes, effect: breaking ? 'breaking' : 'safe' } : {}),
    ...(own ? { reaches: reachOf(step, steps, known) } : {}),
  };
}

/** A fingerprint of what was declared, and of how this version of Millrace builds it. */
function definitionOf(node: Node, kind: Kind, withStorage = true): string {
  const storage = withStorage ? kind.storage?.(node.body) : undefined;
  return fingerprint({
    kind: node.kind,
    revision: kind.revision,
    body: kind.definition ? kind.definition(node.body) : node.body,
    ...(storage === undefined ? {} : { storage }),
  });
}

interface Decision {
  readonly action: Action;
  readonly reasons: readonly string[];
}

function choose(
  definition: string,
  { live, arrivals, intact, takenBack }: Known,
  earlier: Version | undefined,
  changed: readonly string[],
  building: ReadonlySet<string>,
  continuation: Continuation | undefined,
  backfill: Interval | undefined,
): Decision {
  if (earlier?.status === 'published') return { action: 'reuse', reasons: [`it is ${earlier.id} again`] };
  if (earlier?.status === 'candidate')
    return { action: 'hold', reasons: [`${earlier.id} is the same and did not pass its gates`] };
  if (earlier?.status === 'rolled-back')
    return { action: 'hold', reasons: [`${earlier.id} is the same and was rolled back`] };
  if (live === undefined) return { action: 'create', reasons: [arrivals?.reason || 'not built yet'] };
  // A declaration that was rolled back stays away until it is edited, whatever arrives. When what is live is declared the same,
  // it was the data that was rolled back, and other data may come.
  if (takenBack?.definition === definition && live.definition !== definition)
    return { action: 'hold', reasons: [`${takenBack.id} was declared the same and was rolled back`] };
  const reasons: string[] = [];
  if (!intact) reasons.push('what it keeps outside the lake is missing');
  const edited = live.definition !== definition ? ['its declaration has changed'] : [];
  if (continuation !== undefined && reasons.length === 0) {
    const { grows, carries } = continuation;
    const asked = backfill ? [`back-fill of ${formatIntervals([backfill])}`] : [];
    const taken = [...(carries ? edited : []), ...movingReasons(changed, building), ...asked];
    const anew = (!carries && edited.length > 0) || changed.some((input) => !grows.includes(input));
    if (!anew && taken.length > 0) return { action: 'extend', reasons: taken };
  }
  reasons.push(...edited);
  const moving = changed.filter((input) => building.has(input));
  if (moving.length > 0) reasons.push(`${moving.join(', ')} will change`);
  if (arrivals !== undefined && !arrivals.anew && reasons.length === 0)
    return { action: 'extend', reasons: [arrivals.reason] };
  if (arrivals?.reason) reasons.push(arrivals.reason);
  if (reasons.length === 0) reasons.push('an input has moved');
  return { action: 'rebuild', reasons };
}

/** What becomes of inputs in this plan, and what became of them in earlier ones. */
function movingReasons(changed: readonly string[], building: ReadonlySet<string>): string[] {
  const [will, has] = [true, false].map((now) =>
    changed.filter((input) => building.has(input) === now).join(', '),
  );
  return [...(will ? [`${will} will change`] : []), ...(has ? [`${has} has changed`] : [])];
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
