import { Words } from '../door';
import { fill, h, icon, shape } from '../dom';
import { count } from '../format';
import { Facets, QUALITIES } from '../rest';
import { values } from '../search/terms';

/** Values that a long facet shows before it is opened. */
const SHORT = 5;

export interface FacetEvents {
  toggled(name: string, value: string): void;
}

/** What the selection is made of, with counts: a second value in a facet is *or*, a second facet is *and*. */
export class FacetsView {
  readonly node: HTMLElement;
  private readonly long = new Set<string>();
  private readonly folded = new Set<string>();
  private facets: Facets | null = null;
  private q = '';
  private order: readonly string[] = [];

  constructor(
    private readonly trans: Words,
    private readonly events: FacetEvents
  ) {
    this.node = h('div', { class: 'la-facets' });
  }

  /** Only these, in this order; all of them where none is named. */
  choose(order: readonly string[]): void {
    this.order = order;
    this.again();
  }

  show(facets: Facets | null, q: string): void {
    this.facets = facets;
    this.q = q;
    const kept = (document.activeElement as HTMLElement | null)?.dataset['facet'];
    const inside = this.node.contains(document.activeElement);
    fill(this.node, ...this.wanted().map(facet => this.facet(facet)));
    if (inside && kept) {
      this.node.querySelector<HTMLElement>(`[data-facet="${CSS.escape(kept)}"]`)?.focus();
    }
  }

  private wanted(): Facets['facets'] {
    const there = (this.facets?.facets ?? []).filter(facet => facet.values.length);
    return this.order.length ? this.order.flatMap(name => there.filter(facet => facet.name === name)) : there;
  }

  private again(): void {
    this.show(this.facets, this.q);
  }

  private facet({ name, values: all }: Facets['facets'][number]): HTMLElement {
    const folded = this.folded.has(name);
    const known = ordered(name, all.filter(each => each.value !== null) as Valued[]);
    const shown = folded ? [] : this.long.has(name) ? known : known.slice(0, SHORT);
    const most = Math.max(1, ...known.map(each => each.count));
    const taken = values(this.q, name);
    const more = folded ? 0 : known.length - shown.length;
    return h(
      'fieldset',
      { class: 'la-facet' },
      h('legend', {}, this.head(name, folded)),
      ...shown.map(each => this.value(name, each, taken.includes(each.value), most)),
      more > 0 && this.more(name, more)
    );
  }

  private head(name: string, folded: boolean): HTMLElement {
    const fold = (): void => {
      toggle(this.folded, name);
      this.again();
    };
    return h(
      'button',
      { type: 'button', class: 'la-facet-head', 'aria-expanded': String(!folded), 'data-facet': name, onclick: fold },
      icon(folded ? 'right' : 'down'),
      this.trans.__(titled(name))
    );
  }

  private value(name: string, { value, count: n }: Valued, taken: boolean, most: number): HTMLElement {
    const box = h('input', { type: 'checkbox', 'data-facet': `${name}:${value}` });
    box.checked = taken;
    box.addEventListener('change', () => this.events.toggled(name, value));
    const drawn = name === 'quality' && shape(value, '');
    const label = h('label', {}, box, drawn, h('span', { class: 'la-name' }, value), h('span', { class: 'la-count' }, count(n)));
    label.style.setProperty('--p', String(Math.round((100 * n) / most)));
    return label;
  }

  private more(name: string, n: number): HTMLElement {
    const open = (): void => {
      this.long.add(name);
      this.again();
    };
    return h('button', { type: 'button', class: 'la-more', onclick: open }, this.trans.__('%1 more', count(n)));
  }
}

interface Valued {
  value: string;
  count: number;
}

/** Qualities stand in their own order, everything else as the service sorts it. */
function ordered(name: string, found: Valued[]): Valued[] {
  if (name !== 'quality') {
    return found;
  }
  return QUALITIES.map(value => found.find(each => each.value === value) ?? { value, count: 0 });
}

function titled(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1).replace(/_/g, ' ');
}

function toggle(set: Set<string>, name: string): void {
  if (!set.delete(name)) {
    set.add(name);
  }
}
