/** Whether a measure has moved since a day: the split of a row of values whose sides differ most. Knows no page. */

export interface Shift {
  readonly scanner: string;
  /** The first value after it. */
  readonly at: number;
  readonly since: string;
  /** In standard deviations of the values before. */
  readonly by: number;
}

export interface Timed {
  readonly scanner: string;
  readonly acquired: string;
  readonly value: number;
}

/** Values on each side, with fewer nothing is said. */
const LEAST = 8;
/** Standard errors between the sides' means from which they differ (Welch's t), and deviations from which it matters. */
const FAR = 5;
const MUCH = 1;
/** Values at the beginning that the band is made of. */
export const FIRST = 60;

/** Two deviations about the mean of the first values; null where there are too few. */
export function bandOf(values: readonly number[]): { low: number; high: number } | null {
  const first = values.slice(0, Math.min(FIRST, values.length));
  if (first.length < LEAST) {
    return null;
  }
  const [mean, deviation] = spread(first);
  return { low: mean - 2 * deviation, high: mean + 2 * deviation };
}

/** The greatest shift of any one scanner; null where none has moved. Values come in the order of time. */
export function shiftOf(points: readonly Timed[]): Shift | null {
  const scanners = [...new Set(points.map(point => point.scanner))];
  const found = scanners.map(scanner => ofOne(points, scanner)).filter(shift => shift !== null);
  return found.sort((a, b) => Math.abs(b.by) - Math.abs(a.by))[0] ?? null;
}

function ofOne(points: readonly Timed[], scanner: string): Shift | null {
  const own = points.map((point, at) => ({ ...point, at })).filter(point => point.scanner === scanner && point.acquired);
  const values = own.map(point => point.value);
  let best: Shift | null = null;
  let farthest = FAR;
  for (let n = LEAST; n <= values.length - LEAST; n++) {
    if (own[n]!.acquired === own[n - 1]!.acquired) {
      continue; // a day is on one side
    }
    const [before, after] = [values.slice(0, n), values.slice(n)];
    const [[mean, deviation], [other, spreadOfOther]] = [spread(before), spread(after)];
    const error = Math.sqrt(deviation ** 2 / before.length + spreadOfOther ** 2 / after.length);
    const [t, by] = [Math.abs(other - mean) / (error || Infinity), (other - mean) / (deviation || Infinity)];
    if (t > farthest && Math.abs(by) >= MUCH) {
      farthest = t;
      best = { scanner, at: own[n]!.at, since: own[n]!.acquired, by };
    }
  }
  return best;
}

function spread(values: readonly number[]): [mean: number, deviation: number] {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return [mean, Math.sqrt(squares / Math.max(1, values.length - 1))];
}
