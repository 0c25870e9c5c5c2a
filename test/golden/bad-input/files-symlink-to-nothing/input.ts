import { symlinkSync } from 'node:fs';
import { join } from 'node:path';

export default function input(folder: string) {
  symlinkSync('gone', join(folder, 'b.csv'));
}
