import { kinds } from '../../assets/index.ts';
import { retire } from '../../graph/index.ts';
import { several } from '../plain-text.ts';
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
      what: `${several(retirable.length, 'version')} of ${[...assets].sort().join(', ')} that nothing needs`,
      todo: '--fix retires them: they can no longer be rolled back to.',
      fix: async () => `${several(await retire(kinds, workspace, retention), 'version')} retired`,
    },
  ];
}
