import { InvalidInput } from '../core/check.ts';

// In the place of src/data/imageFiles.ts in what is built for browsers: nothing is downloaded there.

export const loadMnist = (): Promise<never> => none('MNIST');
export const loadFashionMnist = (): Promise<never> => none('Fashion-MNIST');
export const loadCifar10 = (): Promise<never> => none('CIFAR-10');

function none(name: string): Promise<never> {
  return Promise.reject(
    new InvalidInput(
      `invalid data in a browser: got ${name}, expected data that come with thalweg; use thalweg run`,
    ),
  );
}
