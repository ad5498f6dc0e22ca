/**
 * The version of the numbers: two versions of thalweg with the same one give the same bits for the same spec. Raise it with every
 * change that moves any bit of any run on purpose: another order of a sum, another rounding, another constant of a method, another
 * stream of random numbers; and say in CHANGELOG.md under "Numerics" which methods moved and why, in a line that names it ("numerics 2").
 * A new method, a new option or a faster form with the same bits leave it as it is. `thalweg golden check` finds bits that have moved
 * without it.
 */
export const NUMERICS = 1;
