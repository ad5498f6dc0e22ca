import { sha256 } from '../core/hash.ts';
import { kernelBytes } from '../kernels/wasm.ts';

/** The exports of the compiled kernels that no engine binds (assembly/peak.ts). */
export interface PeakKernels {
  /** 48 * turns floating-point operations in registers; 6 * (turns + 1) + 21 for a = 1. */
  peakArithmetic(turns: number, a: number): number;
  copyBytes(to: number, from: number, bytes: number): void;
  /** What the addresses of `copyBytes` count in. */
  readonly memory: Uint8Array;
}

/** Floating-point operations of one turn of `peakArithmetic`. */
export const PEAK_FLOP = 48;

/** The part of the WebAssembly API that is used here: the type libraries of ES2024 and Node leave it out. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Memory: new (size: { initial: number; maximum: number }) => { readonly buffer: ArrayBuffer };
  readonly Instance: new (module: object, imports: object) => { readonly exports: unknown };
  validate(bytes: Uint8Array): boolean;
};

const PAGE = 65536;

/** SHA-256 of the kernels that were measured. */
export function kernelDigest(): string {
  return sha256(kernelBytes());
}

/** An instance with a memory of its own of at least `bytes`. */
export function openPeakKernels(bytes = 0): PeakKernels {
  const pages = Math.ceil(bytes / PAGE);
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages });
  const instance = new WebAssembly.Instance(new WebAssembly.Module(kernelBytes()), { env: { memory } });
  const { peakArithmetic, copyBytes } = instance.exports as PeakKernels;
  return { peakArithmetic, copyBytes, memory: new Uint8Array(memory.buffer) };
}

/** Whether this host takes relaxed SIMD: a module with one function of f32x4.relaxed_madd. No kernel uses it. */
export function hasRelaxedSimd(): boolean {
  const header = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0];
  const types = [1, 8, 1, 0x60, 3, 0x7b, 0x7b, 0x7b, 1, 0x7b];
  const functions = [3, 2, 1, 0];
  const code = [10, 13, 1, 11, 0, 0x20, 0, 0x20, 1, 0x20, 2, 0xfd, 0x85, 2, 0x0b];
  return WebAssembly.validate(Uint8Array.from([...header, ...types, ...functions, ...code]));
}
