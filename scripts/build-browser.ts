/**
 * Bundles the engine for browsers into src/browser/build (or dist/browser/build), where `thalweg serve` finds it as one script for a worker.
 * It says which engine it is. Runs on install (`prepare`) behind the kernels and by hand (`npm run build:browser`).
 */
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { rolldown } from 'rolldown';

/** What a browser has in the place of files that need Node, as paths in the sources without their endings. */
const REPLACED: Readonly<Record<string, string>> = {
  'core/host': 'browser/host',
  'data/imageFiles': 'browser/imageFiles',
  'run/engineDigest': 'browser/engineDigest',
};

const CHECKOUT = fileURLToPath(new URL('..', import.meta.url));

/** Where the sources are and how their files end: `src` or what was built of them. */
export interface Sources {
  readonly folder: string;
  readonly ending: '.ts' | '.js';
}

export const checkoutSources: Sources = { folder: join(CHECKOUT, 'src'), ending: '.ts' };

/** One script that needs nothing else and defines no module. @throws if it would need a module of Node. */
export async function bundleForBrowser(entry: string, { folder, ending }: Sources): Promise<string> {
  const digestFile = pathToFileURL(join(folder, `run/engineDigest${ending}`)).href;
  const { engineDigest } = (await import(digestFile)) as typeof import('../src/run/engineDigest.ts');
  const replaced = new Map(
    Object.entries(REPLACED).map(([from, to]) => [join(folder, from + ending), join(folder, to + ending)]),
  );
  const bundle = await rolldown({
    input: entry,
    platform: 'browser',
    plugins: [
      {
        name: 'replaced-files',
        resolveId: (source, importer) =>
          importer === undefined || !source.startsWith('.')
            ? null
            : (replaced.get(resolve(dirname(importer), source)) ?? null),
      },
    ],
    transform: {
      define: {
        THALWEG_ENGINE: JSON.stringify(engineDigest()),
        'import.meta.url': '"file:///thalweg/module.js"', // files are known by their names, see src/browser/host.ts
      },
    },
    onLog(level, log) {
      throw new Error(`${level}: ${log.message}`);
    },
  });
  const { output } = await bundle.generate({ format: 'iife', minify: true });
  await bundle.close();
  if (output.length !== 1) throw new Error(`one script was expected, not ${output.length}`);
  return output[0].code;
}

/** Builds what `thalweg serve` needs. */
export async function buildBrowser(sources: Sources): Promise<void> {
  const { folder, ending } = sources;
  const build = join(folder, 'browser/build');
  const script = await bundleForBrowser(join(folder, `browser/worker${ending}`), sources);
  mkdirSync(build, { recursive: true });
  const file = join(build, 'worker.js');
  writeFileSync(`${file}.${process.pid}`, script);
  renameSync(`${file}.${process.pid}`, file); // never half written
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await buildBrowser(checkoutSources);
