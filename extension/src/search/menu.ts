import { Words } from '../door';
import { fill, h } from '../dom';
import { count } from '../format';
import { Suggestions } from '../rest';

/** The completions below the search field: a listbox that the field moves in. */
export class Menu {
  readonly node: HTMLUListElement;
  private shown: Suggestions | null = null;
  /** The text that the completions are for. */
  asked = '';
  /** -1 while the arrows have not been in the list: Enter then searches. */
  at = -1;

  constructor(
    readonly id: string,
    private readonly trans: Words,
    private readonly take: (at: number) => void
  ) {
    this.node = h('ul', { class: 'la-menu', id, role: 'listbox', 'aria-label': trans.__('Completions') });
    this.node.hidden = true;
  }

  get open(): boolean {
    return !this.node.hidden;
  }

  get suggestions(): Suggestions | null {
    return this.shown;
  }

  show(found: Suggestions, asked: string, at: number): void {
    this.shown = found;
    this.asked = asked;
    this.at = -1;
    this.node.hidden = found.items.length === 0;
    const before = /\S*$/.exec(asked.slice(0, found.start))?.[0] ?? '';
    const typed = asked.slice(found.start, at);
    const items = found.items.map((item, n) => {
      const option = h('li', { role: 'option', id: `${this.id}-${n}`, 'aria-selected': 'false' });
      option.append(text(before, item.text, typed), h('span', { class: 'la-what' }));
      option.append(h('span', { class: 'la-count' }, item.count === null ? '' : count(item.count)));
      option.addEventListener('mousedown', event => {
        event.preventDefault(); // the field keeps the keyboard
        this.take(n);
      });
      return option;
    });
    items[0]?.append(h('kbd', {}, this.trans.__('Tab')));
    fill(this.node, ...items);
  }

  hide(): void {
    this.node.hidden = true;
    this.at = -1;
  }

  /** Moves by `step`; the id of the option that is now marked. */
  move(step: number): string {
    const options = [...this.node.children];
    this.at = (this.at + step + options.length + (this.at < 0 && step < 0 ? 1 : 0)) % options.length;
    options.forEach((option, n) => option.setAttribute('aria-selected', String(n === this.at)));
    options[this.at]?.scrollIntoView({ block: 'nearest' });
    return `${this.id}-${this.at}`;
  }
}

/** What is there, and what would be added; the part that was typed is marked. */
function text(before: string, added: string, typed: string): HTMLElement {
  const starts = typed !== '' && added.toLowerCase().startsWith(typed.toLowerCase());
  const cut = starts ? typed.length : 0;
  const rest = added.slice(cut);
  return h('span', { class: 'la-mono' }, before, cut > 0 && h('mark', {}, added.slice(0, cut)), before ? h('b', {}, rest) : rest);
}
