import { describe, expect, it } from 'vitest';
import { plannedStage } from '../../src/sweep/plan.ts';
import { selectRuns } from '../../src/sweep/selectRuns.ts';
import { fakeRun } from './fakeRuns.ts';

const runs = [fakeRun(0, 1), fakeRun(1, 1), fakeRun(0, 2), fakeRun(1, 2)];
const select = (selection: string) => {
  const selected = selectRuns(plannedStage(runs), selection);
  return runs.flatMap((run, i) => (selected.has(run.id) ? [i] : []));
};

describe('selectRuns', () => {
  it('takes a path, its last part, or the name of an object for its kind', () => {
    expect(select('epochs=2')).toEqual([2, 3]);
    expect(select('optimizer.learningRate=0.10')).toEqual([0, 1, 2, 3]);
    expect(select('learningRate=1e-1')).toEqual([0, 1, 2, 3]);
    expect(select('optimizer=sgd,seed=1')).toEqual([1, 3]);
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
      expect([...selectRuns(plannedStage([...runs, own]), `optimizer=${name}`)]).toEqual(['own']);
    expect(() => selectRuns(plannedStage([...runs, own]), 'optimizer=adam')).toThrow(
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
});
