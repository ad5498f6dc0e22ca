import { type FaultFactory, isDuring, type When } from './fault.ts';

/**
 * The learning rate of the given steps is c times that of the schedule: eta_t <- c eta_t. Decoupled weight decay, which is a multiple of the
 * rate, is stronger with it. A method that sets its own step size (DoG, Prodigy) takes the rate as its factor.
 */
export function rateSpike({ factor, ...when }: When & { readonly factor: number }): FaultFactory {
  return () => ({
    rate: (learningRate, step) => (isDuring(when, step) ? factor * learningRate : learningRate),
  });
}
