import { describe, expect, it } from 'vitest';
import { guarded } from '../../src/sweep/guardProcess.ts';

describe("users' code", () => {
  it('has no chance: what it draws could never be computed again', async () => {
    await expect(guarded(() => Math.random())).rejects.toThrow(
      'it called Math.random, whose numbers nobody could have again; an optimizer takes them from context.random()',
    );
    expect(Math.random()).toBeLessThan(1);
  });

  it('cannot end the process', async () => {
    await expect(guarded(() => process.exit(3))).rejects.toThrow('it called process.exit(3)');
  });
});
