import { describe, expect, it } from 'vitest';
import type { PlannedRun } from '../../src/sweep/plan.ts';
import { Selection } from '../../src/sweep/selectRuns.ts';
import { fakeRun, plannedStage } from './fakeRuns.ts';

const runs = [fakeRun(0, 1), fakeRun(1, 1), fakeRun(0, 2), fakeRun(1, 2)];
const selectOf = (stages: readonly (readonly PlannedRun[])[], text: string, isOpen = false) => {
  const selection = new Selection(text);
  const selected = stages.map((stage) => [...selection.of(plannedStage(stage))]);
  selection.requireAny(isOpen);
  return selected;
};
const select = (text: string) => {
  const [ids] = selectOf([runs], text);
  return runs.flatMap((run, i) => (ids.includes(run.id) ? [i] : []));
};

describe('a selection', () => {
  it('takes a path, its last part, or the name of an object for its kind', () => {
    expect(select('epochs=2')).toEqual([2, 3]);
    expect(select('optimizer.learningRate=0.10')).toEqual([0, 1, 2, 3]);
    expect(select('learningRate=1e-1')).toEqual([0, 1, 2, 3]);
    expect(select('optimizer=sgd,seed=1')).toEqual([1, 3]);
  });

  it('takes a list as JSON', () => {
    const widths = [[8], [8, 16], []];
    const own = widths.map((hidden, i) => ({
      id: `own${i}`,
      spec: { ...runs[0].spec, model: { kind: 'mlp', hidden } } as unknown as PlannedRun['spec'],
    }));
    const idsOf = (text: string) => selectOf([own], text)[0];
    expect(idsOf('hidden=[8]')).toEqual(['own0']);
    expect(idsOf('model.hidden=[8, 16],seed=0')).toEqual(['own1']);
    expect(idsOf('seed=0,hidden=[8,16],hidden=[]')).toEqual(['own1', 'own2']);
    expect(() => idsOf('hidden=8')).toThrow(
      'no run has hidden=8; the experiment has model.hidden: [8], [8,16], []',
    );
  });

  it('takes values of one key as alternatives', () => {
    expect(select('seed=0,seed=1,epochs=1')).toEqual([0, 1]);
  });

  it('takes the beginning of an id', () => {
    expect(select(`id=${runs[2].id.slice(0, 12)}`)).toEqual([2]);
    expect(() => select('id=r000000000000')).toThrow('no run has id=r000000000000');
    expect(() => select('id=')).toThrow('no run has id=');
  });

  it("takes a user's optimizer by its name as well", () => {
    const optimizer = { kind: 'module', name: 'lion', sha256: '0'.repeat(64), learningRate: 1, options: {} };
    const own = { id: 'own', spec: { ...runs[0].spec, optimizer } as (typeof runs)[0]['spec'] };
    for (const name of ['lion', 'module'])
      expect(selectOf([[...runs, own]], `optimizer=${name}`)).toEqual([['own']]);
    expect(() => selectOf([[...runs, own]], 'optimizer=adam')).toThrow(
      'the experiment has optimizer.kind: sgd, lion',
    );
  });

  it('says what there is if no run is left', () => {
    expect(() => select('epochs=3')).toThrow('no run has epochs=3; the experiment has epochs: 1, 2');
    expect(() => select('epochs=')).toThrow('the experiment has epochs: 1, 2');
  });

  it('names the nearest keys', () => {
    expect(() => select('epoch=1')).toThrow(/unknown key in the selection: epoch, the nearest are epochs/);
    expect(() => select('kind=sgd')).toThrow(
      /unknown key in the selection: kind, it may be .*optimizer\.kind/,
    );
    expect(() => select('epochs')).toThrow('got epochs, expected key=value');
    expect(() => select('')).toThrow('got nothing, expected key=value');
  });

  it('takes runs of any stage, and all of them where it says nothing', () => {
    const stages = [runs.slice(0, 2), [fakeRun(7, 3, 2)]];
    expect(selectOf(stages, 'seed=7')).toEqual([[], [fakeRun(7, 3, 2).id]]);
    expect(selectOf(stages, 'until=2')).toEqual([[], [fakeRun(7, 3, 2).id]]);
    expect([...new Selection(undefined).of(plannedStage(runs))]).toEqual(runs.map(({ id }) => id));
  });

  it('says what all stages have if none has a run of it, and that there may be more stages', () => {
    const stages = [runs.slice(0, 2), [fakeRun(7, 3)]];
    const late = '; its later stages depend on results that are not there yet';
    expect(() => selectOf(stages, 'seed=8')).toThrow(/the experiment has seed: 0, 1, 7$/);
    expect(() => selectOf(stages, 'seed=8', true)).toThrow(`the experiment has seed: 0, 1, 7${late}`);
    expect(() => selectOf(stages, 'epoch=1', true)).toThrow(late);
  });
});
