/** Which scans the queue is of: a kind, words, and whether those that others have rated belong to it. */
import { Door, seg, Words } from '../door';
import { fill, h } from '../dom';
import { Facets } from '../rest';
import { QueueView } from './view';

export class QueueAsking {
  /** What stands in the bar above the queue. */
  readonly parts: readonly HTMLElement[];
  private readonly wrong = h('span', { class: 'la-bad-word', role: 'alert' });
  private readonly text = h('input', { class: 'la-field la-find', type: 'search', autocomplete: 'off', spellcheck: 'false' });
  private readonly kinds = h('select', { class: 'la-field' });
  private readonly others = h('input', { type: 'checkbox' });

  constructor(
    private readonly door: Door,
    private readonly project: string,
    private readonly view: QueueView,
    trans: Words
  ) {
    const { text, kinds, others } = this;
    text.setAttribute('aria-label', trans.__('Which scans'));
    text.placeholder = trans.__('Which scans: session:baseline model:Prisma');
    kinds.setAttribute('aria-label', trans.__('Kind'));
    kinds.append(h('option', { value: '' }, trans.__('All kinds')));
    kinds.addEventListener('change', () => void this.find());
    others.addEventListener('change', () => void this.find());
    text.addEventListener('keydown', event => event.key === 'Escape' && view.focus());
    view.node.addEventListener('la-search', () => text.focus());
    const asking = h('form', { class: 'la-line la-asking', role: 'search' }, kinds, text, h('label', { class: 'la-line la-two' }, others, trans.__('rated by others too')));
    asking.addEventListener('submit', event => {
      event.preventDefault();
      void this.find();
    });
    const keys = h('button', { type: 'button', class: 'la-btn-icon', 'aria-label': trans.__('Keys'), onclick: () => view.keys() }, h('kbd', {}, '?'));
    this.parts = [asking, this.wrong, view.toast, keys];
  }

  /** Begin with the scans of a search. */
  async start(q: string): Promise<void> {
    this.text.value = q;
    void this.offerKinds(q).catch(() => undefined);
    fill(this.wrong, await this.view.start(q));
  }

  private async find(): Promise<void> {
    const { value } = this.kinds;
    const kind = value && `kind:${/[ ,"]/.test(value) ? JSON.stringify(value) : value}`;
    const q = [kind, this.text.value.trim()].filter(Boolean).join(' ');
    fill(this.wrong, await this.view.find(q, this.others.checked));
  }

  private async offerKinds(q: string): Promise<void> {
    const { facets } = (await (await this.door(`projects/${seg(this.project)}/facets`)).json()) as Facets;
    const values = facets.find(facet => facet.name === 'kind')?.values ?? [];
    this.kinds.append(...values.map(({ value, count }) => h('option', { value }, `${value} (${count})`)));
    const kind = /^kind:(\S+)$/.exec(q);
    if (kind && values.some(each => each.value === kind[1])) {
      this.kinds.value = kind[1]!;
      this.text.value = '';
    }
  }
}
