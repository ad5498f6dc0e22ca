import { InvalidInput } from '../core/check.ts';
import type { EngineFactory } from '../kernels/kernels.ts';
import { referenceEngine } from '../kernels/reference.ts';
import { wasmEngines } from '../kernels/wasm.ts';
import { layerVectors } from './layerVectors.ts';
import { largestOf } from './tensors.ts';
import { type CaseResult, Comparison, Skip, type VectorCase, type VectorFile } from './vectors.ts';

/** The fields of `hyper` differ from file to file; a row checks the names of those it takes. */
// biome-ignore lint/suspicious/noExplicitAny: see above
export type LayerHyper = Readonly<Record<string, any>>;

export interface LayerCase extends VectorCase {
  readonly hyper: LayerHyper;
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly expected: Readonly<Record<string, unknown>>;
  /** `tensor`: times the largest |expected| of the tensor, 1 if all are zero. `elementwise`: times max(1, |expected|). */
  readonly tol_mode: 'tensor' | 'elementwise';
  readonly tol: number;
  /** The tolerance of a float32 engine, where the case is for both. */
  readonly tol_f32?: number;
  /** Inputs on a kink, where the one-sided derivative is a convention: their gradient is not compared. */
  readonly kink_indices?: readonly number[];
}

/** One case on one engine: what a row of the table works with. */
export interface LayerRun {
  readonly factory: EngineFactory;
  readonly testCase: LayerCase;
  /** Compares a tensor; places in `except` are left out. */
  close(what: string, got: ArrayLike<number>, expected: ArrayLike<number>, except?: readonly number[]): void;
}

/** How the cases of one name of layer vectors are run: one row a name. */
export interface LayerVectors {
  /** What `hyper` may hold. A case with another option is skipped, never passed by ignoring it. */
  readonly options: readonly string[];
  /** What `inputs` may hold. */
  readonly inputs: readonly string[];
  readonly run: (run: LayerRun) => void;
}

/**
 * Runs a case: a float64 case on the reference engine with `tol` and, if it has a `tol_f32`, on the WASM engine with that; a
 * float32 case on the WASM engine with `tol`. One result an engine, whose name stands behind the id. The WASM engine is that of runs,
 * with Winograd's algorithm, which the channels of the vectors shipped are too few for: what they check there are the direct
 * convolutions, and test/kernels/winograd.test.ts checks the others against the reference engine.
 * @throws Skip if the case has a name, an option or an input that is not known.
 */
export function runLayerCase(testCase: VectorCase, file: VectorFile): CaseResult[] {
  if (!Object.hasOwn(layerVectors, file.name)) {
    throw new Skip(`unknown layer: ${file.name}, known: ${Object.keys(layerVectors).join(', ')}`);
  }
  const row = layerVectors[file.name];
  const layerCase = testCase as LayerCase;
  if (!['layer', 'layer-sequence'].includes(layerCase.kind)) {
    throw new Skip(`unknown kind: ${layerCase.kind}, known: layer, layer-sequence`);
  }
  refuseUnknown('option', layerCase.hyper, row.options);
  refuseUnknown('input', layerCase.inputs, row.inputs);
  const { dtype, tol, tol_f32 } = layerCase;
  const runs: [EngineFactory, number][] =
    dtype === 'float32' ? [[wasmEngines.winograd, tol]] : [[referenceEngine, tol]];
  if (dtype !== 'float32' && tol_f32 !== undefined) runs.push([wasmEngines.winograd, tol_f32]);
  return runs.map(([factory, tolerance]) => runOn(factory, tolerance, layerCase, row));
}

function runOn(
  factory: EngineFactory,
  tolerance: number,
  testCase: LayerCase,
  row: LayerVectors,
): CaseResult {
  const comparison = new Comparison();
  const close: LayerRun['close'] = (what, got, expected, except = []) => {
    const largest = largestOf(expected);
    // the longer of the two, so that a missing or a surplus element is a difference
    for (let i = 0; i < Math.max(got.length, expected.length); i++) {
      if (except.includes(i)) continue;
      const wanted = expected[i] ?? Number.NaN;
      const scale = testCase.tol_mode === 'tensor' ? largest : Math.max(1, Math.abs(wanted));
      comparison.compare(() => `${what}[${i}]`, got[i], wanted, tolerance * scale, scale);
    }
  };
  try {
    row.run({ factory, testCase, close });
  } catch (error) {
    // options that a layer of ours refuses: nothing can be compared
    if (error instanceof InvalidInput) throw new Skip(error.message);
    throw error;
  }
  return comparison.result(`${testCase.id} (${factory.name})`);
}

function refuseUnknown(what: string, got: object, known: readonly string[]): void {
  const unknown = Object.keys(got).filter((name) => !known.includes(name));
  if (unknown.length > 0)
    throw new Skip(`unknown ${what}: ${unknown.join(', ')}, known: ${known.join(', ')}`);
}
