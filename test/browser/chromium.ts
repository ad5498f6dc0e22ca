import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Where Chromium is: CHROMIUM_PATH, or one of its names on the PATH; null if there is none. */
export function chromiumPath(): string | null {
  const given = process.env.CHROMIUM_PATH;
  if (given !== undefined && given !== '') return given;
  const folders = (process.env.PATH ?? '').split(delimiter);
  const names = ['chromium', 'chromium-browser', 'google-chrome'];
  return names.flatMap((name) => folders.map((folder) => join(folder, name))).find(existsSync) ?? null;
}
