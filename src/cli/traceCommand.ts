import { writeFileSync } from 'node:fs';
import { ownSide } from '../certify/side.ts';
import { encodeOperations, encodeStates } from '../certify/traceFile.ts';
import { InvalidInput } from '../core/check.ts';
import { engineDigest } from '../run/engineDigest.ts';
import { named, resourcesOf } from './bisectSides.ts';

export interface TraceOptions {
  readonly out: string;
  /** Everything that this step computes in place of the states. */
  readonly step?: number;
  /** The last step of the states. */
  readonly until?: number;
  readonly optimizer?: string;
  readonly dataDir?: string;
}

/** `thalweg trace`: what `bisect` asks another version about a run (certify/traceFile.ts has the format). */
export async function traceCommand(file: string, options: TraceOptions): Promise<void> {
  const given = named(file, '');
  if (given.kind === 'vectors')
    throw new InvalidInput(`invalid run: ${file} holds vectors, expected the spec of a run`);
  const side = ownSide(given.spec, await resourcesOf(given.spec, options));
  const bytes =
    options.step === undefined
      ? encodeStates(engineDigest(), await side.states(options.until))
      : encodeOperations(engineDigest(), await side.operations(options.step));
  writeFileSync(options.out, bytes);
}
