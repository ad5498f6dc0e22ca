import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const script = fileURLToPath(new URL('./steadyHeap.ts', import.meta.url));
const flags = ['--expose-gc', '--single-threaded', '--min-semi-space-size=256', '--max-semi-space-size=256'];

function bytesPerStep(planted: string): { withGarbage: number; kept: number } {
  return JSON.parse(execFileSync(process.execPath, [...flags, script, planted], { encoding: 'utf8' }));
}

/**
 * Kept: a step leaves the medians of its bucket, a hundredth of a few numbers; an object of two words would be 16 bytes.
 * Garbage: V8 boxes a float64 that a function returns (12 bytes; about forty a step) and sorts a bucket's values; 862 bytes with
 * Node 24. A view of a typed array costs about 200.
 */
it('a step of a warm run keeps nothing, and leaves no garbage but boxed numbers', () => {
  const { kept, withGarbage } = bytesPerStep('nothing');
  expect(kept).toBeLessThan(4);
  expect(withGarbage).toBeLessThan(1000);
}, 60_000);

it('sees one small object a step', () => {
  const { withGarbage } = bytesPerStep('nothing');
  expect(bytesPerStep('leak').kept).toBeGreaterThan(12);
  expect(bytesPerStep('garbage').withGarbage - withGarbage).toBeGreaterThan(12);
}, 60_000);
