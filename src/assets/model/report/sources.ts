import type { State, Version } from '../../../store/state/index.ts';

/** Versions of the sources that a version goes back to, by name. Those that have been retired are left out. */
export function sourcesBehind({ version }: Pick<State, 'version'>, of: Version): string[] {
  const seen = new Set<string>();
  const found: string[] = [];
  const walk = (one: Version): void => {
    if (seen.has(one.id)) return;
    seen.add(one.id);
    if (one.kind === 'source') found.push(one.id);
    for (const id of Object.values(one.inputs)) {
      const input = version(id);
      if (input !== undefined) walk(input);
    }
  };
  walk(of);
  return found.sort();
}
