import { TranslationBundle } from '@jupyterlab/translation';
import { fill, h } from '../dom';
import { SavedSelection } from '../rest';

export interface SavedEvents {
  taken(q: string): void;
  saved(name: string): void;
  dropped(name: string): void;
}

/** Selections that were given a name: taken with a click, and the one that is shown can be saved. */
export class SavedView {
  readonly node: HTMLElement;
  private readonly list = h('ul', { class: 'la-list' });
  private readonly name: HTMLInputElement;
  private readonly form: HTMLFormElement;

  constructor(
    private readonly trans: TranslationBundle,
    private readonly events: SavedEvents
  ) {
    this.name = h('input', { class: 'la-field', 'aria-label': trans.__('Name of this selection'), placeholder: trans.__('Name') });
    this.form = h('form', { class: 'la-save' }, this.name, h('button', { class: 'la-btn' }, trans.__('Save this selection')));
    this.form.addEventListener('submit', event => {
      event.preventDefault();
      if (this.name.value.trim()) {
        this.events.saved(this.name.value.trim());
        this.name.value = '';
      }
    });
    this.node = h('div', {}, this.list, this.form);
  }

  show(found: readonly SavedSelection[], q: string): void {
    this.form.hidden = q === '';
    const none = h('li', { class: 'la-two' }, this.trans.__('Nothing saved yet. Search, then give the selection a name.'));
    fill(this.list, ...(found.length ? found.map(each => this.entry(each, q)) : [none]));
  }

  private entry({ name, q }: SavedSelection, now: string): HTMLElement {
    const drop = this.trans.__('Forget %1', name);
    return h(
      'li',
      {},
      h(
        'button',
        { type: 'button', class: 'la-entry', 'aria-pressed': String(q === now), onclick: () => this.events.taken(q) },
        h('span', { class: 'la-name' }, name),
        h('span', { class: 'la-mono la-two' }, q)
      ),
      h('button', { type: 'button', class: 'la-btn-icon', 'aria-label': drop, title: drop, onclick: () => this.events.dropped(name) }, '×')
    );
  }
}
