import { expect, it, vi } from 'vitest';

vi.mock('node:fs', async (original) => ({
  ...(await original<typeof import('node:fs')>()),
  readFileSync() {
    throw new Error('no such file');
  },
}));

it('says how to build the kernels where they are not', async () => {
  const { kernelDigest, openPeakKernels } = await import('../../src/bench/kernelFile.ts');
  const message = 'the WASM kernels are not built; run: npm run build:kernels';
  expect(kernelDigest).toThrow(message);
  expect(openPeakKernels).toThrow(message);
});
