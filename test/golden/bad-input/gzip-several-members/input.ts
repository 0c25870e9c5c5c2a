import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

export default function input(folder: string) {
  const parts = ['id,n\na,1\n', 'b,2\n', 'c,3\n'].map((part) => gzipSync(part));
  writeFileSync(join(folder, 'a.csv.gz'), Buffer.concat(parts));
}
