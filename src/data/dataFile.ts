import { gunzip, md5, readFile, sha256 } from '../core/host.ts';
import { type DataFile, FILE_SETS } from './fileSets.ts';

/** Verified bytes, or what is wrong with them (`got …, expected …`). */
export type Verified = { readonly content: Uint8Array } | { readonly problem: string };

/** True if the bytes start as a gzip file does (RFC 1952). */
export function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}

/** Decompresses `stored` if it is a gzip file, and compares size and checksum with what `file` must hold. */
export function verify(stored: Uint8Array, file: DataFile): Verified {
  const expected = `expected ${file.bytes} bytes with ${file.checksum}`;
  let content = stored;
  if (isGzip(stored)) {
    try {
      content = gunzip(stored, file.bytes);
    } catch (error) {
      return {
        problem: `got ${stored.length} bytes of gzip with an error (${gzipError(error)}), ${expected}`,
      };
    }
  }
  const isMd5 = file.checksum.startsWith('md5:');
  const checksum = isMd5 ? `md5:${md5(content)}` : `sha256:${sha256(content)}`;
  if (content.length === file.bytes && checksum === file.checksum) return { content };
  return { problem: `got ${content.length} bytes with ${checksum}${knownAs(checksum)}, ${expected}` };
}

/** {@link verify} of the file at `path`. */
export function readVerified(path: string, file: DataFile): Verified {
  let stored: Uint8Array;
  try {
    stored = readFile(path);
  } catch (error) {
    return { problem: `cannot be read (${(error as Error).message})` };
  }
  return verify(stored, file);
}

function gzipError(error: unknown): string {
  if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') return 'decompressed it is too long';
  return (error as Error).message;
}

/** Names the file that the bytes are, if they are one of another set: MNIST and Fashion-MNIST have the same file names. */
function knownAs(checksum: string): string {
  for (const set of FILE_SETS) {
    const file = set.files.find((known) => known.checksum === checksum);
    if (file) return ` (that is ${file.name} of ${set.name})`;
  }
  return '';
}
