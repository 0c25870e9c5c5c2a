import colors from 'picocolors';
import { LIVE } from '../../graph/index.ts';
import type { State, Version } from '../../store/state/index.ts';
import type { Terminal } from '../terminal.ts';

/** The versions of an asset that are not retired, whatever their age, and why; besides the one that is live. */
export function tellKept(versions: readonly Version[], state: State, terminal: Terminal): void {
  const [asset] = versions.map((version) => version.asset);
  const aliases = asset === undefined ? [] : state.aliases(asset);
  const noted = new Set(state.versionNotes.noted());
  const batched = new Set(state.batches.named());
  const kept = versions.flatMap(({ id, status }) => {
    const names = aliases.filter(({ version }) => version === id).map(({ alias }) => alias);
    const why = [
      ...names,
      ...(noted.has(id) ? ['a note'] : []),
      ...(batched.has(id) ? ['a batch'] : []),
      ...(status === 'rolled-back' ? ['rolled back'] : []),
    ];
    return why.length === 0 || names.includes(LIVE) ? [] : [`${id} (${why.join(', ')})`];
  });
  if (kept.length > 0) terminal.line(colors.dim(`  not retired, whatever their age: ${kept.join(', ')}`));
}
