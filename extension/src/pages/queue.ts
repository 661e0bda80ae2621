/** The rating queue as a page of the service: no kernel, no Lab. */
import { pageDoor, plain, seg } from '../door';
import { fill, h } from '../dom';
import { QueueView } from '../queue/view';
import { Facets } from '../rest';
import { frame, told } from './frame';

const words = told();
const door = pageDoor(words.api, words.proof);
const view = new QueueView({ door, project: words.project, who: words.who, trans: plain, signIn: `${words.home}login` });
const wrong = h('span', { class: 'la-bad-word', role: 'alert' });
const text = h('input', { class: 'la-field la-find', type: 'search', 'aria-label': 'Which scans', placeholder: 'Which scans: session:baseline model:Prisma', autocomplete: 'off', spellcheck: 'false' });
const kinds = h('select', { class: 'la-field', 'aria-label': 'Kind' }, h('option', { value: '' }, 'All kinds'));
const others = h('input', { type: 'checkbox' });

async function find(): Promise<void> {
  const kind = kinds.value && `kind:${/[ ,"]/.test(kinds.value) ? JSON.stringify(kinds.value) : kinds.value}`;
  const q = [kind, text.value.trim()].filter(Boolean).join(' ');
  fill(wrong, await view.find(q, others.checked));
}

async function offerKinds(): Promise<void> {
  const { facets } = (await (await door(`projects/${seg(words.project)}/facets`)).json()) as Facets;
  const values = facets.find(facet => facet.name === 'kind')?.values ?? [];
  kinds.append(...values.map(({ value, count }) => h('option', { value }, `${value} (${count})`)));
  const kind = /^kind:(\S+)$/.exec(begun);
  if (kind && values.some(each => each.value === kind[1])) {
    kinds.value = kind[1]!;
    text.value = '';
  }
}

const begun = new URLSearchParams(location.search).get('q') ?? '';
text.value = begun;
kinds.addEventListener('change', () => void find());
others.addEventListener('change', () => void find());
const asking = h(
  'form',
  { class: 'la-line la-asking', role: 'search', onsubmit: (event: Event) => {
    event.preventDefault();
    void find();
  } },
  kinds,
  text,
  h('label', { class: 'la-line la-two' }, others, 'rated by others too')
);
const keys = h('button', { type: 'button', class: 'la-btn-icon', 'aria-label': 'Keys', onclick: () => view.keys() }, h('kbd', {}, '?'));
frame({ surface: 'queue', told: words, middle: [asking, wrong, view.toast, keys], node: view.node });
view.node.addEventListener('la-search', () => text.focus());
text.addEventListener('keydown', event => event.key === 'Escape' && view.focus());
document.addEventListener('keydown', event => event.target === document.body && view.onKey(event));
window.addEventListener('pagehide', () => view.dispose());
window.addEventListener('beforeunload', event => view.unsaved && event.preventDefault());
void offerKinds().catch(() => undefined);
void view.start(begun).then(bad => fill(wrong, bad));
