import { z } from 'zod';
import { ema, lawa, swa } from '../../optim/averaging.ts';
import { lookahead } from '../../optim/lookahead.ts';
import type { Transform } from '../../optim/transform.ts';
import { unit, whole } from '../numbers.ts';
import { row } from '../schema.ts';
import { beta } from './method.ts';

/** Wrappers of a whole optimizer that evaluate with other parameters than those it trains. */
export const averagings = {
  none: row({
    summary: 'the parameters that are trained are evaluated',
    options: {},
    create: () => (optimizer: Transform) => optimizer,
  }),
  ema: row({
    summary: 'evaluates an exponential moving average of the iterates',
    source: 'Polyak and Juditsky 1992; PyTorch AveragedModel with get_ema_avg_fn',
    options: { decay: beta(0.999) },
    create: (options) => (optimizer: Transform) => ema(optimizer, options) as Transform,
  }),
  swa: row({
    summary: 'evaluates the mean of every k-th iterate from a step on',
    source: 'Izmailov et al. 2018, Algorithm 1',
    options: { start: whole(1), every: whole(1).default(1) },
    create: (options) => (optimizer: Transform) => swa(optimizer, options) as Transform,
  }),
  lawa: row({
    summary: 'evaluates the mean of the latest checkpoints',
    source: 'Kaddour 2022, equation 1',
    options: { every: whole(1), checkpoints: whole(1, 10_000).default(6) },
    create: (options) => (optimizer: Transform) => lawa(optimizer, options) as Transform,
  }),
  lookahead: row({
    summary: 'slow weights that follow the fast ones every few steps, and pull them back',
    source: "Zhang, Lucas, Hinton and Ba 2019, Algorithm 1; the authors' Lookahead",
    options: {
      steps: whole(1).default(5),
      alpha: unit.default(0.8),
      pullbackMomentum: z.enum(['none', 'reset', 'pullback']).default('none'),
    },
    create: (options) => (optimizer: Transform) => lookahead(optimizer, options) as Transform,
  }),
};
