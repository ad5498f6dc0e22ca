import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { isPerturbed, type Sensitivity, type ShadowKind, shadowKinds } from '../certify/sensitivity.ts';
import { InvalidInput, unknownName } from '../core/check.ts';
import { canonicalJson, type Json } from '../core/json.ts';
import { roundingSensitivity } from '../report/figures/roundingSensitivity.ts';
import { figureSvg } from '../report/files/svg.ts';
import { count } from '../report/format.ts';
import { MethodSpecs } from '../report/methods.ts';
import { sensitivityCsv, sensitivityText } from '../report/sensitivity.ts';
import { engineDigest } from '../run/engineDigest.ts';
import { runId } from '../run/record.ts';
import type { RunSpec } from '../run/spec.ts';
import { openStore, type Store } from '../store/store.ts';
import { inOneStage, type LoadedExperiment, loadExperiment } from '../sweep/loadExperiment.ts';
import { loadResources } from '../sweep/resources.ts';
import { Selection } from '../sweep/selectRuns.ts';
import { measureSensitivities } from '../sweep/sensitivities.ts';
import { storedRuns } from '../sweep/storedRuns.ts';
import { knownStages } from '../sweep/walk.ts';
import { namedRun } from './recordSource.ts';
import { INTERRUPTED } from './stopOnSignals.ts';
import { writeWhole } from './writeChunks.ts';

export interface SensitivityOptions {
  readonly store: string;
  readonly workers: number;
  readonly shadows: string;
  readonly only?: string;
  readonly out?: string;
  readonly dataDir?: string;
  readonly json?: boolean;
  readonly csv?: boolean;
}

/** `thalweg sensitivity`: how fast runs part from the same runs in other roundings. Nothing of it is stored. */
export async function sensitivityCommand(what: string, options: SensitivityOptions): Promise<void> {
  const kinds = kindsOf(options.shadows);
  const store = existsSync(options.store) ? openStore(options.store, { write: false }) : undefined;
  let chosen: Chosen;
  try {
    chosen = await chooseRuns(what, store, options);
  } finally {
    store?.close();
  }
  const { experiment, specs, resources, nameOf } = chosen;
  refusePerturbed(specs, nameOf);
  const isQuiet = options.json === true || options.csv === true;
  let ended = 0;
  const onSignal = () => {
    process.stderr.write(
      `stopped: ${ended} of ${count(specs.length, 'run')} were measured; nothing is kept\n`,
    );
    process.exit(INTERRUPTED);
  };
  process.on('SIGINT', onSignal);
  const measured = await measureSensitivities(specs, resources, {
    workers: options.workers,
    kinds,
    onEnd(done) {
      ended = done;
      if (!isQuiet) process.stderr.write(`${done} of ${count(specs.length, 'run')}\n`);
    },
  }).finally(() => process.off('SIGINT', onSignal));
  tellMissing(measured, kinds, isQuiet);
  const runs = measured.map((run) => ({ ...run, method: nameOf(run.spec) }));
  if (options.json === true) console.log(canonicalJson(runs as unknown as Json));
  else if (options.csv === true) process.stdout.write(sensitivityCsv(runs));
  else {
    const figure = roundingSensitivity(runs);
    const out = options.out ?? join('results', experiment.name, 'sensitivity');
    const written = [
      `table:  ${writeWhole(join(out, 'sensitivity.csv'), sensitivityCsv(runs))}`,
      ...(figure === null
        ? ['the runs have the bits of their shadows: there is no figure']
        : [`figure: ${writeWhole(join(out, 'distance.svg'), figureSvg(figure))}`]),
    ];
    console.log([sensitivityText(runs), '', ...written].join('\n'));
  }
}

/** A run with a perturbation is no base for another one. */
function refusePerturbed(specs: readonly RunSpec[], nameOf: Chosen['nameOf']): void {
  const perturbed = specs.filter(isPerturbed);
  if (perturbed.length === 0) return;
  const some = perturbed
    .slice(0, 3)
    .map((spec) => `${runId(spec).slice(0, 12)} (${nameOf(spec)}, seed ${spec.seed})`);
  const other = specs.find((spec) => !isPerturbed(spec));
  const left =
    other === undefined ? '' : `choose the others with --only (--only id=${runId(other).slice(0, 12)}), or `;
  const more = perturbed.length > 3 ? `, and ${perturbed.length - 3} more` : '';
  throw new InvalidInput(
    `invalid run: got ${perturbed.length} of ${count(specs.length, 'run')} with a perturbation: ${some.join(', ')}${more}; ` +
      'expected runs without one, which are compared with perturbed ones; ' +
      `${left}leave the perturbation out`,
  );
}

/** Says which shadows runs cannot have. @throws InvalidInput if there is none left. */
function tellMissing(runs: readonly Sensitivity[], kinds: readonly ShadowKind[], isQuiet: boolean): void {
  const without = kinds.map((kind) => ({
    kind,
    runs: runs.filter(({ shadows }) => !shadows.some((shadow) => shadow.kind === kind)).length,
  }));
  const reason =
    'order: only runs with 3x3 convolutions of 16n channels by the algorithm winograd have another order of sums';
  if (runs.every(({ shadows }) => shadows.length === 0))
    throw new InvalidInput(
      `not applicable: no run has a shadow of these kinds (${reason}); choose --shadows ulp or float64`,
    );
  for (const each of without)
    if (each.runs > 0 && !isQuiet)
      process.stderr.write(`not applicable to ${each.runs} of ${count(runs.length, 'run')}: ${reason}\n`);
}

function kindsOf(list: string): ShadowKind[] {
  return list.split(',').map((name) => {
    const kind = shadowKinds.find((each) => each === name.trim());
    if (kind === undefined) throw unknownName('shadow', name.trim(), shadowKinds);
    return kind;
  });
}

interface Chosen {
  readonly experiment: LoadedExperiment;
  readonly specs: readonly RunSpec[];
  /** As a report of the whole experiment names the method. */
  readonly nameOf: (spec: RunSpec) => string;
  readonly resources: Awaited<ReturnType<typeof loadResources>>;
}

/** Exported records are no specs, though each has one. */
function refuseRecords(path: string): void {
  if (!/\.jsonl?$/.test(path) || !statSync(path, { throwIfNoEntry: false })?.isFile()) return;
  if (!/"series"\s*:\s*\{/.test(readFileSync(path, 'utf8'))) return;
  throw new InvalidInput(
    `invalid plan ${path}: got records, expected specs: name the experiment, or a stored run by the beginning of its id`,
  );
}

/** The runs of an experiment or a plan whose stages are known, or a stored run by the beginning of its id. */
async function chooseRuns(
  what: string,
  store: Store | undefined,
  { only, dataDir, store: place }: SensitivityOptions,
): Promise<Chosen> {
  refuseRecords(what);
  const isId = /^r[0-9a-f]*$/.test(what) && !existsSync(what);
  const experiment = isId ? storedRun(what, place) : await loadExperiment(what);
  const methods = new MethodSpecs();
  const nothing = { endingOf: () => undefined, get: () => undefined };
  const { stages, isOpen } = knownStages(experiment, storedRuns(store ?? nothing, [engineDigest()]));
  const selection = new Selection(only);
  const specs = new Map<string, RunSpec>();
  let resources: Chosen['resources'] = { datasets: {}, modules: {}, largestRunBytes: 0 };
  for (const stage of stages) {
    for (const { spec } of stage.runs()) methods.add(spec);
    const wanted = selection.of(stage);
    if (wanted.size === 0) continue;
    const isWanted = (id: string) => wanted.has(id);
    const more = await loadResources(
      stage,
      experiment,
      { ...(dataDir === undefined ? {} : { dataDir }) },
      isWanted,
    );
    resources = {
      datasets: { ...resources.datasets, ...more.datasets },
      modules: { ...resources.modules, ...more.modules },
      largestRunBytes: Math.max(resources.largestRunBytes, more.largestRunBytes),
    };
    for (const { id, spec } of stage.runs(isWanted)) specs.set(id, spec);
  }
  selection.requireAny(isOpen);
  const named = methods.naming();
  const nameOf = (spec: RunSpec) => named(spec) ?? spec.optimizer.kind;
  return { experiment, specs: [...specs.values()], resources, nameOf };
}

function storedRun(prefix: string, store: string): LoadedExperiment {
  const { spec } = namedRun(prefix, { store });
  const name = runId(spec).slice(0, 12);
  return { name, file: name, title: name, question: '', conclusion: undefined, ...inOneStage(() => [spec]) };
}
