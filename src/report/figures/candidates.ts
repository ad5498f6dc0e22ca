import { isProblem, type Method, resultsOf, type Setting } from '../methods.ts';
import { light } from '../palette.ts';

/** A method that has a best setting: what a curve is drawn for. */
export interface Candidate {
  readonly label: string;
  readonly optimizer: string;
  readonly best: Setting;
}

/** How captions say which of its settings a method is shown with. */
export const AT_BEST_RATE = 'each method at its best learning rate';

/** As many methods as there are hues share a panel; beyond, each has a panel of its own. */
export const MOST_IN_ONE_PANEL = light.hues.length;

export function candidatesOf(methods: readonly Method[]): Candidate[] {
  return methods.flatMap(({ label, optimizer, best }) => (best === null ? [] : [{ label, optimizer, best }]));
}

export function bestSettings(candidates: readonly Candidate[]): Setting[] {
  return candidates.map(({ best }) => best);
}

/** `2 seeds each`, or `2 to 5 seeds each` */
export function seedsEach(settings: readonly Setting[]): string {
  const numbers = settings.map((setting) => resultsOf(setting).length);
  const [least, most] = [Math.min(...numbers), Math.max(...numbers)];
  if (least !== most) return `${least} to ${most} seeds each`;
  return `${least === 1 ? 'one seed' : `${least} seeds`} each`;
}

export function areProblems(settings: readonly Setting[]): boolean {
  return settings.every((setting) => setting.records.every(isProblem));
}
