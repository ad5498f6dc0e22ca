import { type Bisection, bisect } from '../certify/bisect.ts';
import { vectorDifferences } from '../conform/vectorDifference.ts';
import { InvalidInput } from '../core/check.ts';
import { canonicalJson } from '../core/json.ts';
import { type Named, named, sideOf } from './bisectSides.ts';
import { bisectionText, vectorsText } from './bisectText.ts';
import { specWith } from './forkSpec.ts';

export interface BisectOptions {
  readonly store: string;
  readonly storeB?: string;
  /** Folders of versions of thalweg that execute A and B. */
  readonly engineA?: string;
  readonly engineB?: string;
  /** What is changed in a copy of A. */
  readonly set?: readonly string[];
  /** The id of one case of a vector file. */
  readonly case?: string;
  readonly optimizer?: string;
  readonly dataDir?: string;
  readonly json?: boolean;
}

type NamedRun = Extract<Named, { kind: 'run' }>;

/** `thalweg bisect`: the first step and operation in which two runs differ. */
export async function bisectCommand(a: string, b: string | undefined, options: BisectOptions): Promise<void> {
  const first = named(a, options.store);
  const second = b === undefined ? undefined : named(b, options.storeB ?? options.store);
  if (first.kind === 'vectors' || second?.kind === 'vectors') return bisectVectors(first, second, options);
  if (options.case !== undefined)
    throw new InvalidInput(
      'invalid --case: it chooses a case of a vector file, and runs have none; leave it out',
    );
  const [runA, runB] = [first, second === undefined ? copyOf(first, options) : withoutSet(second, options)];
  const { engineA, engineB, json, ...rest } = options;
  const place = { optimizer: rest.optimizer, dataDir: rest.dataDir };
  const found = await bisect(
    await sideOf(runA, { ...place, engine: engineA }),
    await sideOf(runB, { ...place, engine: engineB }),
    { executes: engineA !== undefined || engineB !== undefined },
  );
  const names = { a: nameOf(runA, engineA), b: nameOf(runB, engineB) };
  console.log(json === true ? canonicalJson({ ...names, ...found }) : bisectionText(names, found));
  if (!isSame(found)) process.exitCode = 1;
}

const isSame = ({ kind, longer }: Bisection) => kind === 'identical' && longer === null;

function nameOf({ name }: NamedRun, engine: string | undefined): string {
  return engine === undefined ? name : `${name} on the engine in ${engine}`;
}

/** @throws InvalidInput unless something is to be different. */
function copyOf({ spec }: NamedRun, { set = [], engineA, engineB }: BisectOptions): NamedRun {
  if (set.length === 0 && engineA === undefined && engineB === undefined) {
    throw new InvalidInput(
      'nothing to compare with: name a second run, change a copy of A with --set key=value, or name another version with --engine-b FOLDER',
    );
  }
  const changes = set.length === 0 ? '' : ` with ${set.join(', ')}`;
  return { kind: 'run', name: `the same${changes}`, spec: set.length === 0 ? spec : specWith(spec, set) };
}

function withoutSet(run: NamedRun, { set = [] }: BisectOptions): NamedRun {
  if (set.length === 0) return run;
  throw new InvalidInput(
    'invalid --set: it changes a copy of A that stands for B, but B was given; leave one of the two out',
  );
}

/** A vector file, by itself or against the optimizer of a run. */
function bisectVectors(a: Named, b: Named | undefined, options: BisectOptions): void {
  const { set = [], engineA, engineB } = options;
  if (a.kind === 'vectors' && b?.kind === 'vectors')
    throw new InvalidInput('invalid pair: got two vector files, expected one, and a run or nothing');
  if (set.length > 0 || engineA !== undefined || engineB !== undefined)
    throw new InvalidInput(
      'invalid option: --set and --engine-… are for runs; vectors are compared with the optimizers of this engine',
    );
  const [vectors, run] = a.kind === 'vectors' ? [a, b] : [b as Named, a];
  const optimizer = run?.kind === 'run' ? run.spec : undefined;
  const found = vectorDifferences(vectors.name, { caseId: options.case, optimizer });
  const names = {
    a: run === undefined ? 'our optimizer with the options of each case' : `the optimizer of ${run.name}`,
    b: vectors.name,
  };
  console.log(options.json === true ? canonicalJson({ ...names, ...found }) : vectorsText(names, found));
  if (found.cases.some(({ first }) => first !== null)) process.exitCode = 1;
}
