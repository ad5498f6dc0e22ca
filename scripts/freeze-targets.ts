import { readFileSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { parseCanonicalJson } from '../src/core/json.ts';
import { freezeTargets, frozenText } from '../src/sweep/frozenTargets.ts';
import type { TargetDecision } from '../src/sweep/targets.ts';

/**
 * Makes the committed file of targets of what a target search has decided:
 * `node scripts/freeze-targets.ts decision.json experiments/targets/synthGlyphs-1.json`. The number in the name is the version.
 */
const [decisionFile, targetsFile] = process.argv.slice(2);
const version = Number(/-(\d+)\.json$/.exec(basename(targetsFile ?? ''))?.[1]);
if (!(version > 0))
  throw new Error(`got ${targetsFile ?? 'nothing'}, expected a name such as synthGlyphs-1.json`);
const decision = parseCanonicalJson(readFileSync(decisionFile, 'utf8')) as unknown as TargetDecision;
writeFileSync(targetsFile, frozenText(freezeTargets(decision, version)));
