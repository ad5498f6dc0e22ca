import { EventEmitter } from 'node:events';
import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';
import {
  createProgress,
  describeProgress,
  describeSeconds,
  eventLines,
  fitProgress,
  logProgress,
} from '../../src/cli/progress.ts';
import type { Progress, SweepEvent } from '../../src/sweep/sweep.ts';

const progress = (completed: number, total: number, rest: Partial<Progress> = {}): Progress => ({
  total,
  stored: 0,
  storedDiverged: 0,
  storedFailed: 0,
  completed,
  diverged: 0,
  failed: 0,
  lost: 0,
  ...rest,
});

describe('describeProgress', () => {
  it('gives counts, rate and time left; stored runs do not count for the rate', () => {
    const state = progress(8, 42, { stored: 10, diverged: 1, failed: 2, lost: 1 });
    expect(describeProgress({ progress: state }, 90_000)).toBe(
      '22/42 52 %, 8.0 runs/min, 2 min 30 s left, 10 stored before, 1 diverged, 2 failed, 1 lost',
    );
    const simple = (done: number, milliseconds: number) =>
      describeProgress({ progress: progress(done, 5) }, milliseconds);
    expect(simple(0, 100)).toBe('0/5 0 %, 0 diverged, 0 failed');
    expect(simple(5, 1000)).toBe('5/5 100 %, 300 runs/min, 0 diverged, 0 failed');
  });

  it('names the stage and counts what the stages before it had', () => {
    const earlier = progress(10, 20, { stored: 6, storedFailed: 1, diverged: 2, failed: 1, lost: 1 });
    const shown = { progress: progress(4, 8, { diverged: 1 }), stage: 'rung 2', earlier };
    expect(describeProgress(shown, 60_000)).toBe(
      'rung 2: 5/8 62 %, 19 runs/min, 9 s left, 20 in earlier stages, 6 stored before, 3 diverged, 2 failed, 1 lost',
    );
    expect(fitProgress(shown, 60_000, 60)).toBe('rung 2: 5/8 62 %, 3 diverged, 2 failed, 1 lost');
  });
});

describe('fitProgress', () => {
  it('leaves out the rate and the time before how runs ended, and never is too long', () => {
    const state = progress(8, 42, { stored: 10, storedDiverged: 3, diverged: 1, failed: 2 });
    const ends = '4 diverged, 2 failed';
    const bar = '[==========          ]';
    const fit = (width: number) => fitProgress({ progress: state }, 90_000, width);
    expect(fit(200)).toBe(`${bar} ${describeProgress({ progress: state }, 90_000)}`);
    expect(fit(90)).toBe(`${bar} 21/42 50 %, 2 min 52 s left, 10 stored before, ${ends}`);
    expect(fit(72)).toBe(`${bar} 21/42 50 %, 2 min 52 s left, ${ends}`);
    expect(fit(60)).toBe(`${bar} 21/42 50 %, ${ends}`);
    expect(fit(40)).toBe(`21/42 50 %, ${ends}`);
    expect(fit(30)).toBe(`21/42, ${ends}`);
    for (let width = 1; width < 120; width++) expect(fit(width).length).toBeLessThanOrEqual(width);
  });
});

describe('describeSeconds', () => {
  it('uses the two largest units', () => {
    expect([0.2, 45, 60, 220, 7500, 3600, 273_600].map(describeSeconds)).toEqual([
      '1 s',
      '45 s',
      '1 min',
      '3 min 40 s',
      '2 h 5 min',
      '1 h',
      '3 d 4 h',
    ]);
  });
});

describe('in a log', () => {
  it('writes the first line, the last, and one when both 30 s and 5 % have passed', () => {
    let now = 0;
    const lines: string[] = [];
    const display = logProgress(
      (line) => lines.push(line),
      () => [],
      () => now,
    );
    for (let done = 0; done <= 200; done++) {
      display.update({ progress: progress(done, 200) });
      now += done < 100 ? 1000 : 10_000; // 30 s are 15 % of the runs in the first half, 5 % take 100 s in the second
    }
    const dones = lines.map((line) => Number(/^\d+/.exec(line)?.[0]));
    expect(dones).toEqual([0, 30, 60, 90, 102, 112, 122, 132, 142, 152, 162, 172, 182, 192, 200]);
  });

  it('writes the first line of every stage', () => {
    const lines: string[] = [];
    const display = logProgress(
      (line) => lines.push(line),
      () => [],
      () => 0,
    );
    for (const stage of ['one', 'one', 'two']) display.update({ progress: progress(1, 9), stage });
    expect(lines.map((line) => line.slice(0, 8))).toEqual(['one: 1/9', 'two: 1/9']);
  });

  it('writes what went wrong with the command that shows it again, equal messages once', () => {
    const lines: string[] = [];
    const describe = eventLines((id, hasFailed) => `run ${id} ${hasFailed}`);
    const display = logProgress(
      (line) => lines.push(line),
      describe,
      () => 0,
    );
    const failed = (id: string, reason: string) =>
      ({ event: 'ended', id, outcome: 'failed', reason }) as SweepEvent;
    const lost = (attempt: number) =>
      ({ event: 'lost', id: 'r3', attempt, message: 'no memory', again: attempt < 3 }) as const;
    const events: SweepEvent[] = [
      failed('r1', 'it threw'),
      failed('r2', 'it threw'),
      { ...failed('r2', 'nothing'), outcome: 'completed' } as SweepEvent,
      ...[1, 2, 3].map(lost),
      { event: 'note', id: 'r4', message: 'damaged' },
    ];
    for (const event of events) display.update({ progress: progress(0, 9) }, event);
    expect(lines).toEqual([
      'failed: it threw (run r1)',
      '  again: run r1 true',
      '0/9 0 %, 0 diverged, 0 failed',
      'lost, tried again: no memory (run r3)',
      'lost 3 times: no memory (run r3)',
      '  again: run r3 false',
      'note: damaged (run r4)',
    ]);
  });
});

describe('on a terminal', () => {
  it('keeps one line that fits, also after the window became narrower', () => {
    const written: string[] = [];
    const stream = Object.assign(new EventEmitter(), {
      isTTY: true,
      columns: 60,
      rows: 20,
      write: (text: string) => written.push(text) > 0,
    });
    const ci = process.env.CI;
    delete process.env.CI;
    const display = createProgress(() => 'again', { stream: stream as unknown as NodeJS.WriteStream });
    if (ci !== undefined) process.env.CI = ci;
    const visible = () => stripVTControlCharacters(written.at(-1)!).trimEnd();

    display.update({ progress: progress(10, 40, { stored: 2 }) });
    expect(visible()).toMatch(/^\[={6} {14}\] 12\/40 30 %, /);
    expect(visible()).toMatch(/, 0 diverged, 0 failed$/);
    stream.columns = 30;
    stream.emit('resize');
    expect(visible()).toBe('12/40, 0 diverged, 0 failed');
    display.update({ progress: progress(10, 40, { failed: 1 }) }, {
      event: 'ended',
      id: 'r0123',
      outcome: 'failed',
      reason: 'it threw',
    } as SweepEvent);
    expect(visible()).toBe('11/40, 0 diverged, 1 failed');
    expect(written.join('')).toContain('failed: it threw (run r0123)\n');
    display.close();
    const count = written.length;
    stream.emit('resize');
    expect(written).toHaveLength(count);
  });
});
