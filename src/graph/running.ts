import { type Duration, MillraceError, messageOf, type Problem, parseDuration } from '../base/index.ts';
import type { Asset } from './asset.ts';

/** How an asset is kept up to date. It changes when and how often it is built, never what is built: no fingerprint knows of it. */
export interface AssetRunning {
  /** How often a step that fails for a passing reason is tried in all, 1 to 20. Default 3. */
  readonly attempts?: number;
  /** A step that takes longer has failed. Default: as long as it takes. */
  readonly timeout?: Duration;
}

/** How a project is kept up to date: what holds for all assets, and for single ones. */
export interface Running<Name extends string = string> extends AssetRunning {
  readonly assets?: { readonly [N in Name]?: AssetRunning };
}

/** The same for one node, with lengths of time in microseconds. */
export interface NodeRunning {
  readonly attempts?: number;
  readonly timeout?: number;
}

/** What holds for each node of a project's assets. @throws MILL_RUNNING_INVALID with every fault there is */
export function runningOf(
  running: Running,
  assets: Readonly<Record<string, Asset>>,
): ReadonlyMap<string, NodeRunning> {
  const problems: Problem[] = [];
  const found = new Map<string, NodeRunning>();
  for (const name of Object.keys(running.assets ?? {}))
    if (!Object.hasOwn(assets, name)) problems.push(invalid(`there is no asset '${name}'`));
  const { assets: each = {}, ...common } = running;
  const all = plain(common, 'the project', problems);
  for (const [key, asset] of Object.entries(assets)) {
    const own = Object.hasOwn(each, key) ? plain(each[key] ?? {}, key, problems) : {};
    for (const { name } of asset['~'].nodes) found.set(name, { ...all, ...own });
  }
  if (problems.length > 0) throw new MillraceError(problems);
  return found;
}

function plain({ attempts, timeout }: AssetRunning, whose: string, problems: Problem[]): NodeRunning {
  if (attempts !== undefined && !(Number.isInteger(attempts) && attempts >= 1 && attempts <= 20))
    problems.push(invalid(`attempts of ${whose} is ${String(attempts)}, not a whole number from 1 to 20`));
  let micros: number | undefined;
  try {
    if (timeout !== undefined) micros = parseDuration(timeout);
  } catch (error) {
    problems.push(invalid(`timeout of ${whose}: ${messageOf(error)}`));
  }
  return {
    ...(attempts === undefined ? {} : { attempts }),
    ...(micros === undefined ? {} : { timeout: micros }),
  };
}

const invalid = (what: string): Problem => ({
  code: 'MILL_RUNNING_INVALID',
  message: `How the project is to be run does not add up: ${what}.`,
  todo: 'Correct the last argument of project(…).',
  owner: 'project',
});
