import type { CheckResult } from '../../../store/state/index.ts';
import type { TrainingSetBody } from '../spec.ts';
import type { PartCount } from './manifest.ts';
import { PARTS, type Part } from './split.ts';

/**
 * Whether a part is empty: no model can be built from such rows. A warning, as they may be for another use, and the next version may have such rows;
 * nothing where each part has some.
 */
export function checkParts(
  { split }: Pick<TrainingSetBody, 'split'>,
  parts: Readonly<Record<Part, PartCount>>,
): CheckResult[] {
  const empty = PARTS.filter((part) => parts[part].rows === 0);
  if (empty.length === 0 || empty.length === PARTS.length) return [];
  const by = 'by' in split ? ', as entities fell' : '';
  return [
    {
      name: 'every part has rows',
      passed: false,
      severity: 'warn',
      observed: `none in ${empty.join(' and ')}${by}; no model can be built from it`,
      wanted: 'at least 1: more labelled rows, or another split',
    },
  ];
}
