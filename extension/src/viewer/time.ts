/** An image over time: which volume is looked at, and the value under the crosshair in each. */
import { Words } from '../door';
import { fill, h } from '../dom';
import { figures } from '../format';
import { Source } from './source';
import { Point } from './volume';

export interface TimeEvents {
  /** Look at this volume. */
  go(n: number): void;
  cine(): void;
  rate(perSecond: number): void;
}

const RATES = [2, 4, 8, 15, 30];

export class TimeView {
  readonly node: HTMLElement;
  private readonly canvas = h('canvas', { role: 'img' });
  private readonly told = h('span', { class: 'la-two' });
  private readonly range: HTMLInputElement;
  private readonly play: HTMLButtonElement;
  private at = 0;
  private cursor: Point = [0, 0, 0];
  private drawing = 0;
  private readonly sized = new ResizeObserver(() => this.draw());

  constructor(
    private readonly source: Source,
    private readonly volumes: number,
    private readonly trans: Words,
    events: TimeEvents
  ) {
    this.range = h('input', { type: 'range', min: 1, max: volumes, value: 1, 'aria-label': trans.__('Volume'), oninput: () => events.go(Number(this.range.value) - 1) });
    this.play = h('button', { type: 'button', class: 'la-btn', 'aria-pressed': 'false', onclick: () => events.cine() }, trans.__('Run'), h('kbd', {}, '␣'));
    const rates: HTMLSelectElement = h('select', { class: 'la-field', 'aria-label': trans.__('Volumes a second'), onchange: () => events.rate(Number(rates.value)) }, ...RATES.map(rate => h('option', { value: rate, selected: rate === 8 }, trans.__('%1 a second', rate))));
    this.canvas.addEventListener('pointerdown', event => {
      this.canvas.setPointerCapture(event.pointerId);
      events.go(this.under(event));
    });
    this.canvas.addEventListener('pointermove', event => event.buttons === 1 && events.go(this.under(event)));
    this.node = h(
      'section',
      { class: 'la-time-of', 'aria-label': trans.__('Over time') },
      h('div', { class: 'la-line' }, h('b', {}, trans.__('Value at the crosshair')), h('span', { class: 'la-end' }), this.told),
      h('div', { class: 'la-signal' }, this.canvas),
      h('div', { class: 'la-line' }, this.play, rates, this.range)
    );
    source.arrived = () => this.draw();
    this.sized.observe(this.canvas);
  }

  dispose(): void {
    this.sized.disconnect();
    cancelAnimationFrame(this.drawing);
  }

  show(n: number, cursor: Point): void {
    this.at = n;
    this.cursor = cursor;
    this.range.value = String(n + 1);
    this.draw();
  }

  runs(runs: boolean): void {
    this.play.setAttribute('aria-pressed', String(runs));
  }

  /** Values at the crosshair, NaN for volumes that are not here yet. */
  private get signal(): number[] {
    return Array.from({ length: this.volumes }, (_, n) => this.source.volumes[n]?.value(this.cursor) ?? NaN);
  }

  private under(event: MouseEvent): number {
    const box = this.canvas.getBoundingClientRect();
    return Math.max(0, Math.min(this.volumes - 1, Math.floor(((event.clientX - box.left) / box.width) * this.volumes)));
  }

  private draw(): void {
    this.drawing ||= requestAnimationFrame(() => {
      this.drawing = 0;
      this.paint();
    });
  }

  private paint(): void {
    const { canvas, trans, signal } = this;
    const [wide, high] = [canvas.clientWidth, canvas.clientHeight];
    const context = canvas.getContext('2d');
    if (!context || !wide || !high) {
      return;
    }
    const there = signal.filter(Number.isFinite);
    const [least, most] = [Math.min(...there), Math.max(...there)];
    const missing = this.volumes - there.length;
    fill(this.told, missing ? trans.__('%1 of %2 volumes are here', there.length, this.volumes) : trans.__('%1 to %2', brief(least), brief(most)));
    canvas.setAttribute('aria-label', trans.__('Value at the crosshair over %1 volumes, from %2 to %3', this.volumes, brief(least), brief(most)));
    canvas.width = wide * devicePixelRatio;
    canvas.height = high * devicePixelRatio;
    context.scale(devicePixelRatio, devicePixelRatio);
    const x = (n: number): number => ((n + 0.5) / this.volumes) * wide;
    const y = (value: number): number => high - 4 - ((value - least) / (most - least || 1)) * (high - 8);
    const style = getComputedStyle(canvas);
    context.strokeStyle = style.getPropertyValue('--la-room-text-2') || '#aaa';
    context.beginPath();
    context.moveTo(x(this.at), 0);
    context.lineTo(x(this.at), high);
    context.stroke();
    context.strokeStyle = style.getPropertyValue('--la-room-link') || '#62b5f7';
    context.beginPath();
    let pen = false;
    signal.forEach((value, n) => {
      if (Number.isFinite(value)) {
        pen ? context.lineTo(x(n), y(value)) : context.moveTo(x(n), y(value));
      }
      pen = Number.isFinite(value);
    });
    context.stroke();
  }
}

function brief(number: number): string {
  return Number.isFinite(number) ? figures(number, 4) : '';
}
