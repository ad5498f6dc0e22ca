import { deserialize, serialize } from 'node:v8';

/** A checkpoint (plain data and vectors) as bytes: the structured clone, in which vectors are their bytes. */
export function encodeCheckpoint(checkpoint: unknown): Uint8Array {
  return serialize(checkpoint);
}

/** @throws if the bytes are not those of a checkpoint. */
export function decodeCheckpoint(bytes: Uint8Array): unknown {
  return deserialize(bytes);
}
