import type { RunStates } from '../../src/certify/runStates.ts';

/** Somewhere that the set can run. */
export interface Environment {
  readonly name: string;
  /** The states of the set there, with what it turned out to be; or why it cannot be had, and what would change that. */
  run(
    work: Work,
  ): Promise<{ readonly what: string; readonly runs: readonly RunStates[] } | { readonly missing: string }>;
}

export interface Work {
  /** A folder for what is fetched. */
  readonly folder: string;
  /** The sources that run. */
  readonly sources: string;
}

/** The states as printStates.ts prints them. */
export function parseStates(lines: string): RunStates[] {
  return lines
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
}
