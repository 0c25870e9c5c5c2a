import { createHash } from 'node:crypto';

/** A space has two sides: one is read, the other is filled or empty. */
export type Side = 'a' | 'b';
export const otherSide = (side: Side | undefined): Side => (side === 'a' ? 'b' : 'a');

/** Spaces are few, and every look-up names one: a hash takes a tenth of it. */
const spaceKeys = new Map<string, Buffer>();
const MOST = 1_000;

/** Names of spaces as keys of one length, so that none is the beginning of another. UTF-16, because that keeps any two texts apart. Not to be changed. */
export function spaceKey(space: string): Buffer {
  const known = spaceKeys.get(space);
  if (known !== undefined) return known;
  const key = createHash('sha256').update(Buffer.from(space, 'utf16le')).digest().subarray(0, 16);
  if (spaceKeys.size >= MOST) spaceKeys.clear();
  spaceKeys.set(space, key);
  return key;
}

/** What all keys of a side begin with. */
export const sideKey = (space: string, side: Side): Buffer =>
  Buffer.concat([spaceKey(space), Buffer.from(side)]);

export const stateKey = (side: Buffer, key: string): Buffer => Buffer.concat([side, Buffer.from(key)]);

/** An instant and an entity, in the order of instants. */
export function expiryKey(side: Buffer, expires: number, key: string): Buffer {
  return Buffer.concat([side, instantBytes(expires), Buffer.from(key)]);
}

/** The entity of such a key. */
export const expiredKey = (side: Buffer, key: Buffer): string => key.toString('utf8', side.length + 8);

/** Beyond every key of the side that expires at or before the instant. */
export const beyondExpiry = (side: Buffer, now: number): Buffer =>
  Buffer.concat([side, instantBytes(now), Buffer.of(0xff)]);

/** Beyond every key that begins with these bytes: texts are UTF-8, and instants do not reach so far. */
export const beyond = (start: Buffer): Buffer => Buffer.concat([start, Buffer.of(0xff)]);

/** Eight bytes whose order is that of the whole numbers, also of those below zero. */
function instantBytes(instant: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt.asUintN(64, BigInt(instant) + (1n << 63n)));
  return bytes;
}
