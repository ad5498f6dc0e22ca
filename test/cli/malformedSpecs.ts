import { canonicalJson, type Json } from '../../src/core/json.ts';
import { stream } from '../../src/core/rng.ts';
import type { RunSpecInput } from '../../src/run/spec.ts';

type Place = readonly (string | number)[];
type Spec = Record<string, unknown>;

/** A file that cannot be run, and what its message must contain: above all the path to the mistake. */
export interface Malformed {
  readonly what: string;
  readonly file: string;
  readonly text: string;
  readonly paths: readonly string[];
}

const images = { kind: 'synthGlyphs', train: 320, validation: 100, test: 100 } as const;

/** Valid specs to spoil: every family of the catalog that takes options is in one of them. */
const VALID: readonly RunSpecInput[] = [
  {
    data: images,
    model: {
      kind: 'missionCnn',
      activation: { kind: 'leakyRelu', negativeSlope: 0.1 },
      norm: { kind: 'batch' },
    },
    optimizer: { kind: 'adam', learningRate: 0.003, beta1: 0.8 },
    schedule: { kind: 'warmup', steps: 5, startFactor: 0.2, next: { kind: 'cosine' } },
    clip: { kind: 'globalNorm', maxNorm: 1 },
    batchSize: 32,
    epochs: 2,
    seed: 1,
  },
  {
    data: images,
    model: { kind: 'mlp', hidden: [8, 8] },
    loss: { kind: 'softmaxCrossEntropy' },
    optimizer: { kind: 'momentum', learningRate: 0.1, momentum: 0.9 },
    modifiers: [{ kind: 'centralize' }],
    averaging: { kind: 'ema', decay: 0.99 },
    weightDecay: { kind: 'decoupled', rate: 0.01 },
    rates: { dense1: 0.5 },
    probes: [{ kind: 'gradientNorm' }, { kind: 'update' }],
    evaluations: { perEpoch: 2 },
    divergence: { lossAbove: 100 },
    epochs: 1,
    seed: 0,
  },
  {
    data: { kind: 'rosenbrock' },
    model: { kind: 'point' },
    optimizer: { kind: 'rmsprop', learningRate: 0.01, alpha: 0.99 },
    epochs: 1,
    seed: 3,
  },
];

const REQUIRED: readonly Place[] = [['data'], ['model'], ['optimizer'], ['epochs'], ['seed']];
const isNumber = (value: unknown) => typeof value === 'number';

/** What is done to a spec at a place, and the paths that the message must then name. */
const MUTATIONS: readonly {
  readonly name: string;
  readonly places: (spec: Spec) => readonly Place[];
  readonly spoil: (spec: Spec, place: Place, pick: (n: number) => number) => readonly string[];
}[] = [
  {
    name: 'a required key is missing',
    places: () => REQUIRED,
    spoil: (spec, place) => {
      delete parentOf(spec, place)[lastOf(place)];
      return [`${pathOf(place)}: expected `];
    },
  },
  {
    name: 'a number is a text',
    places: (spec) => leaves(spec, isNumber),
    spoil: (spec, place) => set(spec, place, 'many', `${pathOf(place)}: expected `, 'got "many"'),
  },
  {
    name: 'a number is not finite',
    places: (spec) => leaves(spec, isNumber),
    spoil: (spec, place, pick) => {
      const value = [Number.NaN, Number.POSITIVE_INFINITY, null][pick(3)];
      return set(spec, place, value, `${pathOf(place)}: expected `, `got ${value}`);
    },
  },
  {
    name: 'a number is below its range',
    // a slope may be negative
    places: (spec) => leaves(spec, isNumber).filter((place) => lastOf(place) !== 'negativeSlope'),
    spoil: (spec, place) => set(spec, place, -3.5, `${pathOf(place)}: expected `, 'got -3.5'),
  },
  {
    name: 'a key is misspelt',
    places: (spec) =>
      leaves(spec, () => true).filter(
        (place) => typeof lastOf(place) === 'string' && lastOf(place) !== 'kind' && place[0] !== 'rates',
      ),
    spoil: (spec, place) => {
      const key = String(lastOf(place));
      const wrong = `${key.slice(0, -2)}${key.at(-1)}${key.at(-2)}x`;
      const parent = parentOf(spec, place);
      parent[wrong] = parent[key];
      delete parent[key];
      return [`${pathOf(place.slice(0, -1))}: unknown option: ${wrong}, known: `, `did you mean ${key}?`];
    },
  },
  {
    name: 'a kind is misspelt',
    places: (spec) => leaves(spec, () => true).filter((place) => lastOf(place) === 'kind'),
    spoil: (spec, place) => {
      const kind = String(parentOf(spec, place).kind);
      return set(
        spec,
        place,
        `${kind}q`,
        pathOf(place.slice(0, -1)),
        `: ${kind}q, known: `,
        `did you mean ${kind}?`,
      );
    },
  },
  {
    name: 'a part is an array',
    places: (spec) => objects(spec),
    spoil: (spec, place) =>
      set(
        spec,
        place,
        [parentOf(spec, place)[lastOf(place)]],
        `${pathOf(place)}: expected `,
        'got an array of 1',
      ),
  },
  {
    name: 'a number is nested',
    places: (spec) =>
      leaves(spec, isNumber).filter((place) => lastOf(place) === 'epochs' || lastOf(place) === 'seed'),
    spoil: (spec, place) =>
      set(
        spec,
        place,
        { [lastOf(place)]: 1 },
        `${pathOf(place)}: expected `,
        `got an object with ${lastOf(place)}`,
      ),
  },
];

/** `count` files that were valid before a generator with a fixed seed spoilt them, half of them plans in JSON. */
export function spoiltSpecs(count: number): Malformed[] {
  const random = stream(2026, 'malformed').at();
  const pick = (n: number) => random.below(n);
  return Array.from({ length: count }, (_, i) => {
    const mutation = MUTATIONS[i % MUTATIONS.length];
    const spec = structuredClone(VALID[pick(VALID.length)]) as Spec;
    const places = mutation.places(spec);
    const place = places[pick(places.length)];
    const paths = mutation.spoil(spec, place, pick);
    const isPlan = i % 3 === 2;
    return {
      what: `${mutation.name}: ${pathOf(place)}`,
      file: `spoilt${i}.${isPlan ? 'jsonl' : 'ts'}`,
      text: isPlan ? planOf(spec) : experimentOf(spec),
      paths: [`runs[1]${paths[0]}`, ...paths.slice(1)],
    };
  });
}

/** The spoilt spec comes second: its path is not that of the first run. */
function planOf(spec: Spec): string {
  return `${[VALID[1], spec].map((each) => canonicalJson(each)).join('\n')}\n`;
}

function experimentOf(spec: Spec): string {
  return `export default { title: 'A', question: 'B', runs: () => [${[VALID[1], spec].map((each) => literal(each as Json)).join(',\n')}] };`;
}

/** A JavaScript literal, which has NaN and infinities. */
export function literal(value: Json): string {
  if (typeof value !== 'object' || value === null)
    return typeof value === 'number' ? String(value) : JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map((item) => literal(item)).join(', ')}]`;
  return `{ ${Object.entries(value)
    .map(([key, item]) => `${key}: ${literal(item)}`)
    .join(', ')} }`;
}

function set(spec: Spec, place: Place, value: unknown, ...paths: readonly string[]): readonly string[] {
  parentOf(spec, place)[lastOf(place)] = value;
  return paths;
}

function parentOf(spec: Spec, place: Place): Record<string | number, unknown> {
  return place.slice(0, -1).reduce<Record<string | number, unknown>>((at, key) => at[key] as Spec, spec);
}

function lastOf(place: Place): string | number {
  return place[place.length - 1];
}

function pathOf(place: Place): string {
  return place.map((key) => (typeof key === 'number' ? `[${key}]` : `.${key}`)).join('');
}

function leaves(value: unknown, isWanted: (value: unknown) => boolean, place: Place = []): Place[] {
  if (typeof value !== 'object' || value === null) return isWanted(value) ? [place] : [];
  return entriesOf(value).flatMap(([key, item]) => leaves(item, isWanted, [...place, key]));
}

function objects(value: object, place: Place = []): Place[] {
  return entriesOf(value).flatMap(([key, item]) => {
    if (typeof item !== 'object' || item === null) return [];
    const here: Place = [...place, key];
    return [...(Array.isArray(item) ? [] : [here]), ...objects(item, here)];
  });
}

function entriesOf(value: object): [string | number, unknown][] {
  return Array.isArray(value) ? [...value.entries()] : Object.entries(value);
}
