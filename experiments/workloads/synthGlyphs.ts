/**
 * A small task for comparisons of hundreds of runs: 2,000 procedural glyphs, a convolutional network with batch norm (53,226
 * parameters), 4 epochs of 63 steps, looked at 16 times. About 1.5 seconds of one core a run.
 */
export const synthGlyphs = {
  data: { kind: 'synthGlyphs', size: 16, train: 2000, validation: 500, test: 500 },
  model: { kind: 'missionCnn', norm: { kind: 'batch' } },
  batchSize: 32,
  epochs: 4,
  evaluations: { perEpoch: 4 },
} as const;
