/** The film strip: what was, what is, what comes, with the shape of what was said. */
import { Words } from '../door';
import { fill, h, shape } from '../dom';
import { Pictures } from '../judging/pictures';
import { Item, qualityOf } from './queue';

/** Scans that are shown on each side of the one that is looked at. */
const BESIDE = 14;

export class Film {
  private readonly list = h('ul', {});
  readonly node: HTMLElement;

  constructor(
    private readonly pictures: Pictures,
    private readonly look: (at: number) => void,
    private readonly trans: Words
  ) {
    this.node = h('nav', { class: 'la-film la-room', 'aria-label': trans.__('Queue') }, this.list);
  }

  show(items: readonly Item[], at: number): void {
    const from = Math.max(0, Math.min(at - BESIDE, items.length - 2 * BESIDE - 1));
    const shown = items.slice(from, from + 2 * BESIDE + 1);
    const near = [...shown.slice(at - from), ...shown.slice(0, at - from).reverse()];
    this.pictures.want(near.map(item => item.id));
    const focused = this.list.contains(document.activeElement);
    fill(this.list, ...shown.map((item, n) => h('li', {}, this.frame(item, from + n, from + n === at))));
    const current = this.list.querySelector<HTMLElement>('[aria-current]');
    this.center(current);
    if (focused) {
      current?.focus({ preventScroll: true });
    }
  }

  /** The one that is looked at stands at a third: more of what comes is seen than of what was. */
  private center(current: HTMLElement | null): void {
    const strip = this.node;
    if (current) {
      strip.scrollLeft = current.offsetLeft - strip.clientWidth / 3;
    }
  }

  private frame(item: Item, at: number, current: boolean): HTMLElement {
    const quality = qualityOf(item);
    const state = current ? this.trans.__('this one') : quality || (item.held ? this.trans.__('somebody else is at it') : this.trans.__('not rated'));
    const picture = this.pictures.of(item.id);
    const seen = h('span', { class: 'la-thumb', 'aria-hidden': 'true' });
    if (picture) {
      seen.append(picture);
    }
    return h(
      'button',
      { type: 'button', class: `la-film-frame${item.held && !quality ? ' la-held' : ''}`, 'aria-current': current && 'true', 'aria-label': `${item.subject} ${item.session} ${item.name}, ${state}`, tabindex: current ? 0 : -1, onclick: () => this.look(at) },
      seen,
      h('span', { class: 'la-under' }, shape(quality || 'unreviewed', ''), item.subject)
    );
  }
}
