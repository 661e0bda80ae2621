/** Sections of which one is seen, as ARIA describes tabs. */
import { fill, h } from '../dom';

export interface Tab {
  readonly name: string;
  readonly label: string;
  readonly node: HTMLElement;
}

export class Tabs {
  readonly node = h('div', { class: 'la-tabbed' });
  private readonly list: HTMLElement;
  private readonly body = h('div', { class: 'la-tab-body', role: 'tabpanel', tabindex: '0' });
  private tabs: readonly Tab[] = [];
  private shown = '';

  constructor(
    label: string,
    private readonly turned: (name: string) => void
  ) {
    this.list = h('div', { class: 'la-tabs', role: 'tablist', 'aria-label': label, onkeydown: (event: KeyboardEvent) => this.key(event) });
    this.node.append(this.list, this.body);
  }

  /** The one that is seen stays, where it is still among them; buttons stay what they are: a click may be under way on one. */
  show(tabs: readonly Tab[]): void {
    const focused = this.list.contains(document.activeElement);
    if (tabs.length !== this.tabs.length || tabs.some((tab, n) => tab.name !== this.tabs[n]?.name)) {
      fill(this.list, ...tabs.map(tab => this.button(tab)));
    }
    this.tabs = tabs;
    const one = tabs.find(tab => tab.name === this.shown) ?? tabs[0];
    tabs.forEach((tab, n) => this.say(this.list.children[n] as HTMLElement, tab.label, tab === one));
    if (one && this.body.firstElementChild !== one.node) {
      fill(this.body, one.node);
    }
    this.body.setAttribute('aria-label', one?.label ?? '');
    if (focused) {
      this.list.querySelector<HTMLElement>('[aria-selected=true]')?.focus();
    }
  }

  turn(name: string): void {
    this.shown = name;
    this.show(this.tabs);
    this.turned(name);
  }

  private button({ name }: Tab): HTMLElement {
    return h('button', { type: 'button', role: 'tab', 'data-name': name, onclick: () => this.turn(name) });
  }

  private say(button: HTMLElement, label: string, here: boolean): void {
    button.textContent = label;
    button.setAttribute('aria-selected', String(here));
    button.tabIndex = here ? 0 : -1;
  }

  private key(event: KeyboardEvent): void {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (step) {
      const at = Math.max(0, this.tabs.findIndex(tab => tab.name === this.shown));
      this.turn(this.tabs[(at + step + this.tabs.length) % this.tabs.length]?.name ?? '');
      event.preventDefault();
    }
  }
}
