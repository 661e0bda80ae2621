import { TranslationBundle } from '@jupyterlab/translation';
import { fill, h } from '../dom';
import { ICodeLog } from '../tokens';

export interface CodeEvents {
  inserted(code: string): void;
  notebook(): void;
}

/** What was done here as the cells that stand for it, newest first. */
export class CodeView {
  readonly node: HTMLElement;
  private readonly list = h('ol', { class: 'la-list' });
  private readonly button: HTMLButtonElement;

  constructor(
    private readonly trans: TranslationBundle,
    private readonly events: CodeEvents
  ) {
    this.button = h('button', { type: 'button', class: 'la-btn', onclick: () => events.notebook() }, trans.__('Make a notebook of it'));
    this.node = h('div', {}, this.list, this.button);
  }

  show(entries: ICodeLog['entries']): void {
    this.button.hidden = entries.length === 0;
    const none = h('li', { class: 'la-two' }, this.trans.__('Nothing done yet. Every search and every insert is noted here as code.'));
    fill(this.list, ...(entries.length ? [...entries].reverse().map(each => this.entry(each)) : [none]));
  }

  private entry({ what, code }: ICodeLog['entries'][number]): HTMLElement {
    const label = this.trans.__('Insert the code of: %1', what);
    return h(
      'li',
      {},
      h(
        'button',
        { type: 'button', class: 'la-entry', title: label, 'aria-label': label, onclick: () => this.events.inserted(code) },
        h('span', { class: 'la-two' }, what),
        h('code', {}, code)
      )
    );
  }
}
