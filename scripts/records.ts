/** Writes docs/records.md from the declarations of records and tables. */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { recordsMarkdown } from '../src/report/tables/recordsDoc.ts';

writeFileSync(fileURLToPath(new URL('../docs/records.md', import.meta.url)), recordsMarkdown());
