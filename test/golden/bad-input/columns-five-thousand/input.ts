import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

export default function input(folder: string) {
  const names = Array.from({ length: 5000 }, (_, i) => `c${i + 1}`);
  writeFileSync(join(folder, 'a.csv'), `${names.join(',')}\n${names.map((_, i) => i).join(',')}\n`);
}
