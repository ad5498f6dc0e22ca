import { canonicalJson } from '../core/json.ts';
import { type CatalogEntry, catalog } from '../run/catalog.ts';
import { specKeys } from '../run/specKeys.ts';
import { conform, vectorFilesIn } from './conform.ts';
import { readVectorJson, type VectorFile } from './vectors.ts';

/** Kinds of the catalog by the name of a vector file, where it is not the kind in kebab case. */
const KINDS: Readonly<Record<string, readonly string[]>> = {
  sgd: ['sgd', 'momentum', 'nesterov'],
  'keras-sgd': ['momentum@keras', 'nesterov@keras'],
  'tfjs-momentum': ['momentum', 'nesterov'],
  'tfjs-sgd': ['sgd'],
  'rmsprop-tf': ['rmsprop@tf'],
  signum: ['signum', 'signSgd'],
  'muon-bf16': ['muon'],
  'shampoo-paper': ['shampoo'],
  shampoo: ['shampoo@pytorch-optimizer'],
  'schedulefree-sgd': ['scheduleFreeSgd'],
  'schedulefree-adamw': ['scheduleFreeAdamw'],
  'cautious-adamw': ['cautious', 'adamw@huggingFace'],
  'grokfast-adam': ['grokfastEma', 'grokfastMa'],
  'lamb-paper-v3': ['lamb@paper-v3'],
  multistep: ['milestones'],
  step: ['stepDecay'],
  onecycle: ['oneCycle'],
  'warmup-cosine': ['warmup'],
  'warmup-cosine-lambda': ['warmup'],
  'warmup-linear': ['warmup'],
  'keras-schedules': [
    'cosine@keras',
    'cosineRestarts@keras',
    'polynomial@keras',
    'exponential',
    'inverseTime',
    'piecewise',
  ],
  'clip_grad_norm_, clip_grad_value_': ['globalNorm', 'value'],
  adaptive_clip_grad: ['adaptive'],
  batch_norm: ['batch'],
  layer_norm: ['layer'],
  group_norm: ['group'],
  leaky_relu: ['leakyRelu'],
  hardswish: ['hardSwish'],
  hardsigmoid: ['hardSigmoid'],
  hardtanh: ['hardTanh'],
  logsigmoid: ['logSigmoid'],
  cross_entropy: ['softmaxCrossEntropy'],
  mse: ['squaredError'],
  'cnn-plain-a': [],
  'cnn-bn-prelu-a': [],
  'resnet-small-a': [],
};

/** The kinds of the catalog that a case is about. Activations are one file, a case an activation. */
export function kindsOf(name: string, id: string): readonly string[] {
  if (name === 'activations') {
    const activation = id.split('/')[1].replace(/-.*$/, '');
    return KINDS[activation] ?? [camelCase(activation)];
  }
  const library = /^(keras|tfjs)-(.*)$/.exec(name);
  return KINDS[name] ?? [library === null ? camelCase(name) : `${camelCase(library[2])}@${library[1]}`];
}

function camelCase(name: string): string {
  return name.replace(/[-_](.)/g, (_match, letter: string) => letter.toUpperCase());
}

/** What a kind was compared with: how many cases of a source, and the largest deviation in each type. */
interface Evidence {
  readonly source: string;
  cases: number;
  float64?: number;
  float32?: number;
}

/** Families of vector files by the tables of the catalog that their kinds belong to. */
const TABLES: Readonly<Record<string, readonly string[]>> = {
  optimizer: ['optimizers', 'modifiers', 'averagings'],
  schedule: ['schedules'],
  clipping: ['clips'],
  layer: ['activations', 'norms', 'losses'],
};

/** Runs every vector file of a folder and gathers the evidence by table and kind. */
export function gatherEvidence(folder: string): Readonly<Record<string, readonly Evidence[]>> {
  const evidence: Record<string, Evidence[]> = {};
  for (const path of vectorFilesIn([folder])) {
    const file = readVectorJson(path) as VectorFile;
    const source = sourceOf(file);
    for (const result of conform(path)) {
      if (result.status !== 'pass') continue;
      const keys = kindsOf(file.name, result.id).flatMap((kind) =>
        (TABLES[file.family] ?? []).map((table) => `${table}/${kind}`),
      );
      for (const key of keys) {
        evidence[key] ??= [];
        let found = evidence[key].find((item) => item.source === source);
        if (found === undefined) {
          found = { source, cases: 0 };
          evidence[key].push(found);
        }
        found.cases++;
        // a layer case is run on both engines; its larger deviation is that of float32
        const dtype = file.family === 'layer' || result.id.endsWith('float32') ? 'float32' : 'float64';
        found[dtype] = Math.max(found[dtype] ?? 0, result.deviation.relative);
      }
    }
  }
  return evidence;
}

/** The library, or the repository and commit, whose code was run. */
function sourceOf({ source }: VectorFile): string {
  const { library, repository, commit, transcribed } = (source ?? {}) as Record<string, string | undefined>;
  if (library !== undefined)
    return library.replace(/ \(.*$|,? with .*$/, '').replace(/, for this oracle$/, '');
  if (repository !== undefined)
    return `${repository}${commit === undefined ? '' : ` @ ${commit.slice(0, 10)}`}`;
  return transcribed ?? 'transcribed from the paper';
}

/** docs/catalogue.md: every entry of the catalog, and for optimizers what they were compared with and how far they deviate. */
export function catalogueMarkdown(folder: string): string {
  const evidence = gatherEvidence(folder);
  const sections = Object.entries(catalog).map(([family, entries]) => {
    const rows = Object.entries(entries).flatMap(([kind, entry]) => [
      rowText(`${family}/${kind}`, entry, evidence),
      ...Object.entries(entry.dialects).map(([dialect, { differs, defaults }]) =>
        rowText(
          `${family}/${kind}@${dialect}`,
          { ...entry, summary: differs, source: '', defaults: { ...entry.defaults, ...defaults } },
          evidence,
        ),
      ),
    ]);
    const compared = Object.values(TABLES).flat().includes(family);
    const head = compared
      ? '| kind | what | source | options | compared with | float64 | float32 |\n|---|---|---|---|---|---|---|'
      : '| kind | what | source | options |\n|---|---|---|---|';
    return `## ${family}\n\n${head}\n${rows
      .map((row) =>
        row
          .slice(0, compared ? 7 : 4)
          .map(cell)
          .join(' | '),
      )
      .map((row) => `| ${row} |`)
      .join('\n')}\n`;
  });
  return `${INTRODUCTION}\n${specSection()}\n${sections.join('\n')}`;
}

/** The keys of a spec, which the families below are the values of. */
function specSection(): string {
  const rows = Object.entries(specKeys).map(([path, { type, required, default: value, summary }]) => {
    const initial = required ? 'required' : value === undefined ? '' : `\`${canonicalJson(value)}\``;
    return `| ${[`\`${path}\``, summary, `\`${type}\``, initial].map(cell).join(' | ')} |`;
  });
  return `## spec\n\n| key | what | type | default |\n|---|---|---|---|\n${rows.join('\n')}\n`;
}

const INTRODUCTION = `# Catalogue

Written by \`npm run catalogue\` from the tables that specs are checked against; do not edit. The deviations are the largest difference
from the reference over all cases and recorded steps, divided by the largest magnitude of the tensor: in float64 on the reference
engine and in float32 on the WASM engine (layers are run on both and the larger deviation is shown). A dash means that no other implementation's numbers were available; those methods are held to steps
derived by hand in their tests.
`;

function rowText(
  key: string,
  entry: Omit<CatalogEntry, 'dialects'>,
  evidence: Readonly<Record<string, readonly Evidence[]>>,
): string[] {
  const found = evidence[key] ?? [];
  const options = [
    ...entry.required,
    ...Object.entries(entry.defaults).map(([name, value]) => `${name} ${canonicalJson(value)}`),
    ...entry.optional.map((name) => `${name} (optional)`),
  ];
  const largest = (dtype: 'float64' | 'float32') => {
    const values = found.map((item) => item[dtype]).filter((value) => value !== undefined);
    return values.length === 0 ? '-' : Math.max(...values).toExponential(1);
  };
  return [
    `\`${key.slice(key.indexOf('/') + 1)}\``,
    entry.summary,
    entry.source ?? '',
    options.join(', '),
    found.map(({ source, cases }) => `${source} (${cases} cases)`).join('; ') || '-',
    largest('float64'),
    largest('float32'),
  ];
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|');
}
