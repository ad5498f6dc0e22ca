/**
 * Compiles src/kernels/assembly/*.ts to src/kernels/build/kernels.wasm. Runs on install (`prepare`) and by hand
 * (`npm run build:kernels`). Arguments are passed on to asc, for example `--textFile kernels.wat`.
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const KERNELS = [
  'activation',
  'batchNorm',
  'conv2d',
  'dense',
  'elementwise',
  'fingerprint',
  'loss',
  'optimizers',
  'peak',
  'pool',
  'smooth',
  'winograd',
];

const options = [
  ...KERNELS.map((name) => `src/kernels/assembly/${name}.ts`),
  ...['--outFile', 'src/kernels/build/kernels.wasm'],
  ...['--enable', 'simd'], // and no relaxed-simd: its results differ between machines
  ...['--runtime', 'stub', '--noAssert', '--use', 'abort=', '--disableWarning', '112'],
  ...['--importMemory', '--noExportMemory'],
  ...['-O3'],
];

// a process of its own: the compiler's type declarations would add AssemblyScript's globals to this project's
const compiler = fileURLToPath(import.meta.resolve('assemblyscript/bin/asc.js'));
const { status } = spawnSync(process.execPath, [compiler, ...options, ...process.argv.slice(2)], {
  cwd: fileURLToPath(new URL('..', import.meta.url)),
  stdio: 'inherit',
});
process.exitCode = status ?? 1;
