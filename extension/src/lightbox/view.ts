/** The lightbox: a hundred scans on a screen, narrowed by facets and search, judged together. */
import { Door, Problem, sentence, Words } from '../door';
import { fill, h, shape } from '../dom';
import { FacetsView } from '../drawer/facets';
import { open } from '../forms/answers';
import { count } from '../format';
import { JudgingArchive } from '../judging/archive';
import { MOST } from '../viewer/sight';
import { Pictures } from '../judging/pictures';
import { Form, QUALITIES } from '../rest';
import { SearchField } from '../search/field';
import { toggled } from '../search/terms';
import { Grid } from './grid';
import { ORDERS, Scans, Shown } from './scans';

const SIZES = { S: 72, M: 112, L: 176 } as const;
const FACETS = ['kind', 'quality', 'session', 'model', 'manufacturer', 'modality', 'tags'];
/** Milliseconds for which a word stays. */
const SAID = 10_000;

export interface Host {
  readonly door: Door;
  readonly project: string;
  readonly trans: Words;
  /** Have these scans' volumes looked at; several side by side. */
  open(ids: readonly string[]): void;
}

export class LightboxView {
  readonly node = h('div', { class: 'la-lb' });
  readonly toast = h('div', { class: 'la-toast-line', role: 'status' });
  private readonly archive: JudgingArchive;
  private readonly thumbs: Pictures;
  private readonly scans = new Scans();
  private readonly field: SearchField;
  private readonly facets: FacetsView;
  private readonly grid: Grid;
  private readonly bulk = h('div', { class: 'la-bulk', role: 'toolbar' });
  private readonly total = h('span', { class: 'la-two', role: 'status' });
  private readonly empty = h('div', { class: 'la-instead la-room', hidden: true });
  private readonly reason = h('select', { class: 'la-field' });
  private form: Form | null = null;
  private mayRate = false;
  private asking = new AbortController();
  private said = 0;
  private last: number[] = [];

  constructor(private readonly host: Host) {
    const { trans } = host;
    this.archive = new JudgingArchive(host.door, host.project);
    this.thumbs = new Pictures((id, signal) => this.archive.service.picture('thumbnail.webp', this.archive.project, id, signal), 4, () => this.grid.soon());
    this.field = new SearchField(trans, {
      changed: q => void this.find(q),
      suggest: (q, at) => this.archive.service.suggest(this.archive.project, q, at, new AbortController().signal).catch(() => null),
      left: () => this.grid.focus()
    });
    this.facets = new FacetsView(trans, { toggled: (name, value) => this.narrow(toggled(this.field.q, name, value)) });
    this.facets.choose(FACETS);
    this.grid = new Grid(
      this.thumbs,
      {
        moved: (to, range) => this.move(to, range),
        toggled: at => {
          this.scans.toggle(at);
          this.chosen();
        },
        peeked: at => this.peek(at)
      },
      trans
    );
    this.build();
  }

  async start(q: string): Promise<void> {
    this.field.q = q;
    try {
      this.form = await this.archive.form();
    } catch {
      this.form = null; // one can look without
    }
    const reason = this.form?.items.find(item => item.name === 'reason');
    this.reason.append(h('option', { value: '' }, this.host.trans.__('Why?')), ...(reason?.choices ?? []).map(choice => h('option', { value: choice.code }, choice.label)));
    await this.find(q);
    this.grid.focus();
  }

  dispose(): void {
    this.asking.abort();
    this.thumbs.dispose();
    window.clearTimeout(this.said);
  }

  focusSearch(): void {
    this.field.focus();
  }

  private build(): void {
    const { trans } = this.host;
    const orders = h('select', { class: 'la-field', 'aria-label': trans.__('Sort') }, ...Object.keys(ORDERS).map(name => h('option', {}, trans.__(name))));
    orders.addEventListener('change', () => {
      this.scans.sort(Object.keys(ORDERS)[orders.selectedIndex]!);
      this.grid.show(this.scans);
    });
    const sizes = Object.keys(SIZES).map(name => h('button', { type: 'button', class: 'la-seg-btn', 'aria-pressed': String(name === 'S'), onclick: () => this.resize(name as keyof typeof SIZES) }, name));
    this.sizes = sizes;
    this.reason.setAttribute('aria-label', trans.__('Reason'));
    const head = h('div', { class: 'la-line la-lb-head' }, this.field.node, this.total, orders, h('span', { class: 'la-seg', role: 'group', 'aria-label': trans.__('Size') }, ...sizes));
    const middle = h('section', { class: 'la-lb-middle', 'aria-label': trans.__('Lightbox') }, head, h('div', { class: 'la-lb-room' }, this.grid.node, this.empty), this.bulk);
    fill(this.node, h('aside', { class: 'la-lb-facets', tabindex: 0, 'aria-label': trans.__('Facets') }, this.facets.node), middle);
    this.node.addEventListener('keydown', event => this.onKey(event));
  }

  private sizes: HTMLElement[] = [];

  private resize(name: keyof typeof SIZES): void {
    this.sizes.forEach(button => button.setAttribute('aria-pressed', String(button.textContent === name)));
    this.grid.size = SIZES[name];
    this.grid.show(this.scans);
    this.grid.reveal();
  }

  private narrow(q: string): void {
    this.field.q = q;
    void this.find(q);
  }

  private async find(q: string): Promise<void> {
    const { trans } = this.host;
    this.asking.abort();
    this.asking = new AbortController();
    const { signal } = this.asking;
    try {
      const [told, facets] = await Promise.all([this.archive.lightbox(q, signal), this.archive.service.facets(this.archive.project, q, signal)]);
      if (signal.aborted) {
        return;
      }
      this.mayRate = told.may_rate;
      this.field.say(told.wrong);
      this.scans.take(told);
      this.facets.show(facets, q);
      fill(this.total, trans.__('%1 scans', count(told.total)));
      this.instead(told.total ? [] : [h('b', {}, q ? trans.__('No scan fits') : trans.__('Nothing is indexed yet')), q ? h('button', { type: 'button', class: 'la-btn', onclick: () => this.narrow('') }, trans.__('Show all')) : h('p', {}, trans.__('labarchive index FOLDER on the archive’s machine'))]);
      this.grid.show(this.scans);
      this.chosen();
    } catch (error) {
      if (!signal.aborted) {
        const again = h('button', { type: 'button', class: 'la-btn', onclick: () => void this.find(q) }, trans.__('Try again'));
        this.instead([h('b', {}, trans.__('The scans could not be had')), h('p', { role: 'alert' }, sentence(error, trans)), again]);
      }
    }
  }

  private instead(words: Node[]): void {
    this.empty.hidden = !words.length;
    this.grid.node.hidden = Boolean(words.length);
    fill(this.empty, ...words);
  }

  private move(to: number, range: boolean): void {
    this.scans.move(to, range);
    this.grid.reveal();
    this.chosen();
  }

  /** What is chosen has changed. */
  private chosen(): void {
    const { trans } = this.host;
    this.grid.soon();
    const n = this.scans.chosen.size;
    this.bulk.classList.toggle('la-some', n > 0);
    const button = (label: string, key: string, act: () => void, sign: Node | null = null): HTMLElement => h('button', { type: 'button', class: 'la-btn', onclick: act }, sign, label, h('kbd', {}, key));
    const rating = QUALITIES.slice(0, 3).map((quality, at) => button(trans.__(quality), String(at + 1), () => this.rate(quality), shape(quality, '')));
    fill(
      this.bulk,
      h('b', {}, n ? trans.__('%1 selected', count(n)) : trans.__('None selected')),
      h('span', { class: 'la-two' }, n ? this.scans.made : trans.__('X or a click selects; Shift and arrows a range')),
      ...(this.mayRate && n ? [...rating, this.reason] : []),
      h('span', { class: 'la-end la-line' }, button(trans.__('Peek'), '␣', () => this.peek(this.scans.at)), button(n > 1 ? trans.__('Side by side') : trans.__('Volume'), '⏎', () => this.open()), n ? button(trans.__('Clear'), 'Esc', () => this.clear()) : button(trans.__('All'), 'Ctrl A', () => this.all()))
    );
  }

  private clear(): void {
    this.scans.chosen.clear();
    this.chosen();
    this.grid.focus();
  }

  private all(): void {
    this.scans.chooseAll();
    this.chosen();
    this.grid.focus();
  }

  /** Say it of all that are selected, in one saying each and one undo for all. */
  private rate(quality: string): void {
    const { trans } = this.host;
    const { form } = this;
    const meant = this.scans.meant;
    if (!form || !this.mayRate || !meant.length) {
      return;
    }
    const answers = { quality, ...(quality !== 'usable' && this.reason.value && { reason: [this.reason.value] }) };
    const [missing] = open(form, answers);
    if (missing) {
      this.say(trans.__('%1 is asked for', missing.label.replace(/\?$/, '')), '', () => undefined);
      this.reason.focus();
      return;
    }
    this.grid.focus();
    void this.send(quality, answers, meant);
  }

  private async send(quality: string, answers: Record<string, string | string[]>, meant: Shown[]): Promise<void> {
    const { trans } = this.host;
    const before = meant.map(each => each.quality);
    this.say(trans.__('%1 scans: being said', count(meant.length)));
    const key = crypto.randomUUID();
    try {
      this.last = await this.patient(() => this.archive.rate(meant.map(each => each.id), answers, key));
      meant.forEach(each => (each.quality = quality));
      this.scans.chosen.clear();
      this.grid.show(this.scans);
      this.chosen();
      this.say(trans.__('%1 scans are %2 now', count(meant.length), quality), trans.__('Undo'), () => void this.undo(meant, before));
      void this.find(this.field.q);
    } catch (error) {
      this.say(trans.__('Nothing was saved: %1', sentence(error, trans)), trans.__('Again'), () => void this.send(quality, answers, meant));
    }
  }

  private async undo(meant: Shown[], before: string[]): Promise<void> {
    const { trans } = this.host;
    const numbers = this.last;
    this.last = [];
    if (!numbers.length) {
      return;
    }
    const key = crypto.randomUUID();
    try {
      await this.patient(() => this.archive.undo(numbers, key));
      meant.forEach((each, n) => (each.quality = before[n]!));
      this.say(trans.__('%1 scans: taken back', count(meant.length)));
      void this.find(this.field.q);
    } catch (error) {
      this.say(trans.__('It was not taken back: %1', sentence(error, trans)));
    }
  }

  /** Once more, a moment later, where nobody answered: under the same key it is said once. */
  private async patient<T>(act: () => Promise<T>): Promise<T> {
    try {
      return await act();
    } catch (error) {
      if (!(error instanceof Problem && error.offline)) {
        throw error;
      }
      await new Promise(done => window.setTimeout(done, 1500));
      return act();
    }
  }

  private say(words: string, label = '', act: () => void = () => undefined): void {
    window.clearTimeout(this.said);
    const press = (): void => {
      act();
      this.grid.focus();
    };
    fill(this.toast, h('span', { class: 'la-toast', title: words }, words), label && h('button', { type: 'button', class: 'la-link', onclick: press }, label));
    this.undoing = label === this.host.trans.__('Undo') ? press : null;
    this.said = window.setTimeout(() => fill(this.toast), SAID);
  }

  private undoing: (() => void) | null = null;

  /** The mosaic of one scan over the page, until a key is pressed. */
  /** The volumes of what is selected, side by side, or of the scan that is looked at. */
  private open(): void {
    const ids = this.scans.meant.map(scan => scan.id).slice(0, MOST);
    if (ids.length) {
      this.host.open(ids);
    }
  }

  private peek(at: number): void {
    const { trans } = this.host;
    const scan = this.scans.shown[at];
    if (!scan) {
      return;
    }
    const asking = new AbortController();
    const place = h('div', { class: 'la-peeked' }, h('p', { class: 'la-two' }, trans.__('The mosaic is being drawn')));
    const name = [scan.subject, scan.session, scan.name].filter(Boolean).join(' / ');
    const dialog: HTMLDialogElement = h('dialog', { class: 'la-peek la-room', 'aria-label': name }, h('header', { class: 'la-line' }, shape(scan.quality), h('b', { class: 'la-mono' }, name), h('span', { class: 'la-two' }, scan.acquired, scan.reason && ` · ${scan.reason}`), h('span', { class: 'la-end la-two' }, trans.__('any key closes'))), place);
    let address = '';
    this.archive.service
      .picture('mosaic.webp', this.archive.project, scan.id, asking.signal)
      .then(blob => {
        address = URL.createObjectURL(blob);
        const picture = h('img', { class: 'la-mosaic', src: address, alt: trans.__('Mosaic of %1', name) });
        fill(place, picture);
      })
      .catch((error: unknown) => !asking.signal.aborted && fill(place, h('p', { role: 'alert' }, sentence(error, trans))));
    dialog.addEventListener('keydown', event => {
      event.preventDefault();
      event.stopPropagation();
      dialog.close();
    });
    dialog.addEventListener('click', () => dialog.close());
    dialog.addEventListener('close', () => {
      asking.abort();
      URL.revokeObjectURL(address);
      dialog.remove();
      this.grid.focus();
    });
    this.node.append(dialog);
    dialog.showModal();
  }

  /** A key that was pressed in the surface, or where nothing has the focus. Fields keep theirs, and buttons what presses them. */
  onKey(event: KeyboardEvent): void {
    const target = event.target as HTMLElement;
    const pressing = target.matches('button, [type=checkbox]') && (event.key === 'Enter' || event.key === ' ');
    if (event.altKey || event.metaKey || event.defaultPrevented || pressing || target.matches('input:not([type=checkbox]), select, textarea')) {
      return;
    }
    const { grid, scans } = this;
    const steps: Record<string, number> = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: grid.columns, ArrowUp: -grid.columns, PageDown: grid.page, PageUp: -grid.page, Home: -Infinity, End: Infinity };
    const step = steps[event.key];
    if (event.ctrlKey) {
      if (event.key.toLowerCase() !== 'a') {
        return;
      }
      this.all();
    } else if (step !== undefined) {
      this.move(scans.at + step, event.shiftKey);
    } else {
      const sizes = Object.keys(SIZES) as (keyof typeof SIZES)[];
      const size = sizes.findIndex(name => SIZES[name] === grid.size);
      const acts: Record<string, () => void> = {
        x: () => {
          scans.toggle(scans.at);
          this.chosen();
        },
        '1': () => this.rate('usable'),
        '2': () => this.rate('questionable'),
        '3': () => this.rate('unusable'),
        ' ': () => this.peek(scans.at),
        enter: () => this.open(),
        z: () => this.undoing?.(),
        '+': () => this.resize(sizes[Math.min(2, size + 1)]!),
        '-': () => this.resize(sizes[Math.max(0, size - 1)]!),
        '/': () => this.field.focus(),
        escape: () => this.clear()
      };
      const act = acts[event.key.toLowerCase()];
      if (!act) {
        return;
      }
      act();
    }
    event.preventDefault();
  }
}
