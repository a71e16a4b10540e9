import type { Comparison, GoldenData, GoldenTensor, GoldenTolerance } from './types.ts';

const smallestDeviation = 0.001;

/** Compares computed values with a stored tensor by the rules of the golden README (measure and limit of the case). */
export function compareTensor(role: string, tolerance: GoldenTolerance, expected: GoldenTensor, got: GoldenData): Comparison {
  if (got.length !== expected.data.length) {
    return failed(role, `expected ${expected.data.length} values of shape [${expected.shape.join(', ')}], got ${got.length}`);
  }
  if (tolerance.measure === 'equal' || isInteger(expected.data)) return compareEqual(role, expected.data, got);
  const scale = scaleOf(tolerance.measure, expected.data);
  if (scale === undefined || tolerance.limit === undefined) return failed(role, `unknown measure "${tolerance.measure}"`);
  return compareNear(role, { expected: expected.data, got, scale, limit: tolerance.limit });
}

function isInteger(data: GoldenData): boolean {
  return !(data instanceof Float32Array || data instanceof Float64Array);
}

function compareEqual(role: string, expected: GoldenData, got: GoldenData): Comparison {
  for (let i = 0; i < expected.length; i++) {
    if (Number(expected[i]) !== Number(got[i])) return failed(role, `at ${i}: expected ${expected[i]}, got ${got[i]}`);
  }
  return { role, passed: true, error: null, limit: null, text: '' };
}

/** The number that absolute errors are divided by, or undefined for a measure that is not known. */
function scaleOf(measure: string, expected: GoldenData): number | undefined {
  if (measure.includes('/ std(expected)')) return Math.max(populationDeviation(expected), smallestDeviation);
  if (measure.includes('/ max|expected|')) return largestMagnitude(expected);
  if (measure.includes('max|got-expected|')) return 1;
  return undefined;
}

interface Near {
  readonly expected: GoldenData;
  readonly got: GoldenData;
  readonly scale: number;
  readonly limit: number;
}

function compareNear(role: string, { expected, got, scale, limit }: Near): Comparison {
  let worst = 0;
  let at = 0;
  for (let i = 0; i < expected.length; i++) {
    const difference = Math.abs(Number(got[i]) - Number(expected[i]));
    const error = Number(got[i]) === Number(expected[i]) ? 0 : Number.isNaN(difference) ? Infinity : difference;
    if (error > worst) {
      worst = error;
      at = i;
    }
  }
  const relative = worst === 0 ? 0 : worst / scale;
  const passed = relative <= limit;
  const text = passed ? '' : `at ${at}: expected ${expected[at]}, got ${got[at]}`;
  return { role, passed, error: relative, limit, text };
}

function populationDeviation(data: GoldenData): number {
  let sum = 0;
  for (let i = 0; i < data.length; i++) sum += Number(data[i]);
  const mean = sum / data.length;
  let squares = 0;
  for (let i = 0; i < data.length; i++) squares += (Number(data[i]) - mean) ** 2;
  return Math.sqrt(squares / data.length);
}

function largestMagnitude(data: GoldenData): number {
  let largest = 0;
  for (let i = 0; i < data.length; i++) largest = Math.max(largest, Math.abs(Number(data[i])));
  return largest;
}

function failed(role: string, text: string): Comparison {
  return { role, passed: false, error: null, limit: null, text };
}
