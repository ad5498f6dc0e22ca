import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { differences } from '../../src/certify/compareStates.ts';
import { environmentSet } from '../../src/certify/environmentSet.ts';
import { type RunStates, setNames, statesOf } from '../../src/certify/runStates.ts';
import { catalog } from '../../src/run/catalog.ts';
import { dataKey, execute, loadData } from '../../src/run/execute.ts';
import { parseSpec } from '../../src/run/spec.ts';

const COMMITTED: RunStates[] = JSON.parse(
  readFileSync(new URL('../goldens/chains.json', import.meta.url), 'utf8'),
);

const allProbes = Object.keys(catalog.probes).map((kind) => ({ kind, every: 1 })) as never;

async function statesWith(changes: Parameters<typeof statesOf>[1]): Promise<RunStates[]> {
  const runs: RunStates[] = [];
  for (const name of setNames) runs.push(await statesOf(name, changes));
  return runs;
}

/** The states alone: the spec names the probes. */
const withoutProbes = (runs: readonly RunStates[]) =>
  runs.map((run) => ({ ...run, spec: run.spec === null ? null : { ...run.spec, probes: [] } }));

describe('the set of runs', () => {
  const specs = environmentSet.map(({ name, spec }) => parseSpec(spec, name));

  /** Every kind that stands anywhere in a spec, schedules inside schedules included. */
  function kindsIn(value: unknown, into = new Set<string>()): Set<string> {
    if (value === null || typeof value !== 'object') return into;
    if ('kind' in value) into.add(String(value.kind));
    for (const part of Object.values(value)) kindsIn(part, into);
    return into;
  }

  const used: Readonly<Record<string, (spec: (typeof specs)[number]) => unknown>> = {
    modifiers: ({ modifiers }) => modifiers,
    averagings: ({ averaging }) => averaging,
    schedules: ({ schedule }) => schedule,
    clips: ({ clip }) => clip,
    weightDecays: ({ weightDecay }) => weightDecay,
    models: ({ model }) => ({ kind: model.kind }),
    norms: ({ model }) => 'norm' in model && model.norm,
    activations: ({ model }) => 'activation' in model && model.activation,
    inits: ({ model }) => 'init' in model && model.init,
    losses: ({ loss }) => loss,
    probes: ({ probes }) => probes,
  };

  it.each(Object.keys(used))('has every row of %s', (family) => {
    const kinds = new Set(specs.flatMap((spec) => [...kindsIn(used[family](spec))]));
    expect(Object.keys(catalog[family]).filter((kind) => !kinds.has(kind))).toEqual([]);
  });

  it('has at least twenty runs and twenty optimizers, both engines and both convolutions, and a run of the data that come along', () => {
    expect(setNames.length).toBeGreaterThanOrEqual(20);
    expect(new Set(specs.map(({ optimizer }) => optimizer.kind)).size).toBeGreaterThanOrEqual(20);
    expect(new Set(specs.map(({ engine, convolution }) => `${engine} ${convolution}`))).toEqual(
      new Set(['wasm winograd', 'wasm direct', 'reference direct']),
    );
    const { model } = specs[0];
    expect('dropout' in model && model.dropout).toBeGreaterThan(0);
    expect(specs.filter(({ data }) => data.kind === 'fashion5k')).toHaveLength(1);
    expect(COMMITTED.map(({ name }) => name)).toEqual(setNames);
    expect(COMMITTED.map(({ outcome }) => outcome.kind)).toEqual(setNames.map(() => 'completed'));
  });

  it('has each clip act at least once, and the plateau lower the rate', async () => {
    const acted = new Map<string, number>();
    for (const spec of specs) {
      const dataset = await loadData(spec.data, {});
      const { series } = await execute(spec, { datasets: { [dataKey(spec.data)]: dataset }, modules: {} });
      const { channels } = series.steps;
      const most = Math.max(0, ...(channels['clip.acted']?.max ?? []));
      const key = spec.clip.kind;
      acted.set(key, Math.max(acted.get(key) ?? 0, most));
      if (spec.schedule.kind === 'plateau')
        expect(Math.min(...channels.learningRate.min)).toBeLessThan(Math.max(...channels.learningRate.max));
    }
    const idle = Object.keys(catalog.clips).filter((kind) => kind !== 'none' && !(acted.get(kind)! > 0));
    expect(idle).toEqual([]);
  });
});

describe('the states and chains of the set', () => {
  it('are the committed ones', async () => {
    expect(differences(COMMITTED, await statesWith({}))).toEqual([]);
  });

  it('are the same with all probes at every step and with none', async () => {
    const expected = withoutProbes(COMMITTED);
    for (const probes of [allProbes, []])
      expect(differences(expected, withoutProbes(await statesWith({ probes })))).toEqual([]);
  });
});

describe('the comparison', () => {
  const [run] = COMMITTED;
  const at = (step: number) => run.states.slice(8 * step, 8 * step + 8);

  it('names the run and the first step that differs', () => {
    const other = run.states.slice(0, 8 * 3) + 'f'.repeat(8) + run.states.slice(8 * 4);
    expect(differences([run], [{ ...run, states: other }])).toEqual([
      `relu: differs from step 3 of ${run.steps} on: state ffffffff, expected ${at(3)}`,
    ]);
    expect(differences([run], [{ ...run, states: run.states.slice(0, -8) }])).toEqual([
      `relu: differs from step ${run.steps} of ${run.steps} on: state none, expected ${at(run.steps)}`,
    ]);
  });

  it('objects to another last link, another spec and a run too few or too many', () => {
    const chain = { ...run.chain, last: 'f'.repeat(64) };
    expect(differences([run], [{ ...run, chain }])[0]).toContain('but not the chain');
    expect(differences([run], [{ ...run, spec: COMMITTED[1].spec }])).toEqual([
      'relu: its spec is another one',
    ]);
    expect(differences([run], [])).toEqual(['relu: was not run']);
    expect(differences([], [run])).toEqual(['relu: is not in what was committed']);
  });
});
