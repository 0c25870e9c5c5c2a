import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

export default function input(folder: string) {
  writeFileSync(join(folder, 'a.json'), '[\n{"id":"a","n":1}\n]\n');
}
