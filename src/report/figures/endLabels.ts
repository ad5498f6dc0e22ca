/**
 * Places for labels of lines at their ends: as near to the wanted places as their order allows with `gap` between
 * neighbours, within 0 and `height`. All lengths in pixels. Where there is no room for all of them the gaps shrink.
 */
export function spreadOut(wanted: readonly number[], gap: number, height: number): number[] {
  const order = wanted.map((_, i) => i).sort((a, b) => wanted[a] - wanted[b] || a - b);
  const step = Math.min(gap, height / Math.max(1, wanted.length - 1));
  const placed = order.map((i) => Math.min(Math.max(wanted[i], 0), height));
  for (let k = 1; k < placed.length; k++) placed[k] = Math.max(placed[k], placed[k - 1] + step);
  // the last ones may have been pushed out: what is too low pushes back up
  let most = height;
  for (let k = placed.length - 1; k >= 0; k--) {
    placed[k] = Math.min(placed[k], most);
    most = placed[k] - step;
  }
  const places = new Array<number>(wanted.length);
  order.forEach((i, k) => {
    places[i] = placed[k];
  });
  return places;
}
