import { fileURLToPath } from 'node:url';
import { getCallSites } from 'node:util';
import type { Place } from '../base/index.ts';

/** The folder of Millrace's own code: src/ in a checkout, dist/ in the package. */
const ours = fileURLToPath(new URL('..', import.meta.url));

/** Where the user's own code called us: the innermost call site outside Millrace. */
export function declaredAt(): Place {
  for (const site of getCallSites(30)) {
    const file = site.scriptName.startsWith('file://') ? fileURLToPath(site.scriptName) : site.scriptName;
    if (file === '' || file.startsWith('node:')) continue;
    if (file.startsWith(ours) && !file.endsWith('.test.ts')) continue;
    return { file, line: site.lineNumber, column: site.columnNumber };
  }
  return { file: '(unknown)', line: 0, column: 0 };
}
