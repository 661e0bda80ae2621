/** The frame of the service's own pages: whose page it is, of which project, the way to the others, and the surface below. */
import { seg } from '../door';
import { fill, h } from '../dom';
import { engineAt } from '../viewer/engine';

/** What the service writes into the page. */
export interface Told {
  readonly api: string;
  readonly home: string;
  readonly project: string;
  readonly who: string;
  readonly proof: string;
  /** Where the renderer of volumes is. */
  readonly engine: string;
}

interface Parts {
  readonly surface: string;
  readonly told: Told;
  /** What stands in the bar, between the pages and the person. */
  readonly middle: readonly HTMLElement[];
  readonly node: HTMLElement;
}

const PAGES = { queue: 'Queue', lightbox: 'Lightbox', outliers: 'Outliers', completeness: 'Completeness', drift: 'Scanner drift', raters: 'Raters', forms: 'Forms' } as const;
const HEADINGS: Record<string, string> = { ...PAGES, viewer: 'Viewer' };

/** Read once, and taken out of the page. */
export function told(): Told {
  const element = document.getElementById('told')!;
  const words = JSON.parse(element.textContent ?? '{}') as Told;
  element.remove();
  engineAt(words.engine);
  return words;
}

export function frame({ surface, told, middle, node }: Parts): void {
  followTheme();
  const place = document.getElementById('surface')!;
  const links = Object.entries(PAGES).map(([name, label]) =>
    h('a', { href: `${told.home}projects/${seg(told.project)}/${name}`, 'aria-current': name === surface && 'page' }, label)
  );
  const top = h(
    'header',
    { class: 'la-top' },
    h('a', { class: 'la-logo', href: told.home, title: 'The archive' }, 'labarchive'),
    h('span', { class: 'la-mono' }, told.project),
    h('h1', { class: 'la-sr' }, `Quality control: ${HEADINGS[surface] ?? ''}`),
    h('nav', { 'aria-label': 'Quality control' }, ...links),
    ...middle,
    h('span', { class: 'la-av', role: 'img', 'aria-label': `Signed in as ${told.who}`, title: told.who }, told.who.slice(0, 2).toUpperCase())
  );
  place.className = 'la-app la-panel';
  fill(place, top, node);
}

/** Light or dark, as the person's system has it. */
function followTheme(): void {
  const dark = window.matchMedia('(prefers-color-scheme: dark)');
  const tell = (): void => {
    document.body.dataset['jpThemeLight'] = String(!dark.matches);
  };
  dark.addEventListener('change', tell);
  tell();
}
