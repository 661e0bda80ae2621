/** Thumbnails in the dark room: only what is seen is in the page, however many there are. */
import { Words } from '../door';
import { h, shape } from '../dom';
import { Pictures } from '../judging/pictures';
import { Scans, Shown } from './scans';

const GAP = 4;
const PAD = 8;
/** Rows beyond what is seen, each way. */
const SPARE = 2;

export interface GridEvents {
  moved(to: number, range: boolean): void;
  toggled(at: number): void;
  peeked(at: number): void;
}

export class Grid {
  readonly node: HTMLElement;
  private readonly list: HTMLElement;
  private tiles = new Map<number, HTMLElement>();
  private scans: Scans | null = null;
  private drawing = 0;
  size = 72;

  constructor(
    private readonly pictures: Pictures,
    private readonly events: GridEvents,
    private readonly trans: Words
  ) {
    this.list = h('div', { class: 'la-tiles', role: 'listbox', 'aria-multiselectable': 'true', tabindex: 0, 'aria-label': trans.__('Scans') });
    this.node = h('div', { class: 'la-grid la-room' }, this.list);
    this.node.addEventListener('scroll', () => this.soon(), { passive: true });
    new ResizeObserver(() => this.again()).observe(this.node);
    this.list.addEventListener('click', event => this.onClick(event));
    this.list.addEventListener('dblclick', event => this.over(event, at => this.events.peeked(at)));
  }

  get columns(): number {
    return Math.max(1, Math.floor((this.node.clientWidth - 2 * PAD + GAP) / (this.size + GAP)));
  }

  /** Tiles in the height that is seen, for Page Up and Down. */
  get page(): number {
    return this.columns * Math.max(1, Math.floor(this.node.clientHeight / (this.size + GAP)));
  }

  show(scans: Scans): void {
    this.scans = scans;
    this.list.setAttribute('aria-label', this.trans.__('%1 scans', scans.shown.length));
    this.again();
  }

  focus(): void {
    this.list.focus({ preventScroll: true });
  }

  /** Have the place of the keyboard in sight. */
  reveal(): void {
    const row = Math.floor((this.scans?.at ?? 0) / this.columns) * (this.size + GAP);
    const { scrollTop, clientHeight } = this.node;
    if (row < scrollTop) {
      this.node.scrollTop = row;
    } else if (row + this.size + 2 * PAD > scrollTop + clientHeight) {
      this.node.scrollTop = row + this.size + 2 * PAD - clientHeight;
    }
    this.soon();
  }

  /** A picture has come. */
  soon(): void {
    this.drawing ||= requestAnimationFrame(() => {
      this.drawing = 0;
      this.draw();
    });
  }

  private again(): void {
    this.tiles.forEach(tile => tile.remove());
    this.tiles.clear();
    const rows = Math.ceil((this.scans?.shown.length ?? 0) / this.columns);
    this.list.style.height = `${rows * (this.size + GAP) + 2 * PAD}px`;
    this.draw();
  }

  private draw(): void {
    const { scans, columns } = this;
    if (!scans) {
      return;
    }
    const step = this.size + GAP;
    const first = Math.max(0, Math.floor(this.node.scrollTop / step) - SPARE) * columns;
    const last = Math.min(scans.shown.length, (Math.ceil((this.node.scrollTop + this.node.clientHeight) / step) + SPARE) * columns);
    for (const [at, tile] of this.tiles) {
      if (at < first || at >= last) {
        tile.remove();
        this.tiles.delete(at);
      }
    }
    const left = PAD + Math.max(0, (this.node.clientWidth - 2 * PAD - columns * step + GAP) / 2);
    for (let at = first; at < last; at++) {
      const tile = this.tiles.get(at) ?? this.tile(scans.shown[at]!, at);
      tile.style.transform = `translate(${left + (at % columns) * step}px, ${PAD + Math.floor(at / columns) * step}px)`;
      this.state(tile, scans, at);
    }
    this.pictures.want(scans.shown.slice(first, last).map(each => each.id));
    this.list.setAttribute('aria-activedescendant', scans.shown[scans.at] ? `la-tile-${scans.at}` : '');
  }

  private tile(scan: Shown, at: number): HTMLElement {
    const words = [scan.subject, scan.session, scan.name, scan.quality, scan.reason, scan.z && `${scan.departs} departs by ${scan.z.toFixed(1)}`].filter(Boolean).join(', ');
    const tile = h(
      'div',
      { class: 'la-tile', role: 'option', id: `la-tile-${at}`, 'data-at': at, 'aria-label': words, title: words },
      h('span', { class: 'la-corner' }, shape(scan.quality, '')),
      h('span', { class: 'la-label', 'aria-hidden': 'true' }, h('span', {}, scan.subject), h('i', {}, scan.name)),
      scan.z > 0 && h('span', { class: 'la-z', 'aria-hidden': 'true' }, `▲ ${scan.z.toFixed(1)}`)
    );
    tile.style.width = tile.style.height = `${this.size}px`;
    this.tiles.set(at, tile);
    this.list.append(tile);
    return tile;
  }

  private state(tile: HTMLElement, scans: Scans, at: number): void {
    const { id } = scans.shown[at]!;
    tile.setAttribute('aria-selected', String(scans.chosen.has(id)));
    tile.classList.toggle('la-here', at === scans.at);
    const picture = this.pictures.of(id);
    if (picture && picture.parentElement !== tile) {
      picture.alt = '';
      tile.prepend(picture);
    }
    tile.classList.toggle('la-none', Boolean(this.pictures.failed(id)));
  }

  private onClick(event: MouseEvent): void {
    this.over(event, at => {
      this.events.moved(at, event.shiftKey);
      if (!event.shiftKey) {
        this.events.toggled(at);
      }
    });
  }

  private over(event: Event, act: (at: number) => void): void {
    const tile = (event.target as Element).closest<HTMLElement>('.la-tile');
    if (tile) {
      act(Number(tile.dataset['at']));
    }
  }
}
