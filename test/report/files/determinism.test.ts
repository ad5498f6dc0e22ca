import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

const SCRIPT = fileURLToPath(new URL('printHashes.ts', import.meta.url));

/** What a process in another place makes of the same records. */
async function hashesIn(timeZone: string, locale: string) {
  const env = { ...process.env, TZ: timeZone, LANG: locale, LC_ALL: locale };
  const { stdout } = await promisify(execFile)(process.execPath, [SCRIPT], { env });
  return JSON.parse(stdout) as { place: string; hashes: Record<string, string> };
}

describe('the files of a report', () => {
  it('are the same bytes in other processes, time zones and locales', { timeout: 180_000 }, async () => {
    const [auckland, stJohns] = await Promise.all([
      hashesIn('Pacific/Auckland', 'de_DE.UTF-8'),
      hashesIn('America/St_Johns', 'C'),
    ]);
    // the places are really others: comma or point, twelve hours before or three and a half after Greenwich
    expect([auckland.place, stJohns.place]).toEqual(['1,5 -720', '1.5 210']);
    expect(Object.keys(auckland.hashes)).toHaveLength(4 * 11 + 3);
    expect(new Set(Object.values(auckland.hashes)).size).toBe(4 * 11 + 3);
    expect(stJohns.hashes).toEqual(auckland.hashes);
  });
});
