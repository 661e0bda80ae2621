/** A dashboard: a bar with the project and the way to the others, and a surface below; the same in Voila and in a cell. */
import { Door, sentence, Words } from '../door';
import { fill, h } from '../dom';
import { FormsView } from '../forms/view';
import { LightboxView } from '../lightbox/view';
import { OutliersView } from '../outliers/view';
import { QueueAsking } from '../queue/asking';
import { QueueView } from '../queue/view';
import { Service } from '../service';
import { CompletenessView } from '../study/completeness';
import { DriftView } from '../study/drift';
import { Host } from '../study/host';
import { RatersView } from '../study/raters';
import { viewOf } from '../viewer/named';

/** Dashboards, and the surfaces of each. */
export const DASHBOARDS = {
  'quality-control': { title: 'Quality control', surfaces: ['queue', 'lightbox', 'outliers'] },
  completeness: { title: 'Completeness', surfaces: ['completeness'] },
  'scanner-drift': { title: 'Scanner drift', surfaces: ['drift'] },
  raters: { title: 'Raters', surfaces: ['raters'] },
  forms: { title: 'Forms', surfaces: ['forms'] }
} as const;
export type Dashboard = keyof typeof DASHBOARDS;
type SurfaceName = (typeof DASHBOARDS)[Dashboard]['surfaces'][number];
const NAMES: Record<SurfaceName, string> = { queue: 'Queue', lightbox: 'Lightbox', outliers: 'Outliers', completeness: 'Completeness', drift: 'Scanner drift', raters: 'Raters', forms: 'Forms' };

interface Shown {
  readonly node: HTMLElement;
  /** What stands in the bar. */
  readonly middle: readonly HTMLElement[];
  start(): Promise<unknown>;
  dispose(): void;
  onKey?(event: KeyboardEvent): void;
  readonly unsaved?: boolean;
}

export interface Asked {
  readonly door: Door;
  readonly dashboard: Dashboard;
  /** The first of one's projects where it is empty. */
  readonly project: string;
  readonly trans: Words;
  /** The addresses of the other dashboards of a project, where they have any. */
  readonly ways?: (project: string) => readonly { readonly title: string; readonly href: string; readonly here: boolean }[];
  /** Told when it shows a project. */
  readonly moved?: () => void;
}

export class Board {
  readonly node = h('div', { class: 'la-app la-panel la-surface la-board' });
  private readonly service: Service;
  private readonly middle = h('span', { class: 'la-board-middle' });
  private readonly tabs = h('nav', {});
  private readonly place = h('div', { class: 'la-board-place' });
  private readonly projects = h('select', { class: 'la-field' });
  private who = '';
  private surface: SurfaceName;
  private shown: Shown | null = null;
  private closeVolume: (() => void) | null = null;

  constructor(private readonly asked: Asked) {
    const { door, trans } = asked;
    this.service = new Service(door);
    this.surface = DASHBOARDS[asked.dashboard].surfaces[0];
    this.projects.setAttribute('aria-label', trans.__('Project'));
    this.projects.addEventListener('change', () => this.show());
    this.node.addEventListener('keydown', event => event.stopPropagation()); // Lab's own keys are for cells
  }

  dispose(): void {
    this.closeVolume?.();
    this.shown?.dispose();
  }

  /** The project that is shown; empty until that is known. */
  get project(): string {
    return this.projects.value || this.asked.project;
  }

  /** The keyboard goes to what is in it. */
  focus(): void {
    if (!this.node.contains(document.activeElement)) {
      (this.place.querySelector<HTMLElement>('[tabindex="0"]') ?? this.projects).focus();
    }
  }

  get unsaved(): boolean {
    return this.shown?.unsaved ?? false;
  }

  /** A key that nobody in the surface had. */
  onKey(event: KeyboardEvent): void {
    if (!this.closeVolume) {
      this.shown?.onKey?.(event);
    }
  }

  /** Raises nothing: what goes wrong stands in the place of the surface. */
  async start(): Promise<void> {
    const { door, trans, project } = this.asked;
    try {
      const [hello, mine] = await Promise.all([door('hello'), door('projects')]);
      this.who = ((await hello.json()) as { who: string }).who;
      const names = ((await mine.json()) as { items: { project: string }[] }).items.map(each => each.project);
      fill(this.projects, ...names.map(name => h('option', { value: name }, name)));
      if (!names.length) {
        this.instead(trans.__('No project is open to you'), trans.__('Ask an owner to add you; it works at once, no new sign-in.'));
      } else if (project && !names.includes(project)) {
        this.instead(trans.__('There is no project %1 for you', project), trans.__('It may not exist, or it is not open to you: the answer is the same.'));
      } else {
        this.projects.value = project || names[0]!;
        this.frame();
        this.show();
      }
    } catch (error) {
      this.instead(trans.__('The archive cannot be read'), sentence(error, trans));
    }
  }

  private instead(title: string, words: string): void {
    fill(this.node, h('span', {}), h('div', { class: 'la-instead', role: 'alert' }, h('b', {}, title), h('p', {}, words)));
  }

  private frame(): void {
    const { trans, dashboard, ways } = this.asked;
    const links = ways?.(this.projects.value).map(way => h('a', { href: way.href, 'aria-current': way.here && 'page' }, trans.__(way.title))) ?? [];
    const others = links.length > 0 && h('nav', { 'aria-label': trans.__('Dashboards') }, ...links);
    this.tabs.setAttribute('aria-label', trans.__(DASHBOARDS[dashboard].title));
    const face = h('span', { class: 'la-av', role: 'img', 'aria-label': trans.__('Signed in as %1', this.who), title: this.who }, this.who.slice(0, 2).toUpperCase());
    fill(this.node, h(ways ? 'header' : 'div', { class: 'la-top' }, h('b', { class: 'la-logo' }, 'labarchive'), this.projects, h('h1', { class: 'la-sr' }, trans.__(DASHBOARDS[dashboard].title)), others, this.tabs, this.middle, face), this.place);
  }

  private show(surface: SurfaceName = this.surface): void {
    const { trans, dashboard } = this.asked;
    this.dispose();
    this.surface = surface;
    const { surfaces } = DASHBOARDS[dashboard];
    fill(this.tabs, ...(surfaces.length > 1 ? surfaces.map(each => h('button', { type: 'button', 'aria-current': each === surface && 'page', onclick: () => this.show(each) }, trans.__(NAMES[each]))) : []));
    this.asked.moved?.();
    this.shown = this.made(surface);
    fill(this.middle, ...this.shown.middle);
    fill(this.place, this.shown.node);
    void this.shown.start();
  }

  private made(surface: SurfaceName): Shown {
    const { door, trans } = this.asked;
    const host: Host = { door, trans, project: this.projects.value, open: ids => void this.open(ids) };
    switch (surface) {
      case 'queue': {
        const view = new QueueView({ ...host, who: this.who, signIn: location.href });
        const asking = new QueueAsking(door, host.project, view, trans);
        return { node: view.node, middle: asking.parts, start: () => asking.start(''), dispose: () => view.dispose(), onKey: event => view.onKey(event), get unsaved() { return view.unsaved; } };
      }
      case 'lightbox': {
        const view = new LightboxView(host);
        return { node: view.node, middle: [view.toast], start: () => view.start(''), dispose: () => view.dispose(), onKey: event => view.onKey(event) };
      }
      case 'forms': {
        const view = new FormsView(host);
        return { node: view.node, middle: [], start: () => view.start(), dispose: () => view.dispose(), get unsaved() { return view.unsaved; } };
      }
      default: {
        const views = { outliers: OutliersView, completeness: CompletenessView, drift: DriftView, raters: RatersView };
        const view = new views[surface](host);
        return { node: view.node, middle: [], start: () => view.start(), dispose: () => view.dispose() };
      }
    }
  }

  /** Volumes in the place of the surface, which waits below; Esc or the button brings it back. */
  private async open(ids: readonly string[]): Promise<void> {
    const { trans } = this.asked;
    const below = this.shown?.node;
    if (!below || this.closeVolume) {
      return;
    }
    const focused = document.activeElement;
    const room = h('div', { class: 'la-board-volume' }, h('div', { class: 'la-instead la-room' }, h('p', { role: 'status' }, trans.__('Loading'))));
    let view: { dispose(): void } | null = null;
    const back = (): void => {
      view?.dispose();
      this.closeVolume = null;
      room.replaceWith(below);
      if (focused instanceof HTMLElement) {
        focused.focus();
      }
    };
    this.closeVolume = back;
    const button = h('button', { type: 'button', class: 'la-btn la-board-back', onclick: back }, trans.__('Back'), h('kbd', {}, 'Esc'));
    room.prepend(h('div', { class: 'la-line' }, button));
    room.addEventListener('keydown', event => event.key === 'Escape' && !event.defaultPrevented && back());
    below.replaceWith(room);
    button.focus();
    try {
      const made = await viewOf(this.service, this.projects.value, ids, [], trans);
      if (made && this.closeVolume === back) {
        view = made;
        room.lastElementChild?.replaceWith(made.node);
        made.focus();
      }
    } catch (error) {
      room.lastElementChild?.replaceWith(h('div', { class: 'la-instead la-room', role: 'alert' }, h('b', {}, trans.__('This cannot be shown')), h('p', {}, sentence(error, trans))));
    }
  }
}
