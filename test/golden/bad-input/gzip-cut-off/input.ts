import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

export default function input(folder: string) {
  const rows = Array.from({ length: 5000 }, (_, i) => `id-${i},${i}\n`).join('');
  const packed = gzipSync(`id,n\n${rows}`);
  writeFileSync(join(folder, 'a.csv.gz'), packed.subarray(0, packed.length - 300));
}
