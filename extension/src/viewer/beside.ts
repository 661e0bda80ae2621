/** Images side by side that are looked at in one place: visits of a subject, subjects of a study. */
import { fill, h } from '../dom';
import { sentence, Words } from '../door';
import { showKeymap } from '../keymap';
import { differencesView } from './header';
import { Act, asked, MAP } from './keys';
import { PLANE_NAMES, PlaneName } from './planes';
import { Sight } from './sight';
import { ImageView, Shown } from './view';

/** Which planes each image shows, in the order in which one goes through them. */
const VIEWS: readonly (readonly PlaneName[])[] = [['axial'], ['coronal'], ['sagittal'], PLANE_NAMES];
export class BesideView {
  readonly node: HTMLElement;
  private readonly views: ImageView[];
  private readonly columns: HTMLElement[];
  private readonly below = h('div', { class: 'la-beside-header' });
  private readonly linking: HTMLElement;
  private readonly flickering: HTMLElement;
  private readonly all: HTMLElement;
  private readonly telling: HTMLElement | false;
  private sight: Sight | null = null;
  private linked = true;
  private view = 0;
  /** The image that is seen alone; -1 for all. */
  private alone = -1;

  constructor(
    private readonly shown: readonly Shown[],
    private readonly trans: Words,
    private readonly letters = true
  ) {
    this.views = shown.map(each => new ImageView(each, trans, { header: false, letters, bare: true, planes: VIEWS[0]! }));
    this.views.forEach(view => {
      view.appeared = () => this.join(view);
      view.windowed = (width, level) => this.linked && this.views.forEach(other => other !== view && other.window(width, level));
    });
    this.columns = this.views.map((view, n) => h('section', { class: 'la-beside-one', 'aria-label': shown[n]!.name }, h('h3', { class: 'la-mono la-cut' }, shown[n]!.name), view.node));
    const button = (label: string, key: string, act: () => void): HTMLElement => h('button', { type: 'button', class: 'la-btn', onclick: act }, trans.__(label), key && (letters || key.length > 1) && h('kbd', { 'aria-hidden': 'true' }, key));
    this.linking = button('Linked', 'L', () => this.act('link'));
    this.flickering = button('Flicker', 'F', () => this.act('flicker'));
    this.all = button('Side by side', 'Esc', () => this.show(-1));
    this.telling = shown.length === 2 && button('What the headers say differently', '', () => void this.tell());
    const tools = h(
      'div',
      { class: 'la-tools', role: 'toolbar', 'aria-label': trans.__('Tools') },
      this.linking,
      this.flickering,
      this.all,
      button('Other plane', 'A', () => this.act('large')),
      button('Fit', '0', () => this.act('fit')),
      this.telling,
      h('button', { type: 'button', class: 'la-btn-icon la-end', 'aria-label': trans.__('Keys'), onclick: () => this.act('keys') }, h('kbd', {}, '?'))
    );
    this.node = h('div', { class: 'la-beside la-room' }, tools, h('div', { class: 'la-beside-all' }, ...this.columns), this.below);
    this.node.addEventListener('keydown', event => this.onKey(event), { capture: true });
    this.say();
  }

  dispose(): void {
    this.views.forEach(view => view.dispose());
  }

  focus(): void {
    this.views[Math.max(0, this.alone)]?.focus();
  }

  /** The first that is there says where all look. */
  private join(view: ImageView): void {
    if (!this.sight) {
      this.sight = view.sight;
    } else if (this.linked) {
      view.look(this.sight);
    }
  }

  private onKey(event: KeyboardEvent): void {
    if (event.key === 'Escape' && this.alone >= 0) {
      this.show(-1);
      event.stopPropagation();
      return;
    }
    const act = (event.target as Element).closest('dialog') ? null : asked(event, this.letters);
    const taken = typeof act === 'number' ? this.views.map(view => view.preset(act)).some(Boolean) : act !== null && act !== 'cine' && act !== 'over' && this.act(act);
    if (taken) {
      event.preventDefault();
      event.stopPropagation();
    }
  }

  private act(name: Act): boolean {
    const acts: Partial<Record<Act, () => void>> = {
      link: () => this.link(),
      flicker: () => this.show((this.alone + 1) % this.views.length),
      large: () => {
        this.view = (this.view + 1) % VIEWS.length;
        this.views.forEach(view => view.seen(VIEWS[this.view]!));
        this.focus();
      },
      keys: () => showKeymap(this.node, MAP, this.trans, () => this.focus())
    };
    const act = acts[name] ?? (() => this.views.forEach(view => view.act(name)));
    act();
    return true;
  }

  private link(): void {
    this.linked = !this.linked;
    this.views.forEach(view => {
      if (this.linked && this.sight) {
        view.look(this.sight);
      } else if (view.sight) {
        const own = new Sight(view.sight.cursor);
        own.enlarge(view.sight.zoom, view.sight.middle);
        view.look(own);
      }
    });
    this.sight = this.linked ? this.sight : (this.views[0]?.sight ?? null);
    this.say();
    this.focus();
  }

  /** One in the place of the other, or all of them again. */
  private show(alone: number): void {
    this.alone = alone;
    this.columns.forEach((column, n) => (column.hidden = alone >= 0 && n !== alone));
    this.say();
    this.focus();
  }

  private async tell(): Promise<void> {
    const { trans, shown, views, below } = this;
    if (below.childElementCount) {
      fill(below);
      this.say();
      return;
    }
    try {
      const [one, other] = await Promise.all([views[0]!.rows(), views[1]!.rows()]);
      fill(below, differencesView([shown[0]!.name, shown[1]!.name], [one, other], trans));
    } catch (error) {
      fill(below, h('p', { class: 'la-pad', role: 'alert' }, sentence(error, trans)));
    }
    this.say();
  }

  private say(): void {
    this.linking.setAttribute('aria-pressed', String(this.linked));
    this.flickering.setAttribute('aria-pressed', String(this.alone >= 0));
    this.all.hidden = this.alone < 0;
    this.telling && this.telling.setAttribute('aria-pressed', String(this.below.childElementCount > 0));
  }
}
