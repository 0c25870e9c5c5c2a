import { Cron } from 'croner';
import {
  type Duration,
  type Instant,
  MillraceError,
  messageOf,
  type Problem,
  parseDuration,
} from '../base/index.ts';
import type { Asset } from './asset.ts';
import { type AssetTags, type Limits, limitFaults, limitsOf } from './limits.ts';
import { type Notify, notifyFaults } from './notify/declare.ts';
import { type OpenLineage, settingsOf } from './openlineage/settings.ts';

/** How an asset is kept up to date. It changes when and how often it is built, never what is built: no fingerprint knows of it. */
export interface AssetRunning extends AssetTags {
  /** How often a step that fails for a passing reason is tried in all, 1 to 20. Default 3. */
  readonly attempts?: number;
  /** A step that takes longer has failed. Default: as long as it takes. */
  readonly timeout?: Duration;
  /**
   * When it is looked for something to do, while `millrace up` is at work: a cron pattern of five fields, `'0 6 * * 1-5'`. What has none of
   * its own follows what it is built from.
   */
  readonly schedule?: string;
}

/** How a project is kept up to date: what holds for all assets, and for single ones. */
export interface Running<Name extends string = string> extends AssetRunning, Limits {
  /** In which the schedules are read, `'Europe/Berlin'`. Default: UTC. */
  readonly timeZone?: string;
  /** While `millrace up` is at work, it looks so often for new files and for what others have published. */
  readonly watch?: Duration;
  /** Who is told when something is amiss. */
  readonly notify?: Notify;
  readonly assets?: { readonly [N in Name]?: AssetRunning };
  /** Where others are told of runs as OpenLineage events. The environment goes over it. */
  readonly openLineage?: OpenLineage;
}

/** The same for one node, with lengths of time in microseconds. */
export interface NodeRunning {
  readonly attempts?: number;
  readonly timeout?: number;
  /** The limits it falls under, by tag. */
  readonly limits?: ReadonlyMap<string, number>;
}

/** When a part of a project is due. */
export interface Schedule {
  /** Of the asset; empty for the project as a whole. */
  readonly name: string;
  /** The first time after an instant; undefined when there is none. */
  next(after: Instant): Instant | undefined;
  /** Whether it is a watch, which mostly finds nothing. */
  readonly watch?: true;
}

/** What `Running` comes to for a graph. */
export interface GraphRunning {
  readonly nodes: ReadonlyMap<string, NodeRunning>;
  readonly schedules: readonly Schedule[];
  readonly concurrency?: number;
  readonly notify?: Notify;
  readonly openLineage?: OpenLineage;
}

/** What holds for each node of a project's assets. @throws MILL_RUNNING_INVALID with every fault there is */
export function runningOf(running: Running, assets: Readonly<Record<string, Asset>>): GraphRunning {
  const problems: Problem[] = [];
  const found = new Map<string, NodeRunning>();
  for (const name of Object.keys(running.assets ?? {}))
    if (!Object.hasOwn(assets, name)) problems.push(invalid(`there is no asset '${name}'`));
  const { assets: each = {}, timeZone = 'UTC', watch, notify, openLineage, ...common } = running;
  const { concurrency } = common;
  const schedules: Schedule[] = [];
  const add = (name: string, whose: string, pattern: string | undefined): void => {
    try {
      if (pattern !== undefined) schedules.push(scheduled(name, pattern, timeZone));
    } catch (error) {
      problems.push(invalid(`schedule of ${whose}, '${pattern}' in ${timeZone}: ${messageOf(error)}`));
    }
  };
  add('', 'the project', common.schedule);
  const every = micros(watch, 'watch of the project', problems);
  if (every !== undefined) schedules.push({ name: '', next: (after) => after + every, watch: true });
  const faults = [
    ...limitFaults(common, each),
    ...(notify === undefined ? [] : notifyFaults(notify, assets)),
  ];
  problems.push(...faults.map(invalid));
  const all = plain(common, 'the project', problems);
  for (const [key, asset] of Object.entries(assets)) {
    const own = Object.hasOwn(each, key) ? plain(each[key] ?? {}, key, problems) : {};
    if (Object.hasOwn(each, key)) add(asset.name, key, each[key]?.schedule);
    const tags = (Object.hasOwn(each, key) ? each[key]?.tags : undefined) ?? common.tags ?? [];
    const limits = tags.length === 0 ? {} : { limits: limitsOf(tags, common.limits) };
    for (const { name } of asset['~'].nodes) found.set(name, { ...all, ...own, ...limits });
  }
  try {
    settingsOf(openLineage, {}, '.');
  } catch (error) {
    if (!(error instanceof MillraceError)) throw error;
    problems.push(...error.problems);
  }
  if (problems.length > 0) throw new MillraceError(problems);
  return {
    nodes: found,
    schedules,
    ...(concurrency === undefined ? {} : { concurrency }),
    ...(notify === undefined ? {} : { notify }),
    ...(openLineage === undefined ? {} : { openLineage }),
  };
}

/** Only the calendar of croner: without a function it starts no timer. */
function scheduled(name: string, pattern: string, timezone: string): Schedule {
  const cron = new Cron(pattern, { timezone, mode: '5-part', paused: true });
  const next = (after: Instant): Instant | undefined => {
    const date = cron.nextRun(new Date(after / 1000));
    return date === null ? undefined : date.getTime() * 1000;
  };
  // A time zone that there is not shows only when it is used.
  next(0);
  return { name, next };
}

function micros(text: string | undefined, what: string, problems: Problem[]): number | undefined {
  try {
    return text === undefined ? undefined : parseDuration(text);
  } catch (error) {
    problems.push(invalid(`${what}: ${messageOf(error)}`));
    return undefined;
  }
}

function plain({ attempts, timeout }: AssetRunning, whose: string, problems: Problem[]): NodeRunning {
  if (attempts !== undefined && !(Number.isInteger(attempts) && attempts >= 1 && attempts <= 20))
    problems.push(invalid(`attempts of ${whose} is ${String(attempts)}, not a whole number from 1 to 20`));
  const time = micros(timeout, `timeout of ${whose}`, problems);
  return {
    ...(attempts === undefined ? {} : { attempts }),
    ...(time === undefined ? {} : { timeout: time }),
  };
}

const invalid = (what: string): Problem => ({
  code: 'MILL_RUNNING_INVALID',
  message: `How the project is to be run does not add up: ${what}.`,
  todo: 'Correct the last argument of project(…).',
  owner: 'project',
});
