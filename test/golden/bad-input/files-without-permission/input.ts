import { chmodSync } from 'node:fs';
import { join } from 'node:path';

export default function input(folder: string) {
  chmodSync(join(folder, 'a.csv'), 0);
}
