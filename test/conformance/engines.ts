import type { EngineFactory } from '../../src/kernels/kernels.ts';
import { referenceEngine } from '../../src/kernels/reference.ts';
import { wasmEngines } from '../../src/kernels/wasm.ts';

/** The engines that every conformance suite is run with; two of them have one name. */
export const engines: readonly (EngineFactory & { readonly title: string })[] = [
  { ...referenceEngine, title: 'reference' },
  { ...wasmEngines.direct, title: 'direct wasm' },
  { ...wasmEngines.winograd, title: 'Winograd wasm' },
];
