/** The quintic a x + b x^3 + c x^5 of Jordan et al. 2024: the steepest at 0, and it need not reach 1. */
export const a = 3.4445;
export const b = -4.775;
export const c = 2.0315;
