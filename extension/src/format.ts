/** Numbers, amounts and dates as the lab writes them. */

/** `12,480` */
export function count(n: number): string {
  return n.toLocaleString('en-US');
}

/** A number with so many figures, and a true minus sign. */
export function figures(number: number, n: number): string {
  return String(Number(number.toPrecision(n))).replace('-', '−');
}

/** A sentence with the thousands of its numbers parted; a label or a date is no number. */
export function parted(words: string): string {
  return words.replace(/^\d{4,}(?= )/, digits => count(Number(digits)));
}

const STEPS: [number, string][] = [
  [1e12, 'TB'],
  [1e9, 'GB'],
  [1e6, 'MB'],
  [1e3, 'kB']
];

/** `31 GB`, `1.4 GB`: powers of ten, three figures at most. */
export function bytes(n: number): string {
  const step = STEPS.find(([size]) => n >= size);
  if (!step) {
    return `${n} bytes`;
  }
  const value = n / step[0];
  return `${value < 10 ? value.toFixed(1).replace(/\.0$/, '') : Math.round(value)} ${step[1]}`;
}

/** `2026-01-14` of an ISO time; nothing of nothing. */
export function day(time: string | null | undefined): string {
  return time ? time.slice(0, 10) : '';
}

/** `10:52` of a moment on this computer. */
export function clock(when: Date): string {
  return when.toTimeString().slice(0, 5);
}

/** About how long still, as hello says it: `12 s`, `4 min`, `2 h`. */
export function about(seconds: number): string {
  return seconds < 90 ? `${seconds} s` : seconds < 5400 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 3600)} h`;
}
