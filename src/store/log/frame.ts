import { crc32 } from 'node:zlib';

/** First bytes of every segment: what it is, and the version of its form. */
export const MAGIC = Buffer.from('MILLLOG1', 'latin1');

/** Bytes before the text of a record: CRC-32, length of the text, offset of its batch; each a little-endian uint32. */
export const FRAME_HEADER = 12;

/** No record may be longer, whatever a log allows: what a reader must hold in memory at most. */
export const LONGEST_RECORD = 16 * 1024 * 1024;

/** The shortest JSON object is `{}`; so a page of zeros that a crash left behind is never taken for a record. */
const SHORTEST_RECORD = 2;

/**
 * Writes one record. The batch is the offset in the segment at which the write began that brought the record. A batch
 * is written only after the one before is safely on disk: that tells a tail that never was acknowledged (nothing of
 * a later batch follows) from damage to records that were.
 */
export function writeFrame(into: Buffer, at: number, text: Buffer, batch: number): number {
  into.writeUInt32LE(text.length, at + 4);
  into.writeUInt32LE(batch, at + 8);
  text.copy(into, at + FRAME_HEADER);
  const end = at + FRAME_HEADER + text.length;
  into.writeUInt32LE(crc32(into.subarray(at + 4, end)), at);
  return end;
}

/** Length of the text that the header at `at` announces; undefined when no sound header looks so. */
export function announcedLength(bytes: Buffer, at: number): number | undefined {
  const length = bytes.readUInt32LE(at + 4);
  return length >= SHORTEST_RECORD && length <= LONGEST_RECORD ? length : undefined;
}

/** The offset of the record's batch in its segment. */
export function batchOf(bytes: Buffer, at: number): number {
  return bytes.readUInt32LE(at + 8);
}

/** Whether the whole frame at `at`, with a text of this length, is as it was written. */
export function isIntact(bytes: Buffer, at: number, length: number): boolean {
  return crc32(bytes.subarray(at + 4, at + FRAME_HEADER + length)) === bytes.readUInt32LE(at);
}
