import type { Bisection } from '../certify/bisect.ts';
import type { FirstDifference, OperationName, ValueDifference } from '../certify/firstDifference.ts';
import type { DifferingTensor, VectorDifference } from '../conform/vectorDifference.ts';
import { bitsOf, type NumbersDifference, shortest } from '../core/ulps.ts';
import { count } from '../report/format.ts';

interface Names {
  readonly a: string;
  readonly b: string;
}

type Type = ValueDifference['type'];
const kinds = { float32: new Float32Array(0), float64: new Float64Array(0), int32: new Int32Array(0) };

/** What `thalweg bisect` prints about two runs. */
export function bisectionText(names: Names, found: Bisection): string {
  const { kind, equalSteps, step, first, longer, notes } = found;
  const equal =
    equalSteps < 0
      ? 'different from the start'
      : `identical up to step ${equalSteps}${equalSteps === 0 ? ', the initial state' : ''}`;
  const says = {
    identical:
      longer === null
        ? `identical, ${count(equalSteps, 'step')}`
        : `identical in the ${count(equalSteps, 'step')} that both have; ${longer.side} goes on to step ${longer.steps}`,
    different: equal,
    ended: `${equal}, and so is all that both compute; only the ends differ`,
    unreproduced: `the records differ at the latest at ${step === null ? 'the end' : `step ${step}`}, but executed here both runs are identical`,
  };
  return [
    ...header(names),
    says[kind],
    ...(first === null ? [] : ['', ...firstText(first, step ?? 0)]),
    ...(kind === 'different' && first === null
      ? ['', `step ${step} ends in another state, but nothing that was traced of it differs`]
      : []),
    ...notes.map((note) => `note: ${note}`),
  ].join('\n');
}

/** What it prints about a vector file: all of a single case, of several a line each. */
export function vectorsText(
  names: Names,
  { cases, skipped }: { readonly cases: readonly VectorDifference[]; readonly skipped: readonly string[] },
): string {
  const lines = cases.flatMap((each) => (cases.length === 1 ? caseText(each) : [caseLine(each)]));
  const same = cases.filter(({ first }) => first === null).length;
  const within = cases.filter(({ firstBeyond }) => firstBeyond === null).length;
  return [
    ...header(names),
    ...lines,
    ...skipped.map((reason) => `skipped ${reason}`),
    `${count(cases.length, 'case')}: ${same} identical, ${within} within the tolerance, ${skipped.length} skipped`,
  ].join('\n');
}

function header({ a, b }: Names): string[] {
  return [`A: ${a}`, `B: ${b}`];
}

function caseText({ id, type, steps, first, firstBeyond }: VectorDifference): string[] {
  if (first === null) return [`${id}: identical at all recorded steps (${steps.join(', ')})`];
  const beyond =
    firstBeyond === null
      ? ['', 'nowhere beyond the tolerance of the case']
      : ['', 'first beyond the tolerance of the case', ...tensorText(firstBeyond, type)];
  return [
    `${id}: recorded at the steps ${steps.join(', ')}`,
    '',
    'first different',
    ...tensorText(first, type),
    ...beyond,
  ];
}

function caseLine({ id, first, firstBeyond }: VectorDifference): string {
  if (first === null) return `identical ${id}`;
  const { step, what, tensor, difference } = first;
  const beyond =
    firstBeyond === null
      ? 'within its tolerance'
      : `beyond its tolerance from step ${firstBeyond.step} (${firstBeyond.tensor})`;
  return `different ${id}: from step ${step}, ${what} ${tensor}, ${ulps(difference.largestUlps)} at most; ${beyond}`;
}

function tensorText({ step, what, tensor, shape, difference }: DifferingTensor, type: Type): string[] {
  return [
    ...pairs({ step: String(step), tensor: `${what} ${tensor} (${type}, ${shape.join('x')})` }),
    ...differenceText(difference, type, shape),
  ];
}

function firstText(first: FirstDifference, step: number): string[] {
  const where = step === 0 ? 'the initial state' : `step ${step}`;
  if (first.kind === 'operation') {
    return [
      `in ${where} they do not do the same from here on`,
      ...pairs({
        A: operationText(first.a),
        B: operationText(first.b),
        ...(first.reason && { with: first.reason }),
      }),
    ];
  }
  const { part, layer, operation, pass, value, isArgument, tensor, shape, type, difference } = first;
  const form = `(${type}${shape === null ? '' : `, ${shape.join('x')}`})`;
  return [
    `first different: ${where}`,
    ...pairs({
      part:
        pass > 1 && ['forward', 'loss', 'backward'].includes(part)
          ? `${part}, pass ${pass} of the step`
          : part,
      ...(layer && { [part === 'optimizer' ? 'tensor' : 'layer']: layer }),
      operation,
      ...(isArgument ? { argument: value } : { output: `${value} ${form}` }),
      ...(tensor && { tensor }),
    }),
    ...differenceText(difference, type, shape),
    ...alsoText(first.alsoDiffer),
  ];
}

const MOST_NAMES = 6;

function alsoText(names: readonly string[]): string[] {
  if (names.length === 0) return [];
  const more = names.length > MOST_NAMES ? ` and ${names.length - MOST_NAMES} more` : '';
  return [`  the same operation also differs in ${names.slice(0, MOST_NAMES).join(', ')}${more}`];
}

function operationText(name: OperationName | null): string {
  if (name === null) return 'nothing more';
  const { part, layer, operation } = name;
  return `${part}: ${operation}${layer === '' ? '' : ` (${layer})`}`;
}

function pairs(values: Readonly<Record<string, string>>): string[] {
  const width = Math.max(...Object.keys(values).map((key) => key.length));
  return Object.entries(values).map(([key, value]) => `  ${key.padEnd(width)}  ${value}`);
}

function differenceText(
  { elements, differing, first, largestUlps, histogram, nan, sign }: NumbersDifference,
  type: Type,
  shape: readonly number[] | null,
): string[] {
  const like = kinds[type];
  const isSingle = elements === 1;
  const rows = first.map(({ index, a, b, ulps }) => [
    isSingle ? '' : place(index, shape),
    ...[shortest(a, like), shortest(b, like), bitsOf(a, like), bitsOf(b, like)],
    Number.isNaN(ulps) ? 'NaN' : distance(ulps),
  ]);
  const unit = type === 'int32' ? 'apart' : 'ulps';
  const table = aligned([[isSingle ? '' : 'element', 'A', 'B', 'A in bits', 'B in bits', unit], ...rows]);
  const more = differing > first.length ? [`  … and ${differing - first.length} more`] : [];
  const bars = [
    ...histogram.map(({ from, to, count }) => [from === to ? String(from) : `${from}-${to}`, String(count)]),
    ...(sign > 0 ? [['sign', String(sign)]] : []),
    ...(nan > 0 ? [['NaN', String(nan)]] : []),
  ].filter(([, many]) => many !== '0');
  if (isSingle) return table;
  const far = differing === nan ? '' : `, ${type === 'int32' ? largestUlps : ulps(largestUlps)} at most`;
  return [
    `  ${differing} of ${elements} elements differ${far}`,
    ...table,
    ...more,
    ...aligned([[unit, 'elements'], ...bars]),
  ];
}

function ulps(n: number): string {
  return n === 1 ? '1 ulp' : `${distance(n)} ulps`;
}

/** Above 2^53 not every whole number is a float64. */
function distance(n: number): string {
  return n < 2 ** 53 ? String(n) : n.toExponential(2);
}

/** `[3,0,2]` of a tensor, `[17]` of any other vector. */
function place(index: number, shape: readonly number[] | null): string {
  const at: number[] = [];
  let left = index;
  for (const extent of (shape ?? []).slice(1).toReversed()) {
    at.unshift(left % extent);
    left = Math.floor(left / extent);
  }
  return `[${[left, ...at].join(',')}]`;
}

function aligned(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0].map((_, i) => Math.max(...rows.map((row) => row[i].length)));
  return rows.map((row) => `    ${row.map((cell, i) => cell.padEnd(widths[i])).join('  ')}`.trimEnd());
}
