import { InvalidInput } from '../core/check.ts';
import { specShape } from '../run/spec.ts';
import type { LoadedExperiment } from './loadExperiment.ts';
import { shownPath } from './userCode.ts';

/** More mistakes than this are counted. */
const MOST_MISTAKES = 50;

/** What is wrong with an experiment and its runs: each mistake once, with the runs that have it. */
export class Mistakes {
  readonly #experiment: LoadedExperiment;
  readonly #ofDefinition: string[];
  readonly #runs = new Map<string, { first: number; others: number }>();
  readonly #wrong = new Set<number>();

  constructor(experiment: LoadedExperiment) {
    this.#experiment = experiment;
    this.#ofDefinition = [...(experiment.mistakes ?? [])];
  }

  get areAny(): boolean {
    return this.#ofDefinition.length + this.#runs.size > 0;
  }

  get areOfRuns(): boolean {
    return this.#runs.size > 0;
  }

  addOfConclusion(mistakes: readonly string[]): void {
    this.#ofDefinition.push(...mistakes);
  }

  /** Does `work` for the run at `index`; an InvalidInput becomes mistakes of it. Returns whether there was none. */
  collect(index: number, work: () => void): boolean {
    try {
      work();
      return true;
    } catch (error) {
      this.add(index, error);
      return false;
    }
  }

  add(index: number, error: unknown): void {
    if (!(error instanceof InvalidInput)) throw error;
    this.#wrong.add(index);
    for (const mistake of mistakesOf(error)) {
      const known = this.#runs.get(mistake);
      if (known === undefined) this.#runs.set(mistake, { first: index, others: 0 });
      else known.others++;
    }
  }

  /** @throws InvalidInput with all mistakes of the experiment and of its `count` runs. */
  throwIfAny(count: number): void {
    if (!this.areAny) return;
    const lines = [...this.#runs].map(([mistake, { first, others }]) => {
      return `runs[${first}]${mistake}${others > 0 ? ` (and in ${others} more ${others > 1 ? 'runs' : 'run'})` : ''}`;
    });
    const runs = this.#wrong.size > 0 ? [`${this.#wrong.size} of ${count} runs cannot be run`] : [];
    throw listOf(this.#experiment.file, this.#ofDefinition, lines, runs);
  }
}

/** The mistakes of the default export of an experiment file, and those of its runs. */
export function listOf(
  file: string,
  ofDefinition: readonly string[],
  ofRuns: readonly string[] = [],
  counts: readonly string[] = [],
): InvalidInput {
  const many = ofDefinition.length;
  const heading =
    many === 0 ? counts : [`${many} ${many > 1 ? 'mistakes' : 'mistake'} in its default export`, ...counts];
  const lines = [...ofDefinition, ...ofRuns];
  const rest = lines.length - MOST_MISTAKES;
  return new InvalidInput(
    [
      `invalid experiment ${shownPath(file)}: ${heading.join(', ')}`,
      ...lines.slice(0, MOST_MISTAKES),
      ...(rest > 0
        ? [`and ${rest} more ${rest > 1 ? 'mistakes' : 'mistake'}, told when some of these are mended`]
        : []),
    ].join('\n  '),
  );
}

/** The lines of parseSpec's message: `.optimizer.learningRate: expected …`; `invalid batchSize: …` becomes one, any other message is one. */
function mistakesOf({ message }: InvalidInput): string[] {
  const [, key] = /^invalid (\w+): /.exec(message) ?? [];
  if (key !== undefined && Object.hasOwn(specShape, key)) return [message.replace(/^invalid /, '.')];
  const lines = message.replace(/^invalid (?=[.:[])/, '').split('\n  ');
  return /^[.:[]/.test(lines[0]) ? lines : [`: ${message}`];
}
