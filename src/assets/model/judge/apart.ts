import { counted } from '../../../base/index.ts';
import type { JudgedTask } from './figures.ts';

/** What rows are of that are apart from each other, in words: `4 entities`, `1 list`. */
export function apartInWords(apart: number, task: JudgedTask): string {
  if (task === 'ranking') return counted(apart, 'list');
  return apart === 1 ? '1 entity' : `${apart.toLocaleString('en')} entities`;
}
