import { formatInstant, type Instant, type Problem, packageVersion } from '../../base/index.ts';
import type { Version } from '../../store/state/index.ts';
import type { Step } from '../plan.ts';
import type { RunEvent } from '../run-event.ts';
import type { StepResult } from '../step-result.ts';
import { bounded } from './bounded.ts';
import { testFacet } from './checks.ts';
import { input, output, outsideInput, plannedOutput } from './dataset.ts';
import {
  EVENT_SCHEMA,
  type EventType,
  type Facets,
  facet,
  type LineageEvent,
  ownFacet,
  PRODUCER,
} from './event.ts';
import type { Facts } from './facts.ts';
import { jobName, type Naming, runUuid } from './naming.ts';
import type { Outer } from './settings.ts';

/** A run of ours, as its events name it. */
export interface Identity {
  readonly run: string;
  readonly naming: Naming;
  /** What it was due for, when a schedule started it. */
  readonly nominal?: { readonly start: Instant; readonly end?: Instant } | undefined;
  /** Who started it, and who started all. */
  readonly parent?: Outer | undefined;
  readonly root?: Outer | undefined;
}

/** How a run ended: done; something failed; or it was stopped before it was done. */
export type RunEnd = 'done' | 'failed' | 'stopped';

/** What is under way, so that each START gets its one end: names of assets, `name#2` when tried for the second time, `''` for the run itself. */
export interface Open {
  add(key: string): void;
  delete(key: string): void;
  has(key: string): boolean;
  all(): readonly string[];
}

/** Tells a run as OpenLineage events. */
export interface Telling {
  /** The run has begun. */
  begun(at: Instant): readonly LineageEvent[];
  /** What a run says of itself; most of it is nothing to the outside. */
  heard(event: RunEvent, at: Instant): readonly LineageEvent[];
  /** It has ended. Steps that were overtaken by another run, and came to no end of their own, end with it. */
  ended(end: RunEnd, at: Instant, problems?: readonly Problem[]): readonly LineageEvent[];
}

/**
 * From what a run says of itself to OpenLineage events: one START, and exactly one COMPLETE, FAIL or ABORT, for the run and for each step
 * that began. A step that never began is none. No effects, but that it remembers what is open.
 */
export function tellingOf(identity: Identity, facts: Facts, open: Open): Telling {
  const outcomes = new Map<string, StepResult['outcome']>();
  /** How often a step of an asset has come to its end: one that failed may be tried again when the run plans again. */
  const endings = new Map<string, number>();
  const keyOf = (asset: string): string => {
    const ended = endings.get(asset) ?? 0;
    return ended === 0 ? asset : `${asset}#${ended + 1}`;
  };
  const begin = (step: Step, at: Instant): readonly LineageEvent[] => {
    const key = keyOf(step.asset);
    // It has begun already, was overtaken by another run, and is at it again.
    if (open.has(key)) return [];
    open.add(key);
    return [stepEvent('START', key, identity, facts, { step }, at)];
  };
  return {
    begun(at) {
      open.add('');
      return [runEvent('START', identity, at)];
    },
    heard(event, at) {
      switch (event.event) {
        case 'step-started':
          return begin(event.step, at);
        case 'step-finished': {
          const { step, outcome } = event.result;
          outcomes.set(step.asset, outcome);
          if (outcome === 'blocked' || outcome === 'held') return [];
          // What failed before it could begin has begun for those who only know starts and ends.
          const before = begin(step, at);
          const key = keyOf(step.asset);
          open.delete(key);
          endings.set(step.asset, (endings.get(step.asset) ?? 0) + 1);
          return [...before, stepEvent(endOf(event.result), key, identity, facts, event.result, at)];
        }
        default:
          return [];
      }
    },
    ended(end, at, problems = []) {
      const events: LineageEvent[] = [];
      for (const key of open.all().filter((name) => name !== '')) {
        open.delete(key);
        events.push(aborted(identity, facts, key, at));
      }
      if (open.has('')) {
        open.delete('');
        const counts: Record<string, number> = {};
        for (const outcome of outcomes.values()) counts[outcome] = (counts[outcome] ?? 0) + 1;
        const failed = [...outcomes].filter(([, outcome]) => outcome === 'failed' || outcome === 'rejected');
        events.push(runEvent(ends[end], identity, at, { counts, problems, failed }));
      }
      return events;
    },
  };
}

const ends: Readonly<Record<RunEnd, EventType>> = { done: 'COMPLETE', failed: 'FAIL', stopped: 'ABORT' };

const endOf = ({ outcome }: StepResult): EventType => (outcome === 'published' ? 'COMPLETE' : 'FAIL');

/** The end of a step that came to none: its process is gone, or another run was ahead of it. */
export function aborted(identity: Identity, facts: Facts, key: string, at: Instant): LineageEvent {
  const asset = assetOf(key);
  return event(
    'ABORT',
    at,
    { runId: runUuid(identity.run, key), facets: { ...runFacets(identity), parent: parentOf(identity) } },
    { ...jobName(identity.naming, asset), facets: jobFacets(asset, facts) },
  );
}

export const assetOf = (key: string): string => key.replace(/#.*/, '');

/** The end of a run whose process is gone. */
export const abortedRun = (identity: Identity, at: Instant): LineageEvent => runEvent('ABORT', identity, at);

/** The end of a step whose process is gone, but not before it had published. */
export function publishedStep(
  identity: Identity,
  facts: Facts,
  key: string,
  version: Version,
  at: Instant,
): LineageEvent {
  const { naming } = identity;
  const { asset } = version;
  const dropped: string[] = [];
  const made = output({ asset, version, checks: [], built: true }, naming, facts, (what) =>
    dropped.push(what),
  );
  const run = {
    runId: runUuid(identity.run, key),
    facets: { ...runFacets(identity), parent: parentOf(identity) },
  };
  const job = { ...jobName(naming, asset), facets: jobFacets(asset, facts) };
  const inputs = Object.entries(version.inputs).map(([name, id]) =>
    input(name, facts.version(id), naming, facts),
  );
  return bounded(event('COMPLETE', at, run, job, inputs, [made]), dropped);
}

function runEvent(
  type: EventType,
  identity: Identity,
  at: Instant,
  ended?: {
    readonly counts: Readonly<Record<string, number>>;
    readonly problems: readonly Problem[];
    readonly failed: readonly (readonly [asset: string, outcome: string])[];
  },
): LineageEvent {
  const { parent } = identity;
  const failed = ended?.problems.length
    ? { errorMessage: errorFacet(ended.problems) }
    : ended?.failed.length
      ? { errorMessage: stepsFacet(ended.failed) }
      : {};
  return event(
    type,
    at,
    {
      runId: runUuid(identity.run, ''),
      facets: {
        ...runFacets(identity, ended?.counts),
        ...(parent === undefined ? {} : { parent: parentFacet(parent, identity.root ?? parent) }),
        ...failed,
      },
    },
    {
      ...jobName(identity.naming, ''),
      facets: { jobType: jobType('PROJECT') },
    },
  );
}

function stepEvent(
  type: EventType,
  key: string,
  identity: Identity,
  facts: Facts,
  { step, version, checks = [], problems = [], outcome }: Partial<StepResult> & { readonly step: Step },
  at: Instant,
): LineageEvent {
  const { naming } = identity;
  const { asset } = step;
  const started = type === 'START';
  const portrait = facts.portrait(asset, version);
  const node = facts.node(asset);
  const dropped: string[] = [];
  const built = step.action !== 'reuse';
  const outputs = started
    ? [plannedOutput(asset, naming, facts)]
    : [output({ asset, version, checks, built }, naming, facts, (what) => dropped.push(what))];
  const bytes = built && step.bytes > 0 ? step.bytes : undefined;
  const inputs = [
    ...(portrait.outside ?? []).map((dataset) => outsideInput(dataset, portrait, bytes)),
    ...(node?.inputs ?? []).map((name) => {
      const id = version?.inputs[name];
      return input(name, id === undefined ? facts.live(name) : facts.version(id), naming, facts);
    }),
  ];
  const gates = checks.filter(({ passed, severity }) => !passed && severity === 'block');
  return bounded(
    event(
      type,
      at,
      {
        runId: runUuid(identity.run, key),
        facets: {
          ...runFacets(identity),
          parent: parentOf(identity),
          ...ownFacet('step', { action: step.action, outcome }),
          ...testFacet(checks, portrait),
          ...(problems.length > 0
            ? { errorMessage: errorFacet(problems) }
            : outcome === 'rejected'
              ? { errorMessage: refusedFacet(gates.map(({ name }) => name)) }
              : {}),
        },
      },
      { ...jobName(naming, asset), facets: jobFacets(asset, facts) },
      inputs,
      outputs,
    ),
    dropped,
  );
}

function event(
  eventType: EventType,
  at: Instant,
  run: LineageEvent['run'],
  job: LineageEvent['job'],
  inputs: LineageEvent['inputs'] = [],
  outputs: LineageEvent['outputs'] = [],
): LineageEvent {
  return {
    ...{ eventType, eventTime: formatInstant(at), producer: PRODUCER, schemaURL: EVENT_SCHEMA },
    ...{ run, job, inputs, outputs },
  };
}

function runFacets({ run, nominal }: Identity, counts?: Readonly<Record<string, number>>): Facets {
  const version = packageVersion();
  return {
    processing_engine: facet('ProcessingEngineRunFacet', {
      ...{ version, name: 'millrace', openlineageAdapterVersion: version },
    }),
    ...(nominal === undefined
      ? {}
      : {
          nominalTime: facet('NominalTimeRunFacet', {
            nominalStartTime: formatInstant(nominal.start),
            nominalEndTime: nominal.end === undefined ? undefined : formatInstant(nominal.end),
          }),
        }),
    ...ownFacet('run', { run, ...(counts === undefined ? {} : { outcomes: counts }) }),
  };
}

/** Of a step: the run it belongs to, and the one that started all. */
function parentOf(identity: Identity): Facets[string] {
  const ours = { runId: runUuid(identity.run, ''), ...jobName(identity.naming, '') };
  return parentFacet(ours, identity.root ?? identity.parent ?? ours);
}

function parentFacet(parent: Outer, root: Outer): Facets[string] {
  const of = ({ runId, namespace, name }: Outer) => ({ run: { runId }, job: { namespace, name } });
  return facet('ParentRunFacet', { ...of(parent), root: of(root) });
}

function jobFacets(asset: string, facts: Facts): Facets {
  const { owner, description } = facts.node(asset) ?? {};
  const { type, query } = facts.portrait(asset);
  return {
    jobType: jobType(type),
    ...(query === undefined
      ? {}
      : { sql: facet('SQLJobFacet', { query: query.text, dialect: query.dialect }) }),
    ...(owner === undefined
      ? {}
      : { ownership: facet('OwnershipJobFacet', { owners: [{ name: owner, type: 'OWNER' }] }) }),
    ...(description === undefined ? {} : { documentation: facet('DocumentationJobFacet', { description }) }),
  };
}

const jobType = (type: string): Facets[string] =>
  facet('JobTypeJobFacet', {
    ...{ processingType: 'BATCH', integration: 'MILLRACE', jobType: type },
    emissionPattern: { eventTrigger: 'EVENT_BASED', eventContentMode: 'ACCUMULATIVE' },
  });

/** Messages can hold what stands in a row, or what a database answered; codes cannot. */
function errorFacet(problems: readonly Problem[]): Facets[string] {
  const [{ code, owner } = { code: 'MILL_BUG', owner: 'millrace' }] = problems;
  const more = problems.length > 1 ? ` and ${problems.length - 1} more` : '';
  return message(`${code}${more}: a problem of the ${owner}. \`millrace runs\` has the whole message.`);
}

const refusedFacet = (gates: readonly string[]): Facets[string] =>
  message(`Not published: ${gates.join(', ')} did not pass.`);

/** As many as one reads; the rest have events of their own. */
const NAMED = 20;

function stepsFacet(failed: readonly (readonly [asset: string, outcome: string])[]): Facets[string] {
  const named = failed.slice(0, NAMED).map(([asset, outcome]) => `${asset} ${outcome}`);
  const more = failed.length > NAMED ? ` and ${failed.length - NAMED} more` : '';
  return message(`Not done: ${named.join(', ')}${more}.`);
}

const message = (text: string): Facets[string] =>
  facet('ErrorMessageRunFacet', { message: text, programmingLanguage: 'TYPESCRIPT' });
