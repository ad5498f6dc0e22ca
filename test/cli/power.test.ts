import { rmSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { seedPlan } from '../../src/cli/powerCommand.ts';
import { runCli, workFolder } from './runCli.ts';

const ordinary = { comparisons: 1, power: 0.8, alpha: 0.05 };

describe('seedPlan', () => {
  it('is the larger one of what the two tests need', () => {
    // half a deviation, paired: 34 (Cohen 1988, d = 0.5); 54 at 0.05 / 7 (SciPy, nct)
    expect(seedPlan({ ...ordinary, difference: 0.01, deviation: 0.02 })).toEqual({
      ...{ tTest: 34, signedRank: 6, needed: 34, decides: 'tTest' },
    });
    expect(seedPlan({ ...ordinary, difference: 0.01, deviation: 0.02, comparisons: 7 })).toMatchObject({
      ...{ tTest: 54, signedRank: 9, needed: 54 },
    });
    // twice the deviation: five pairs have the power, but six must differ, and nine for eleven comparisons
    expect(seedPlan({ ...ordinary, difference: 0.04, deviation: 0.02 })).toEqual({
      ...{ tTest: 5, signedRank: 6, needed: 6, decides: 'signedRank' },
    });
    expect(seedPlan({ ...ordinary, difference: 1, deviation: 0.1, comparisons: 11 })).toMatchObject({
      ...{ tTest: 4, signedRank: 9, needed: 9, decides: 'signedRank' },
    });
  });

  it('refuses what a million seeds would not find', () => {
    expect(() => seedPlan({ ...ordinary, difference: 1e-6, deviation: 1 })).toThrow(
      'invalid difference: got 0.000001',
    );
  });
});

describe('thalweg power', () => {
  const folder = workFolder({});
  afterAll(() => rmSync(folder, { recursive: true }));

  it('prints how many seeds each test needs, and which decides', async () => {
    const asked = ['power', '--difference', '0.01', '--deviation', '0.02', '--comparisons', '7'];
    const { code, stdout, stderr } = await runCli(folder, asked);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout.split('\n').slice(1, 4)).toEqual([
      'paired t test, power 80.0% at 0.05 / 7: 54 seeds',
      'signed-rank test, p of 0.05 after Holm’s correction possible: 9 seeds',
      'needed: 54 seeds a method (the power of the t test decides; the signed-rank test of the reports takes about 5% more where differences are normal)',
    ]);
    const json = await runCli(folder, [...asked, '--json']);
    expect(JSON.parse(json.stdout)).toEqual({ tTest: 54, signedRank: 9, needed: 54, decides: 'tTest' });
  });

  it('refuses what is no number, and asks for what is missing', async () => {
    const bad = await runCli(folder, ['power', '--difference', '0', '--deviation', '1']);
    expect(bad.code).toBe(2);
    expect(bad.stderr).toContain('Expected a number above 0');
    const missing = await runCli(folder, ['power', '--difference', '1']);
    expect(missing.stderr).toContain("required option '--deviation <number>' not specified");
  });
});
