import { createHash } from 'node:crypto';
import { canonicalJson } from './json.ts';

/** SHA-256 of bytes or text, as 64 hex digits. */
export function sha256(bytes: string | Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** A fingerprint of plain data: equal data, equal fingerprint. 32 hex digits (128 bits) of SHA-256. */
export function fingerprint(value: unknown): string {
  return sha256(canonicalJson(value)).slice(0, 32);
}
