import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { sha256 } from '../../../src/core/hash.ts';
import { FASHION_5K_FILES, FASHION_5K_FOLDER } from '../../../src/data/fashion5k.ts';
import { CIFAR_10, FASHION_MNIST, FILE_SETS, MNIST } from '../../../src/data/fileSets.ts';
import { SYNTH_GLYPHS, synthGlyphs } from '../../../src/data/synthGlyphs.ts';
import { catalog } from '../../../src/run/catalog.ts';
import { runId } from '../../../src/run/record.ts';
import { parseSpec } from '../../../src/run/spec.ts';

const specOf = (data: object) =>
  parseSpec({ data, model: { kind: 'missionCnn' }, optimizer: { kind: 'adam' }, epochs: 1, seed: 0 });
const content = (kind: string) => catalog.datasets[kind].defaults.content as string;

describe('the content of the data is part of the identity of a run', () => {
  it('of every image data set, with or without saying so', () => {
    const kinds = Object.keys(catalog.datasets);
    expect(kinds).toEqual(['fashion5k', 'synthGlyphs', 'mnist', 'fashionMnist', 'cifar10']);
    for (const kind of kinds) {
      expect(content(kind)).toMatch(/^[0-9a-f]{64}$/);
      expect(specOf({ kind }).data).toMatchObject({ kind, content: content(kind) });
      expect(runId(specOf({ kind, content: content(kind) }))).toBe(runId(specOf({ kind })));
    }
    expect(new Set(kinds.map(content)).size).toBe(kinds.length);
  });

  it('a spec of other content is refused with the content that there is', () => {
    const known = content('fashion5k');
    expect(() => specOf({ kind: 'fashion5k', content: 'abc' })).toThrow(
      `invalid spec.data.content: got "abc", expected "${known}", the content that this version of thalweg has: leave it out, ` +
        'or take the version that the spec was written with',
    );
    expect(() => specOf({ kind: 'synthGlyphs', content: 5 })).toThrow(
      'invalid spec.data.content: got 5, expected "',
    );
  });

  it('of sets of files follows from their pinned checksums', () => {
    const sets = { mnist: MNIST, fashionMnist: FASHION_MNIST, cifar10: CIFAR_10 };
    expect(Object.values(sets)).toEqual(FILE_SETS);
    for (const [kind, { files }] of Object.entries(sets)) {
      const text = files.map(({ name, bytes, checksum }) => `${name} ${bytes} ${checksum}\n`).join('');
      expect(content(kind)).toBe(sha256(text));
    }
  });

  it('of fashion5k follows from the committed files', () => {
    const lines = Object.values(FASHION_5K_FILES).map(({ name }) => {
      const bytes = gunzipSync(readFileSync(new URL(`${name}.gz`, FASHION_5K_FOLDER)));
      return `${name} ${bytes.length} sha256:${sha256(bytes)}\n`;
    });
    expect(content('fashion5k')).toBe(sha256(lines.join('')));
    expect(content('fashion5k')).toBe('4f4858a46ce0a8a2466a72a26d0c4286d3745d305485b4f9a8ddb1497d66b3f5');
  });

  it('of synthGlyphs follows from what the generator draws', () => {
    expect(synthGlyphs().digest).toBe(SYNTH_GLYPHS.golden);
    expect(content('synthGlyphs')).toBe(
      sha256(`synthGlyphs ${SYNTH_GLYPHS.version} ${synthGlyphs().digest}`),
    );
  });
});
