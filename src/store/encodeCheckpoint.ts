import { deserialize, serialize } from 'node:v8';
import { sha256 } from '../core/hash.ts';

/** A checkpoint (plain data and vectors) as bytes: its SHA-256, then the structured clone, in which vectors are their bytes. */
export function encodeCheckpoint(checkpoint: unknown): Uint8Array<ArrayBuffer> {
  const bytes = serialize(checkpoint);
  return Uint8Array.from(Buffer.concat([Buffer.from(sha256(bytes), 'hex'), bytes]));
}

/** @throws if the bytes are not those of a checkpoint. */
export function decodeCheckpoint(bytes: Uint8Array): unknown {
  const content = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).subarray(32);
  const expected = Buffer.from(bytes.subarray(0, 32)).toString('hex');
  const checksum = sha256(content);
  if (checksum !== expected) throw new Error(`its checksum is ${checksum}, expected ${expected}`);
  return deserialize(content);
}
