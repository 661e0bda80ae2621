/** The dark room: the mosaic of the scan that is looked at, what it is beside it, and nothing over it. */
import { sentence, Words } from '../door';
import { fill, h } from '../dom';
import { clock } from '../format';
import { Pictures } from '../judging/pictures';
import { Item } from './queue';

/** Milliseconds before an empty room says that it waits. */
const PATIENCE = 150;
/** How much brighter one press makes it, and how many presses there are each way. */
const STEP = 1.18;
const MOST = 8;

export interface StageActs {
  volume(): void;
  again(): void;
  unusable(): void;
  skip(): void;
  window(by: number): void;
}

export class Stage {
  readonly node: HTMLElement;
  private readonly name = h('b', { class: 'la-mono la-name-of' });
  private readonly more = h('span', { class: 'la-two' });
  private readonly yours = h('span', { class: 'la-two la-end' });
  private readonly frame = h('div', { class: 'la-frame-of' });
  private readonly room: HTMLElement;
  private readonly opening: HTMLElement;
  private shown = '';
  private bright = 0;
  private waiting = 0;

  constructor(
    private readonly pictures: Pictures,
    private readonly acts: StageActs,
    private readonly trans: Words
  ) {
    this.opening = h('button', { type: 'button', class: 'la-btn', 'aria-pressed': 'false', onclick: () => acts.volume() }, trans.__('Volume'), h('kbd', {}, 'V'));
    const windows = h(
      'span',
      { class: 'la-line', role: 'group', 'aria-label': trans.__('Window') },
      h('button', { type: 'button', class: 'la-btn', onclick: () => acts.window(-1) }, trans.__('Darker'), h('kbd', {}, ',')),
      h('button', { type: 'button', class: 'la-btn', onclick: () => acts.window(1) }, trans.__('Brighter'), h('kbd', {}, '.'))
    );
    const axes = (
      [
        ['0', trans.__('axial'), trans.__('feet to head'), 'R | L'],
        ['2', trans.__('coronal'), trans.__('back to front'), 'R | L'],
        ['3', trans.__('sagittal'), trans.__('left to right'), 'P | A']
      ] as const
    ).map(([row, plane, way, letters]) => {
      const label = h('span', { class: 'la-axis' }, plane, h('br'), way, h('br'), letters);
      label.style.top = `calc(${25 * Number(row)}% + 8px)`;
      return label;
    });
    this.room = h('div', { class: 'la-pic' }, h('div', { class: 'la-gutter', 'aria-hidden': 'true' }, ...axes), this.frame);
    this.node = h('section', { class: 'la-stage la-room', 'aria-label': trans.__('Mosaic') }, h('header', {}, this.name, this.more, this.yours, this.opening, windows), this.room);
  }

  /** Have this scan looked at. A picture that is decoded already is there with the next frame. */
  show(item: Item, until: Date | null): void {
    const { trans } = this;
    fill(this.name, [item.subject, item.session, item.name].filter(Boolean).join(' / '));
    fill(this.more, item.acquired);
    fill(this.yours, until ? trans.__('yours until %1', clock(until)) : '');
    const picture = this.pictures.of(item.id);
    const failed = this.pictures.failed(item.id);
    const key = `${item.id} ${picture ? 'there' : failed ? 'failed' : 'awaited'}`;
    if (key === this.shown) {
      return;
    }
    this.shown = key;
    window.clearTimeout(this.waiting);
    this.room.classList.toggle('la-drawn', Boolean(picture));
    if (picture) {
      picture.alt = trans.__('Mosaic of %1: 12 axial, 6 coronal and 6 sagittal slices', this.name.textContent);
      picture.className = 'la-mosaic';
      fill(this.frame, picture);
    } else if (failed) {
      fill(this.frame, this.fault(failed));
    } else {
      fill(this.frame);
      this.waiting = window.setTimeout(() => fill(this.frame, h('p', { class: 'la-awaited', role: 'status' }, trans.__('The mosaic is being drawn'))), PATIENCE);
    }
    this.light();
  }

  /** The volume in the place of the mosaic; the mosaic again with null. */
  open(volume: HTMLElement | null): void {
    this.opening.setAttribute('aria-pressed', String(Boolean(volume)));
    this.room.classList.toggle('la-opened', Boolean(volume));
    window.clearTimeout(this.waiting);
    this.shown = '';
    if (volume) {
      this.room.classList.remove('la-drawn');
      this.frame.style.filter = '';
      fill(this.frame, volume);
    }
  }

  /** Something else in the place of a picture. */
  say(...words: Node[]): void {
    window.clearTimeout(this.waiting);
    this.shown = '';
    this.room.classList.remove('la-drawn');
    fill(this.name);
    fill(this.more);
    fill(this.yours);
    fill(this.frame, h('div', { class: 'la-instead' }, ...words));
  }

  /** Brighter or darker, for this scan and the next ones. */
  window(by: number): void {
    this.bright = Math.max(-MOST, Math.min(MOST, this.bright + by));
    this.light();
  }

  private light(): void {
    this.frame.style.filter = this.bright ? `brightness(${STEP ** this.bright})` : '';
  }

  private fault(error: unknown): HTMLElement {
    const { trans, acts } = this;
    const button = (label: string, act: () => void): HTMLElement => h('button', { type: 'button', class: 'la-btn', onclick: act }, label);
    return h(
      'div',
      { class: 'la-instead', role: 'alert' },
      h('b', {}, trans.__('This scan could not be drawn')),
      h('p', {}, sentence(error, trans)),
      h('div', { class: 'la-line' }, button(trans.__('Try again'), acts.again), button(trans.__('Rate unusable'), acts.unusable), button(trans.__('Skip'), acts.skip))
    );
  }
}
