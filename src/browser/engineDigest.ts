// In the place of src/run/engineDigest.ts in what is built for browsers: the digest of the engine that was built.

declare const THALWEG_ENGINE: string;

export function engineDigest(): string {
  return THALWEG_ENGINE;
}
