/** Three significant digits: `0.0120`, `12.3`, `1230`, `1.20e-5`. */
export function formatNumber(value: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? 'NaN' : value > 0 ? '∞' : '-∞';
  if (!isPlain(value)) return value.toExponential(2);
  return Math.abs(value) < 1000 ? value.toPrecision(3) : String(Math.round(value));
}

/** A setting as people write it, with at most three significant digits: `0.001`, `3e-4`, `1`. */
export function formatRate(rate: number | null): string {
  if (rate === null) return '–';
  const rounded = Number(rate.toPrecision(3));
  return isPlain(rounded) ? String(rounded) : rounded.toExponential();
}

/** A fraction in per cent with three significant digits: `12.4%`, `9.87%`. */
export function formatPercent(fraction: number): string {
  if (!Number.isFinite(fraction)) return formatNumber(fraction);
  const percent = 100 * fraction;
  return `${percent.toFixed(percent < 10 ? 2 : 1)}%`;
}

/** `48 s`, `3 min 20 s`, `2 h 5 min` */
export function formatSeconds(seconds: number): string {
  const whole = Math.round(seconds);
  if (whole < 60) return seconds < 10 ? `${formatNumber(seconds)} s` : `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}

/** `1 run`, `2 runs` */
export function count(n: number, noun: string, plural = `${noun}s`): string {
  return `${n} ${n === 1 ? noun : plural}`;
}

/**
 * Text on one line, with every character that has no form of its own (line breaks, controls, the marks that turn
 * the direction of writing) as its escape: a name cannot hide or rearrange what stands around it.
 */
export function visible(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (character) => {
    if (character === '\n') return '\\n';
    if (character === '\t') return '\\t';
    return `\\u{${character.codePointAt(0)!.toString(16)}}`;
  });
}

/** {@link visible} for text of several lines: the line breaks stay. */
export function visibleLines(text: string): string {
  return text.split('\n').map(visible).join('\n');
}

/** Whether a number is written without an exponent: zero, and from 0.001 up to 99999. */
function isPlain(value: number): boolean {
  const size = Math.abs(value);
  return value === 0 || (size >= 1e-3 && size < 1e5);
}

/** An error in per cent, a loss as a number. */
export function formatMetric(value: number, measure: 'loss' | 'error'): string {
  return measure === 'error' ? formatPercent(value) : formatNumber(value);
}

/** A cost: `1,250`, `12,345,000`, `1.23e12`; what was never reached is infinite. */
export function formatAmount(value: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? '–' : 'not reached';
  if (value >= 1e9) return value.toExponential(2).replace('+', '');
  return String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, ',');
}
