import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type ShadowKind, shadowKinds } from '../certify/sensitivity.ts';
import { unknownName } from '../core/check.ts';
import { canonicalJson, type Json } from '../core/json.ts';
import { roundingSensitivity } from '../report/figures/roundingSensitivity.ts';
import { figureSvg } from '../report/files/svg.ts';
import { count } from '../report/format.ts';
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
  const { experiment, specs, resources } = chosen;
  const isQuiet = options.json === true || options.csv === true;
  const runs = await measureSensitivities(specs, resources, {
    workers: options.workers,
    kinds,
    onEnd(done) {
      if (!isQuiet) process.stderr.write(`${done} of ${count(specs.length, 'run')}\n`);
    },
  });
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
  readonly resources: Awaited<ReturnType<typeof loadResources>>;
}

/** The runs of an experiment or a plan whose stages are known, or a stored run by the beginning of its id. */
async function chooseRuns(
  what: string,
  store: Store | undefined,
  { only, dataDir, store: place }: SensitivityOptions,
): Promise<Chosen> {
  const isId = /^r[0-9a-f]*$/.test(what) && !existsSync(what);
  const experiment = isId ? storedRun(what, place) : await loadExperiment(what);
  const nothing = { endingOf: () => undefined, get: () => undefined };
  const { stages, isOpen } = knownStages(experiment, storedRuns(store ?? nothing, [engineDigest()]));
  const selection = new Selection(only);
  const specs = new Map<string, RunSpec>();
  let resources: Chosen['resources'] = { datasets: {}, modules: {}, largestRunBytes: 0 };
  for (const stage of stages) {
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
  return { experiment, specs: [...specs.values()], resources };
}

function storedRun(prefix: string, store: string): LoadedExperiment {
  const { spec } = namedRun(prefix, { store });
  const name = runId(spec).slice(0, 12);
  return { name, file: name, title: name, question: '', conclusion: undefined, ...inOneStage(() => [spec]) };
}
