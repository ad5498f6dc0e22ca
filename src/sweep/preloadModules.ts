import { pathToFileURL } from 'node:url';
import { changedModule } from './lost.ts';
import { isUnchanged } from './userOptimizer.ts';

/**
 * Imports users' optimizers, and so all that they import, when a worker starts.
 * Returns what is wrong, by digest: a file that a late worker finds changed must not run under the old identity.
 */
export async function preloadModules(
  modules: Readonly<Record<string, string>>,
): Promise<ReadonlyMap<string, Error>> {
  const problems = new Map<string, Error>();
  for (const [digest, path] of Object.entries(modules)) {
    try {
      if (!isUnchanged(path, digest)) throw changedModule(path);
      await import(pathToFileURL(path).href);
    } catch (error) {
      problems.set(digest, error as Error);
    }
  }
  return problems;
}
