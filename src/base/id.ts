import { randomBytes } from 'node:crypto';

const alphabet = '0123456789abcdefghjkmnpqrstvwxyz';

/** A new id that sorts by time of making: ten characters of milliseconds, ten of randomness (Crockford base 32). */
export function newId(millis: number = Date.now()): string {
  let time = '';
  for (let rest = Math.trunc(millis), i = 0; i < 10; i++, rest = Math.floor(rest / 32))
    time = alphabet[rest % 32] + time;
  let random = '';
  for (const byte of randomBytes(10)) random += alphabet[byte % 32];
  return time + random;
}
