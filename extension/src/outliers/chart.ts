/** One measure of many scans as points over the time in which they were acquired; a shape for each scanner. Knows no page. */
import { Words } from '../door';
import { figures } from '../format';

export interface Point {
  readonly id: string;
  readonly name: string;
  readonly scanner: string;
  /** Day, or empty where nobody says. */
  readonly acquired: string;
  readonly value: number;
  readonly middle: number;
  readonly z: number | null;
  /** Worse than the others by so much that one should look. */
  readonly departs: boolean;
}

/** What lies behind the points: where they lay at first, and days on which something was changed. */
export interface Ground {
  readonly band: { readonly low: number; readonly high: number } | null;
  readonly changes: readonly { readonly day: string; readonly words: string }[];
}

const SVG = 'http://www.w3.org/2000/svg';
const [LEFT, RIGHT, TOP, BOTTOM] = [56, 12, 12, 24];
const SHAPES = ['circle', 'square', 'triangle', 'diamond', 'cross'] as const;

export class Chart {
  readonly node: SVGSVGElement;
  private points: readonly Point[] = [];
  private at = -1;
  private unit = '';
  private ground: Ground = { band: null, changes: [] };
  private readonly sized: ResizeObserver;

  constructor(
    private readonly trans: Words,
    private readonly events: { chosen(point: Point): void; opened(point: Point): void }
  ) {
    this.node = part('svg', { class: 'la-chart', tabindex: 0, role: 'img' });
    this.node.addEventListener('keydown', event => this.onKey(event));
    this.node.addEventListener('click', event => this.onClick(event, point => events.chosen(point)));
    this.node.addEventListener('dblclick', event => this.onClick(event, point => events.opened(point)));
    this.sized = new ResizeObserver(() => this.draw());
    this.sized.observe(this.node);
  }

  dispose(): void {
    this.sized.disconnect();
  }

  /** The scanners, in the order of their shapes. */
  get scanners(): string[] {
    return [...new Set(this.points.map(point => point.scanner))].sort();
  }

  show(points: readonly Point[], unit: string, ground: Ground = { band: null, changes: [] }): void {
    this.points = points;
    this.unit = unit;
    this.ground = ground;
    this.at = -1;
    this.draw();
  }

  /** Draws for another size of its place. */
  resized(): void {
    this.draw();
  }

  /** Mark a scan. */
  mark(id: string): void {
    this.at = this.points.findIndex(point => point.id === id);
    this.draw();
  }

  private draw(): void {
    const { node, points, trans, unit } = this;
    const [wide, high] = [node.clientWidth, node.clientHeight];
    node.replaceChildren();
    if (!points.length || !wide || !high) {
      return;
    }
    const { band, changes } = this.ground;
    const values = points.map(point => point.value);
    const [least, most] = [Math.min(...values, band?.low ?? Infinity), Math.max(...values, band?.high ?? -Infinity)];
    const room = (most - least || Math.abs(most) || 1) * 0.06;
    const [low, top] = [least - room, most + room];
    const x = (n: number): number => LEFT + ((n + 0.5) / points.length) * (wide - LEFT - RIGHT);
    const y = (value: number): number => TOP + (1 - (value - low) / (top - low)) * (high - TOP - BOTTOM);
    const out = points.filter(point => point.departs).length;
    node.setAttribute('aria-label', trans.__('%1 scans from %2 to %3, %4 depart', points.length, brief(least, unit), brief(most, unit), out));
    if (band) {
      node.append(part('rect', { class: 'la-band', x: LEFT, width: wide - LEFT - RIGHT, y: y(band.high), height: Math.max(1, y(band.low) - y(band.high)) }));
    }
    for (const tick of ticks(low, top)) {
      node.append(part('line', { class: 'la-grid-line', x1: LEFT, x2: wide - RIGHT, y1: y(tick), y2: y(tick) }), text(LEFT - 6, y(tick) + 4, brief(tick, ''), 'end'));
    }
    const days = points.map(point => point.acquired);
    [0, points.length - 1].forEach((n, end) => days[n] && node.append(text(end ? wide - RIGHT : LEFT, high - 6, days[n], end ? 'end' : 'start')));
    const at = new Map<number, string[]>();
    for (const change of changes) {
      const n = points.findIndex(point => point.acquired >= change.day);
      if (n >= 0) {
        at.set(n, [...(at.get(n) ?? []), change.words]);
      }
    }
    at.forEach((words, n) => {
      const place = x(n) - (wide - LEFT - RIGHT) / points.length / 2;
      const right = place < wide - 160;
      node.append(part('line', { class: 'la-change', x1: place, x2: place, y1: TOP, y2: high - BOTTOM }), text(place + (right ? 4 : -4), TOP + 10, words.join(', '), right ? 'start' : 'end'));
    });
    const { scanners } = this;
    scanners.forEach(scanner => {
      const of = points.find(point => point.scanner === scanner)!;
      node.append(part('line', { class: 'la-middle', x1: LEFT, x2: wide - RIGHT, y1: y(of.middle), y2: y(of.middle) }));
    });
    points.forEach((point, n) => node.append(this.dot(point, n, x(n), y(point.value), scanners.indexOf(point.scanner))));
  }

  private dot(point: Point, n: number, x: number, y: number, scanner: number): SVGElement {
    const size = point.departs ? 6 : 4;
    const shape = SHAPES[scanner % SHAPES.length]!;
    const paths: Record<(typeof SHAPES)[number], string> = {
      circle: `M${x - size} ${y}a${size} ${size} 0 1 0 ${2 * size} 0a${size} ${size} 0 1 0 ${-2 * size} 0z`,
      square: `M${x - size} ${y - size}h${2 * size}v${2 * size}h${-2 * size}z`,
      triangle: `M${x} ${y - size}l${size} ${2 * size}h${-2 * size}z`,
      diamond: `M${x} ${y - size - 1}l${size + 1} ${size + 1}l${-size - 1} ${size + 1}l${-size - 1} ${-size - 1}z`,
      cross: `M${x - size} ${y}h${2 * size}M${x} ${y - size}v${2 * size}`
    };
    const dot = part('path', { class: `la-dot-of${point.departs ? ' la-out' : ''}${n === this.at ? ' la-at' : ''}`, d: paths[shape], 'data-at': n });
    const title = part('title', {});
    title.textContent = `${point.name}, ${point.scanner}, ${point.acquired}: ${brief(point.value, this.unit)}${point.z === null ? '' : `, z ${point.z.toFixed(1)}`}`;
    dot.append(title);
    return dot;
  }

  /** The point that is nearest to where somebody pressed. */
  private onClick(event: MouseEvent, act: (point: Point) => void): void {
    const at = (event.target as Element).closest<SVGElement>('[data-at]')?.getAttribute('data-at');
    const point = at === null || at === undefined ? undefined : this.points[Number(at)];
    if (point) {
      act(point);
    }
  }

  private onKey(event: KeyboardEvent): void {
    const { points } = this;
    const out = (from: number, by: number): number => {
      for (let n = from + by; n >= 0 && n < points.length; n += by) {
        if (points[n]!.departs) {
          return n;
        }
      }
      return from;
    };
    const to: Record<string, number> = {
      ArrowRight: event.shiftKey ? out(this.at, 1) : this.at + 1,
      ArrowLeft: event.shiftKey ? out(this.at, -1) : this.at - 1,
      Home: 0,
      End: points.length - 1
    };
    const next = to[event.key];
    const here = points[this.at];
    if (event.key === 'Enter' && here) {
      this.events.opened(here);
    } else if (next !== undefined && points.length) {
      this.events.chosen(points[Math.max(0, Math.min(points.length - 1, next))]!);
    } else {
      return;
    }
    event.preventDefault();
  }
}

function part<K extends keyof SVGElementTagNameMap>(tag: K, words: Record<string, string | number>): SVGElementTagNameMap[K] {
  const made = document.createElementNS(SVG, tag);
  Object.entries(words).forEach(([name, value]) => made.setAttribute(name, String(value)));
  return made;
}

function text(x: number, y: number, words: string, anchor: string): SVGTextElement {
  const made = part('text', { x, y, 'text-anchor': anchor, class: 'la-tick' });
  made.textContent = words;
  return made;
}

/** Four or five round numbers. */
function ticks(low: number, high: number): number[] {
  const step = 10 ** Math.floor(Math.log10((high - low) / 3));
  const nice = [1, 2, 5, 10].map(each => each * step).find(each => (high - low) / each <= 5) ?? step * 10;
  const found = [];
  for (let n = Math.ceil(low / nice); n * nice <= high; n++) {
    found.push(n * nice);
  }
  return found;
}

function brief(number: number, unit: string): string {
  return `${figures(number, 3)}${unit && ` ${unit}`}`;
}
