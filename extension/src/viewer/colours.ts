/** Colours of values: tables of 256 steps, and the same as a legend of a stylesheet. */

export const GREYS = ['grey', 'inverse'] as const;
export const HEATS = ['hot', 'viridis'] as const;
export type Colours = (typeof GREYS)[number] | (typeof HEATS)[number] | 'two-sided' | 'labels';

type Rgb = readonly [number, number, number];

/** From the lowest to the highest value. */
const STOPS: Record<Exclude<Colours, 'labels' | 'two-sided'> | 'warm' | 'cold', readonly Rgb[]> = {
  grey: [[0, 0, 0], [255, 255, 255]],
  inverse: [[255, 255, 255], [0, 0, 0]],
  hot: [[90, 0, 0], [230, 40, 0], [255, 160, 0], [255, 245, 180]],
  viridis: [[68, 1, 84], [59, 82, 139], [33, 145, 140], [94, 201, 98], [253, 231, 37]],
  // red, orange, yellow upwards and blue, cyan downwards: apart for people who see no red or no green
  warm: [[140, 21, 0], [255, 122, 0], [255, 241, 160]],
  cold: [[11, 47, 102], [42, 140, 255], [136, 204, 255]]
};

export type Table = Uint8Array & { readonly length: 768 };
const TABLES = new Map<string, Table>();

/** Red, green and blue of 256 steps. */
export function table(name: keyof typeof STOPS): Table {
  let made = TABLES.get(name);
  if (!made) {
    made = new Uint8Array(768) as Table;
    const stops = STOPS[name];
    for (let n = 0; n < 256; n++) {
      const at = (n / 255) * (stops.length - 1);
      const from = Math.min(stops.length - 2, Math.floor(at));
      for (let part = 0; part < 3; part++) {
        const [low, high] = [stops[from]![part]!, stops[from + 1]![part]!];
        made[3 * n + part] = Math.round(low + (high - low) * (at - from));
      }
    }
    TABLES.set(name, made);
  }
  return made;
}

/** A colour of each label: neighbours in number are far apart in hue. */
export function ofLabel(label: number): Rgb {
  if (label === 1) {
    return [140, 255, 102];
  }
  const hue = (label * 137.508) % 360;
  const part = (shift: number): number => {
    const at = (shift + hue / 30) % 12;
    return Math.round(255 * (0.6 - 0.4 * Math.max(-1, Math.min(at - 3, 9 - at, 1))));
  };
  return [part(0), part(8), part(4)];
}

/** The gradient of a legend; what lies below the threshold is left empty. */
export function legend(colours: Colours, hidden: number): string {
  const css = (stops: readonly Rgb[], from: number, to: number): string[] =>
    stops.map((stop, n) => `rgb(${stop.join(' ')}) ${(from + ((to - from) * n) / (stops.length - 1)).toFixed(1)}%`);
  if (colours === 'labels') {
    return `linear-gradient(90deg, ${[1, 2, 3, 4, 5, 6].map((label, n) => `rgb(${ofLabel(label).join(' ')}) ${n * 16.6}% ${(n + 1) * 16.6}%`).join(', ')})`;
  }
  const none = 'transparent';
  if (colours === 'two-sided') {
    const [low, high] = [50 - 50 * hidden, 50 + 50 * hidden];
    const parts = [...css([...STOPS.cold].reverse(), 0, low), `${none} ${low}%`, `${none} ${high}%`, ...css(STOPS.warm, high, 100)];
    return `linear-gradient(90deg, ${parts.join(', ')})`;
  }
  const from = 100 * hidden;
  return `linear-gradient(90deg, ${[`${none} ${from}%`, ...css(STOPS[colours], from, 100)].join(', ')})`;
}
