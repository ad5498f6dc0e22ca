import { beforeAll, describe, expect, it } from 'vitest';
import { compareChains } from '../../src/certify/compareChains.ts';
import { describeVerdict, obstacleTo, verdictOf } from '../../src/certify/verifyRecord.ts';
import { canonicalJson, parseCanonicalJson } from '../../src/core/json.ts';
import type { RunRecord } from '../../src/run/record.ts';
import { run, tiny } from '../run/resumedRuns.ts';

let record: RunRecord;
beforeAll(async () => {
  record = { ...(await run(tiny)), environment: null };
});

type Changeable = { -readonly [K in keyof RunRecord]: RunRecord[K] } & {
  chain: { every: number; digests: string; last: string };
  series: { evaluations: { train: { loss: number[] } } };
};

/** What is said of a record that was changed, and of its kind. */
function saidOf(change: (copy: Changeable) => void): string {
  const copy = parseCanonicalJson(canonicalJson(record)) as unknown as Changeable;
  change(copy);
  return describeVerdict(obstacleTo(copy, () => false) ?? verdictOf(copy, record), copy);
}

const flip = (text: string, at: number) =>
  `${text.slice(0, at)}${text[at] === '0' ? '1' : '0'}${text.slice(at + 1)}`;

describe('the verdict of a record', () => {
  it('is that it is identical, wherever it was computed', () => {
    const { every, digests } = record.chain as { every: number; digests: string };
    const links = digests.length / 8 + (record.steps % every === 0 ? 0 : 1);
    expect(saidOf(() => {})).toBe(`identical, 104 steps (${links} links)`);
    expect(saidOf((copy) => (copy.engine = 'other'))).toBe(`identical, 104 steps (${links} links)`);
  });

  it('finds one digit of one digest, wherever it stands', () => {
    const { every, digests } = record.chain as { every: number; digests: string };
    for (const at of [0, 13, digests.length - 1]) {
      const said = saidOf((copy) => (copy.chain.digests = flip(digests, at)));
      const step = Math.floor(at / 8) * every;
      expect(said).toBe(`DIFFERENT at step ${step}, with the same last link: the record was altered`);
    }
  });

  it('finds another loss, by one unit in the last place', () => {
    const said = saidOf(({ series }) => {
      const { loss } = series.evaluations.train;
      loss[2] += loss[2] * Number.EPSILON;
    });
    expect(said).toMatch(
      /^DIFFERENT although all links are the same; different: series \(train.loss first at step 16: recorded 2\.3251027584075934, now 2\.325102758407593\)/,
    );
  });

  it('finds another last link and another count', () => {
    const { last } = record.chain as { last: string };
    expect(saidOf((copy) => (copy.chain.last = flip(last, 63)))).toBe('DIFFERENT between steps 64 and 104');
    expect(saidOf((copy) => copy.flops++)).toBe(
      'DIFFERENT although all links are the same; different: flops',
    );
  });

  it('finds another spec under the same id', () => {
    expect(saidOf((copy) => (copy.spec = { ...copy.spec, seed: 9 }))).toMatch(
      /its spec is not that of its id/,
    );
  });

  it('compares what a record without a chain has, and says so', () => {
    const said = saidOf((copy) => Object.assign(copy, { schema: 2, chain: undefined }));
    expect(said).toBe(
      'identical, 104 steps, by its series and final digest: a record of schema 2 has no chain',
    );
    const other = saidOf((copy) => Object.assign(copy, { schema: 2, chain: undefined, digest: 'x' }));
    expect(other).toBe('DIFFERENT (the record has no chain); different: digest');
  });

  it('is none where there is no result', () => {
    const said = saidOf((copy) => (copy.outcome = { kind: 'lost', message: '' }));
    expect(said).toBe('not verified: the run was lost and has no result');
  });
});

describe('two chains', () => {
  const chain = (every: number, digits: string, last = digits) => ({
    chain: { every, digests: [...digits].map((digit) => digit.repeat(8)).join(''), last },
    steps: 8,
  });

  it('are compared where both have links', () => {
    expect(compareChains(chain(2, 'abcde'), chain(4, 'ace'))).toEqual({ links: 3, difference: null });
    const difference = { same: 4, different: 8, endsAlike: false };
    expect(compareChains(chain(2, 'abcde'), chain(4, 'acf'))).toEqual({ links: 3, difference });
  });

  it('part in their last links alone', () => {
    const difference = { same: 8, different: 8, endsAlike: false };
    expect(compareChains(chain(2, 'abcde', 'x'), chain(2, 'abcde', 'y'))).toEqual({ links: 5, difference });
  });

  it('part between two links', () => {
    const { difference } = compareChains(chain(2, 'abcde'), chain(2, 'abxyz'));
    expect(difference).toEqual({ same: 2, different: 4, endsAlike: false });
  });
});
