import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

export default function input(folder: string) {
  writeFileSync(join(folder, 'a.csv'), gzipSync('id,n\na,1\n'));
}
