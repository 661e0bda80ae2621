import { h, icon } from '../dom';
import { Row } from './rows';

export const HEIGHT = 24;

/** One line on the screen, used again for another row when it scrolls away. */
export class Line {
  readonly node: HTMLLIElement;
  private readonly twist = icon('right');
  private readonly picture = icon('scan');
  private readonly name = h('span', { class: 'la-name' });
  private readonly shape = h('span', { role: 'img' });
  private readonly meta = h('span', { class: 'la-meta' });
  private shown: Row | null = null;

  constructor() {
    this.twist.classList.add('la-twist');
    this.node = h('li', { role: 'treeitem', class: 'la-row', tabindex: '-1', draggable: 'true' });
    this.node.append(this.twist, this.picture, this.name, this.shape, this.meta);
  }

  /** Of the row that it shows. */
  get key(): string {
    return this.shown?.key ?? '';
  }

  draw(row: Row, at: number): void {
    const { node } = this;
    node.style.transform = `translateY(${at * HEIGHT}px)`;
    node.dataset['at'] = String(at);
    if (this.shown === row) {
      return;
    }
    this.shown = row;
    node.dataset['key'] = row.key;
    node.dataset['level'] = row.level;
    node.style.setProperty('--l', String(row.depth));
    node.setAttribute('aria-level', String(row.depth + 1));
    node.setAttribute('aria-posinset', String(row.at));
    node.setAttribute('aria-setsize', String(row.of));
    if (row.open === null) {
      node.removeAttribute('aria-expanded');
    } else {
      node.setAttribute('aria-expanded', String(row.open));
    }
    this.twist.className = `la-i la-twist ${row.open === null ? 'la-i-none' : row.open ? 'la-i-down' : 'la-i-right'}`;
    this.picture.className = `la-i la-i-${row.level}`;
    this.name.textContent = row.name;
    this.drawShape(row);
    this.meta.textContent = row.meta;
    this.meta.classList.toggle('la-conflict', row.conflicts > 0);
  }

  private drawShape(row: Row): void {
    if (row.quality) {
      this.shape.className = `la-q la-q-${row.quality}`;
      this.shape.setAttribute('aria-label', row.quality);
      this.shape.title = row.quality;
    }
    this.shape.hidden = row.quality === null;
  }

  mark(active: boolean, chosen: boolean): void {
    this.node.tabIndex = active ? 0 : -1;
    this.node.setAttribute('aria-selected', String(chosen));
  }

  hide(): void {
    this.shown = null;
    this.node.remove();
  }
}
