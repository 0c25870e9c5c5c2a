import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { HOME, type Workspace } from '../../graph/index.ts';

/** What a killed process left is removed after this. Nothing is read from outside for so long without writing. */
const LEFT_BEHIND_MS = 2 * 24 * 3600 * 1000;

/** The folder in which a project keeps what has come from outside until it is loaded, and what loading needs for a while. All of it may be deleted. */
export function pullsOf({ folder }: Pick<Workspace, 'folder'>): string {
  const pulls = join(folder, HOME, 'pulls');
  mkdirSync(pulls, { recursive: true, mode: 0o700 });
  return pulls;
}

/** The same folder, after what killed processes left behind in it is gone. */
export function sweptPulls(workspace: Pick<Workspace, 'folder'>): string {
  const pulls = pullsOf(workspace);
  for (const name of readdirSync(pulls)) {
    const found = statSync(join(pulls, name), { throwIfNoEntry: false });
    if (found !== undefined && Date.now() - found.mtimeMs > LEFT_BEHIND_MS)
      rmSync(join(pulls, name), { recursive: true, force: true });
  }
  return pulls;
}

/** A new folder for one reading. */
export const pullFolder = (workspace: Pick<Workspace, 'folder'>, asset: string): string =>
  mkdtempSync(join(sweptPulls(workspace), `pull-${asset}-`));
