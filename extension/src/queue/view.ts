/** The rating queue as one surface, for whatever host gives it a door. */
import { Door, sentence, Words } from '../door';
import { archived } from '../viewer/archived';
import { BesideView } from '../viewer/beside';
import { MOST } from '../viewer/sight';
import { ImageView } from '../viewer/view';
import { fill, h, shape } from '../dom';
import { count } from '../format';
import { QUALITIES } from '../rest';
import { showKeymap } from '../keymap';
import { JudgingArchive } from '../judging/archive';
import { Bar } from './bar';
import { Film } from './film';
import { Act, MAP, pressed } from './keys';
import { Pictures } from '../judging/pictures';
import { Item, Queue } from './queue';
import { Side } from './side';
import { Stage } from './stage';

/** Milliseconds between looks whether a claim has to be renewed. */
const TICK = 15_000;
/** Milliseconds for which a word stays. */
const SAID = 8000;

export interface Host {
  readonly door: Door;
  readonly project: string;
  /** Who judges. */
  readonly who: string;
  readonly trans: Words;
  /** Where one signs in anew, in another window. */
  readonly signIn?: string;
}

export class QueueView {
  readonly node = h('div', { class: 'la-qc' });
  /** Says what happened, and that something waits to be sent. */
  readonly toast = h('div', { class: 'la-toast-line', role: 'status' });
  private readonly archive: JudgingArchive;
  private readonly mosaics: Pictures;
  private readonly thumbs: Pictures;
  private queue: Queue | null = null;
  private stage!: Stage;
  private bar!: Bar;
  private film!: Film;
  private side!: Side;
  private q = '';
  private again = false;
  private said = 0;
  private ticking = 0;
  private drawing = 0;
  /** The volume that is looked at, and of which scan. */
  private opened: { view: ImageView | BesideView; of: string } | null = null;

  constructor(private readonly host: Host) {
    this.archive = new JudgingArchive(host.door, host.project);
    this.mosaics = new Pictures((id, signal) => this.archive.service.picture('mosaic.webp', this.archive.project, id, signal), 2, id => id === this.queue?.item?.id && this.draw());
    this.thumbs = new Pictures((id, signal) => this.archive.service.picture('thumbnail.webp', this.archive.project, id, signal), 1, () => this.drawSoon());
    this.node.addEventListener('keydown', event => this.onKey(event));
  }

  /** Begin with these scans. Raises nothing: what goes wrong stands in the place of the picture. */
  async start(q: string): Promise<string> {
    const { trans } = this.host;
    try {
      const form = await this.archive.form();
      this.queue = new Queue(this.archive, form, () => this.draw(), (what, item, error) => this.happened(what, item, error));
    } catch (error) {
      fill(this.node, h('div', { class: 'la-instead la-room', role: 'alert' }, h('b', {}, trans.__('The queue cannot begin')), h('p', {}, sentence(error, trans))));
      return '';
    }
    this.build(this.queue);
    this.ticking = window.setInterval(() => this.queue?.renew(), TICK);
    return this.find(q, false);
  }

  /** Other scans; with `again` those too that only others have rated. What of the search was not understood, if something. */
  async find(q: string, again: boolean): Promise<string> {
    const { queue } = this;
    if (!queue) {
      return '';
    }
    this.q = q;
    this.again = again;
    try {
      const [wrong] = await queue.load(q, again);
      this.draw();
      this.focus();
      return wrong ? `${wrong.text}: ${wrong.detail}; ${wrong.hint}` : '';
    } catch (error) {
      this.refused(error);
      return '';
    }
  }

  focus(): void {
    this.node.querySelector<HTMLElement>('.la-keys-here')?.focus({ preventScroll: true });
  }

  dispose(): void {
    window.clearInterval(this.ticking);
    window.clearTimeout(this.said);
    this.opened?.view.dispose();
    this.queue?.leave();
    this.mosaics.dispose();
    this.thumbs.dispose();
  }

  /** Something is not in the journal yet. */
  get unsaved(): boolean {
    return Boolean(this.queue?.outbox.size);
  }

  private build(queue: Queue): void {
    const { trans, who } = this.host;
    const rate = (quality: string): void => queue.rate(quality);
    this.stage = new Stage(
      this.mosaics,
      {
        volume: () => this.volume(),
        again: () => queue.item && this.mosaics.again(queue.item.id),
        unusable: () => rate('unusable'),
        skip: () => queue.skip(),
        window: by => this.stage.window(by)
      },
      trans
    );
    this.bar = new Bar(
      queue.form,
      {
        rate,
        toggle: (name, code) => queue.toggle(name, code),
        answer: (name, value) => queue.answer(name, value),
        save: () => queue.save(),
        undo: () => queue.undo(),
        back: () => queue.step(-1),
        skip: () => queue.skip()
      },
      trans
    );
    this.film = new Film(this.thumbs, at => queue.look(at), trans);
    this.side = new Side(() => this.queue, trans);
    this.side.me = who;
    const here = h('div', { class: 'la-keys-here', tabindex: -1 }, this.stage.node, this.bar.node, this.film.node);
    fill(this.node, here, this.side.node);
    window.addEventListener('online', () => queue.outbox.hurry());
  }

  /** The volume of the scan that is looked at, or its mosaic again. */
  private volume(): void {
    const item = this.queue?.item;
    if (this.opened || !item) {
      this.back();
      return;
    }
    const { service, project } = this.archive;
    this.open(item, new ImageView(archived(service, { project, id: item.id, name: item.name }), this.host.trans, { header: false, letters: false }));
  }

  /** The same image of other visits beside it, or its mosaic again. */
  private async compare(): Promise<void> {
    const item = this.queue?.item;
    if (this.opened || !item) {
      this.back();
      return;
    }
    const { service, project } = this.archive;
    const { trans } = this.host;
    try {
      const { signal } = new AbortController();
      const row = await service.one(project, 'scan', item.id, signal);
      const visits = (await service.beside(project, row, signal)).filter(each => each.kind === row['kind'] && each.session_id !== row['session_id']);
      if (!visits.length) {
        this.say(trans.__('%1 %2: no other visit has it', item.subject, item.name));
      } else if (item.id === this.queue?.item?.id && !this.opened) {
        const known = visits.slice(0, MOST - 1).map(each => ({ project, id: each.scan_id, name: `${String(each['session'] ?? '')} / ${item.name}`, modality: each.modality, format: each.format }));
        const all = [{ project, id: item.id, name: `${item.session} / ${item.name}`, modality: String(row['modality'] ?? ''), format: String(row['format'] ?? '') }, ...known];
        this.open(item, new BesideView(all.map(each => archived(service, each)), trans, false));
      }
    } catch (error) {
      this.say(trans.__('It cannot be compared: %1', sentence(error, trans)));
    }
  }

  private open(item: Item, view: ImageView | BesideView): void {
    this.opened = { view, of: item.id };
    this.stage.open(view.node);
    view.focus();
  }

  private back(): void {
    this.close();
    this.draw();
  }

  private close(): void {
    if (this.opened) {
      this.opened.view.dispose();
      this.opened = null;
      this.stage.open(null);
      this.focus();
    }
  }

  /** At most once a frame, for what is not looked at. */
  private drawSoon(): void {
    if (!this.drawing) {
      this.drawing = requestAnimationFrame(() => {
        this.drawing = 0;
        this.queue && this.film.show(this.queue.items, this.queue.at);
      });
    }
  }

  private draw(): void {
    const { queue } = this;
    if (!queue || !this.bar) {
      return;
    }
    const { item } = queue;
    this.mosaics.want(queue.near);
    if (this.opened && this.opened.of !== item?.id) {
      this.close();
    }
    if (item && !this.opened) {
      this.stage.show(item, queue.until);
    } else if (!item) {
      this.stage.say(...this.end(queue));
    }
    this.bar.show(queue.answers, queue.asked, Boolean(item), queue.canUndo);
    this.drawSoon();
    this.side.show(this.title);
    this.tellState(queue);
  }

  private get title(): string {
    return this.q || this.host.trans.__('All scans');
  }

  /** Why there is no picture: all is done, or nothing fits. */
  private end(queue: Queue): HTMLElement[] {
    const { trans } = this.host;
    const button = (label: string, act: () => void): HTMLElement => h('button', { type: 'button', class: 'la-btn', onclick: act }, label);
    const more = button(trans.__('Those too that others rated'), () => void this.find(this.q, true));
    if (!queue.items.length) {
      const why = this.q ? trans.__('No scan that nobody has rated fits “%1”', this.q) : trans.__('No scan waits to be rated');
      return [h('b', {}, why), h('p', {}, trans.__('Others have rated what there is, or there is nothing yet.')), h('div', { class: 'la-line' }, !this.again && more)];
    }
    const left = queue.tally['unreviewed'] ?? 0;
    const counts = QUALITIES.slice(0, 3).map(quality => h('span', {}, shape(quality, ''), ` ${count(queue.tally[quality] ?? 0)} ${quality}`));
    const words = left ? trans.__('Somebody else is at the last %1', count(left)) : trans.__('All %1 are rated', count(queue.items.length));
    return [
      h('b', {}, words),
      h('p', { class: 'la-line' }, ...counts),
      h('div', { class: 'la-line' }, button(trans.__('Look through them'), () => queue.look(0)), left ? button(trans.__('See what is left'), () => void this.find(this.q, this.again)) : !this.again && more)
    ];
  }

  private happened(what: 'refused' | 'taken' | 'undone' | 'lost', item: Item, error?: unknown): void {
    const { trans } = this.host;
    const name = `${item.subject} ${item.name}`;
    if (what === 'undone') {
      this.say(trans.__('%1: taken back', name), trans.__('Redo'), () => this.queue?.redo());
    } else if (what === 'taken') {
      this.say(trans.__('%1: somebody else was quicker, yours was not needed', name));
    } else {
      const words = what === 'refused' ? trans.__('%1 was not saved: %2', name, sentence(error, trans)) : trans.__('%1 was not taken back: %2', name, sentence(error, trans));
      this.say(words, trans.__('Look'), () => this.queue?.look(this.queue.items.indexOf(item)), true);
    }
    this.draw();
  }

  private refused(error: unknown): void {
    const { trans } = this.host;
    this.stage.say(h('b', {}, trans.__('The queue could not be had')), h('p', { role: 'alert' }, sentence(error, trans)));
  }

  /** A word that goes by itself; a fault stays until something else is said. */
  private say(words: string, label = '', act: () => void = () => undefined, stays = false): void {
    window.clearTimeout(this.said);
    const press = (): void => {
      act();
      this.focus();
    };
    const button = label && h('button', { type: 'button', class: 'la-link', onclick: press }, label);
    fill(this.toast, h('span', { class: 'la-toast', title: words }, words), button);
    this.said = stays ? 0 : window.setTimeout(() => fill(this.toast), SAID);
  }

  private tellState(queue: Queue): void {
    const { trans, signIn } = this.host;
    const { size, stuck } = queue.outbox;
    this.node.dataset['waiting'] = String(size);
    if (stuck) {
      window.clearTimeout(this.said);
      const words = trans.__('%1 wait to be sent: nobody answers, and nothing is lost', count(size));
      const way = signIn && h('a', { href: signIn, target: '_blank', rel: 'noopener', class: 'la-link' }, trans.__('Sign in again'));
      fill(this.toast, h('span', { class: 'la-toast', title: words, 'data-state': 'waiting' }, words), way);
      this.said = -1;
    } else if (this.said === -1) {
      this.say(trans.__('All is sent'));
    }
  }

  /** A key that was pressed in the surface, or where nothing has the focus. */
  onKey(event: KeyboardEvent): void {
    const { queue } = this;
    if (queue && !this.node.querySelector('dialog[open]')) {
      pressed(event, { form: queue.form, rate: quality => queue.item && queue.rate(quality), toggle: (name, code) => queue.item && queue.toggle(name, code), act: name => this.act(queue, name) });
    }
  }

  private act(queue: Queue, name: Act): void {
    const acts: Record<Act, () => void> = {
      volume: () => this.volume(),
      compare: () => void this.compare(),
      save: () => queue.save(),
      back: () => queue.step(-1),
      skip: () => queue.item && queue.skip(),
      undo: () => queue.undo(),
      redo: () => queue.redo(),
      unsure: () => queue.item && queue.answer('confidence', queue.answers['confidence'] === 'unsure' ? null : 'unsure'),
      note: () => this.bar.note.focus(),
      before: () => queue.step(-1),
      after: () => queue.step(1),
      darker: () => this.stage.window(-1),
      brighter: () => this.stage.window(1),
      keys: () => this.keys(),
      search: () => this.node.dispatchEvent(new CustomEvent('la-search', { bubbles: true })),
      leave: () => this.focus(),
      close: () => this.back()
    };
    acts[name]();
  }

  /** The map of the keys. */
  keys(): void {
    showKeymap(this.node, MAP, this.host.trans, () => this.focus());
  }
}
