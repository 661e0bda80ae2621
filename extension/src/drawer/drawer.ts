import { fill, h } from '../dom';

/** What stands below the tree: the facets, or what a button of the panel's head puts in their place. */
export class Drawer {
  readonly node = h('section', { class: 'la-drawer', tabindex: '0' });
  private shown = '';
  private readonly buttons = new Map<string, HTMLButtonElement>();

  constructor(
    private readonly surfaces: Record<string, { label: string; node: HTMLElement }>,
    private readonly usual: string
  ) {
    this.show(usual);
  }

  /** The button that brings `name`, and the usual surface back. */
  button(name: string, picture: HTMLElement): HTMLButtonElement {
    const label = this.surfaces[name]?.label ?? name;
    const button = h('button', { type: 'button', class: 'la-btn-icon', 'aria-label': label, title: label, 'aria-pressed': 'false' }, picture);
    button.addEventListener('click', () => this.toggle(name));
    this.buttons.set(name, button);
    return button;
  }

  toggle(name: string): void {
    this.show(this.shown === name ? this.usual : name);
  }

  private show(name: string): void {
    this.shown = name;
    const surface = this.surfaces[name];
    this.node.setAttribute('aria-label', surface?.label ?? name);
    fill(this.node, name !== this.usual && h('h3', {}, surface?.label ?? name), surface?.node);
    this.buttons.forEach((button, each) => button.setAttribute('aria-pressed', String(each === name)));
  }
}
