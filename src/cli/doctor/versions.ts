import { kinds } from '../../assets/index.ts';
import { counted } from '../../base/index.ts';
import { retire } from '../../graph/index.ts';
import type { Finding } from './finding.ts';
import type { Subject } from './subject.ts';

/** Versions that nothing needs and nobody is likely to go back to. */
export function leftVersions({ workspace, retention, retirable }: Subject): Finding[] {
  if (retirable.length === 0) return [];
  const assets = new Set(retirable.map((id) => id.slice(0, id.lastIndexOf('@'))));
  return [
    {
      level: 'left',
      room: 'state',
      what: `${counted(retirable.length, 'version')} of ${[...assets].sort().join(', ')} that nothing needs`,
      todo: '--fix retires them: they can no longer be rolled back to.',
      fix: async () => `${counted(await retire(kinds, workspace, retention), 'version')} retired`,
    },
  ];
}
