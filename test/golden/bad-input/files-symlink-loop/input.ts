import { symlinkSync } from 'node:fs';
import { join } from 'node:path';

export default function input(folder: string) {
  symlinkSync('loop.csv', join(folder, 'loop.csv'));
  symlinkSync('.', join(folder, 'again'));
}
