import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

export default function input(folder: string) {
  const long = 'x'.repeat(10_000_000);
  writeFileSync(join(folder, 'a.csv'), `id,note\na,fine\nb,${long}\nc,fine too\n`);
}
