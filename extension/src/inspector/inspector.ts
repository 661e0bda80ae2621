import { TranslationBundle } from '@jupyterlab/translation';
import { Message } from '@lumino/messaging';
import { Widget } from '@lumino/widgets';
import { fill, h, icon, settled, shape } from '../dom';
import { DicomJson, HeaderView, rowsOf } from '../viewer/header';
import { parted } from '../format';
import { Live } from '../live';
import { Change, Project, Quality, Row } from '../rest';
import { sentence } from '../door';
import { Said, Service } from '../service';
import { Thing } from '../tokens';
import { Edit, tagRow } from './edits';
import { facts } from './facts';
import { measuresTable } from '../judging/measures';
import { FilesView } from './files';
import { HistoryView } from './history';
import { Sayings } from './sayings';
import { Tab, Tabs } from './tabs';

/** Milliseconds that something must be chosen before the archive is asked of it: the keyboard runs along rows. */
const REST = 120;

/** All that is asked of one thing. */
interface Known {
  readonly row: Row;
  readonly history: readonly Change[];
  readonly conflicts: readonly Row[];
}

/** What is known of what is chosen, and what may be said of it. */
export class Inspector extends Widget {
  private things: readonly Thing[] = [];
  private known: Known | null = null;
  private asking = new AbortController();
  private readonly title_ = h('h2', {});
  private readonly picture = icon('scan');
  private readonly view: HTMLButtonElement;
  private readonly badges = h('div', { class: 'la-badges' });
  private readonly words = h('div', { class: 'la-words' });
  private readonly notes = h('div', {});
  private readonly list = h('dl', { class: 'la-facts' });
  private readonly tabs: Tabs;
  private readonly header: HeaderView;
  private readonly history: HistoryView;
  private readonly measures = h('div', { class: 'la-pad' });
  private readonly files: FilesView;
  private edits: Record<string, Edit> = {};
  private renaming = false;
  /** Whether something moved while somebody was typing. */
  private behind = false;
  private readonly lookSoon = settled(REST, () => this.look());
  /** Which of the slow sections were asked for what is shown. */
  private readonly filled = new Set<string>();

  constructor(
    private readonly service: Service,
    private readonly live: Live,
    private readonly sayings: Sayings,
    host: { view(): void },
    private readonly trans: TranslationBundle
  ) {
    super();
    this.id = 'labarchive-inspector';
    this.addClass('la-panel');
    this.addClass('la-inspector');
    const open = trans.__('Open in the viewer');
    this.view = h('button', { type: 'button', class: 'la-btn-icon', 'aria-label': open, title: open, onclick: () => host.view() }, icon('eye'));
    this.tabs = new Tabs(trans.__('Sections'), () => void this.fillSection());
    this.header = new HeaderView(trans);
    this.history = new HistoryView(trans, seq => this.takeBack(seq));
    this.files = new FilesView(trans);
    this.node.append(h('div', { class: 'la-head' }, this.picture, this.title_, this.view), this.badges, this.words, this.notes, this.tabs.node);
    live.moved.connect((_, projects) => {
      if (this.things.some(thing => projects.has(thing.project))) {
        this.look();
      }
    });
    this.draw();
  }

  /** From now on it is about these. */
  about(things: readonly Thing[]): void {
    const same = things.length === this.things.length && things.every((thing, n) => thing.id === this.things[n]?.id);
    if (!same) {
      Object.values(this.edits).forEach(edit => edit.end()); // of what it was about until now
    }
    this.things = things;
    if (!same) {
      this.asking.abort();
      this.known = null;
      this.renaming = false;
      this.filled.clear();
      this.draw();
      this.lookSoon();
    }
  }

  /** Put the keyboard into the field for the label, once it is known. */
  rename(): void {
    this.renaming = true;
    this.look();
  }

  protected override onAfterShow(_: Message): void {
    this.look();
  }

  protected override onActivateRequest(_: Message): void {
    this.tabs.node.querySelector<HTMLElement>('[role=tab]')?.focus();
  }

  // reading -------------------------------------------------------------------------------------------
  private look(): void {
    this.asking.abort();
    this.asking = new AbortController();
    const [thing] = this.things;
    if (!this.isVisible || !thing || this.things.length > 1) {
      this.draw();
      return;
    }
    void this.read(thing, this.asking.signal);
  }

  private async read({ project, level, id }: Thing, signal: AbortSignal): Promise<void> {
    const one = this.service.one(project, level, id, signal);
    const said = level === 'project' ? [] : this.service.history(project, level, id, signal);
    const open = level === 'project' ? [] : this.service.about('conflicts', project, level, id, signal);
    try {
      const [row, history, conflicts] = await Promise.all([one, said, open]);
      this.known = { row, history, conflicts };
    } catch (error) {
      if (!signal.aborted) {
        fill(this.notes, note(icon('warn'), sentence(error, this.trans)));
      }
      return;
    }
    this.draw();
    if (this.renaming) {
      this.renaming = false;
      this.edits['label']?.begin();
    }
    await this.fillSection();
  }

  /** The sections that cost more are read when they are turned to. */
  private async fillSection(): Promise<void> {
    const [thing] = this.things;
    const name = this.tabs.node.querySelector<HTMLElement>('[aria-selected=true]')?.dataset['name'] ?? '';
    if (thing?.level !== 'scan' || this.filled.has(name) || !this.known) {
      return;
    }
    this.filled.add(name);
    const { signal } = this.asking;
    try {
      if (name === 'header') {
        const [header, names] = await Promise.all([this.service.header(thing.project, thing.id, signal), this.service.tagNames()]);
        this.header.show(rowsOf(header as DicomJson, names));
      } else if (name === 'measures') {
        fill(this.measures, measuresTable(await this.service.measures(thing.project, thing.id, signal), true, this.trans));
      } else if (name === 'files') {
        const [files, duplicates] = await Promise.all([
          this.service.files(thing.project, thing.id, signal),
          this.service.about('duplicates', thing.project, 'scan', thing.id, signal)
        ]);
        this.files.show(files.items, files.total, duplicates);
      }
    } catch (error) {
      this.filled.delete(name);
      if (!signal.aborted && name === 'header') {
        this.header.refuse(sentence(error, this.trans));
      }
    }
  }

  /** Somebody typed and changed nothing: what moved meanwhile is drawn, and the keyboard stays where it was. */
  private finished(): void {
    if (this.behind) {
      const name = document.activeElement?.getAttribute('aria-label');
      this.draw();
      this.words.querySelector<HTMLElement>(`[aria-label="${name ?? ''}"]`)?.focus();
    }
  }

  // drawing -------------------------------------------------------------------------------------------
  private draw(): void {
    const [thing] = this.things;
    const one = this.things.length === 1;
    this.view.hidden = !one || thing?.level !== 'scan';
    this.picture.className = `la-i la-i-${thing?.level ?? 'scan'}`;
    this.title_.textContent = this.heading();
    this.tabs.node.hidden = !one;
    if (this.badges.querySelector('input') || Object.values(this.edits).some(edit => edit.open)) {
      this.behind = true;
      return; // somebody is typing: what moved meanwhile is drawn when they have finished
    }
    this.behind = false;
    fill(this.notes);
    if (!thing) {
      fill(this.badges);
      fill(this.words, h('p', { class: 'la-two' }, this.trans.__('Choose something in the archive: what is known of it stands here.')));
      return;
    }
    this.drawWords(thing);
    if (one) {
      this.drawOne(thing);
    }
  }

  private heading(): string {
    const [thing] = this.things;
    if (!thing) {
      return this.trans.__('Inspector');
    }
    if (this.things.length > 1) {
      return parted(this.trans._n(`%1 ${thing.level}`, `%1 ${thing.level}s`, this.things.length));
    }
    const row = this.known?.row ?? {};
    const path = { project: [], subject: ['subject'], session: ['subject', 'session'], scan: ['subject', 'session', 'scan'] }[thing.level];
    return path.map(name => String(row[name] ?? '')).filter(Boolean).join(' / ') || thing.label;
  }

  /** What may be changed: of one thing with its values, of several at once without. */
  private drawWords(thing: Thing): void {
    const row = this.things.length === 1 ? (this.known?.row ?? {}) : {};
    const scans = this.things.every(each => each.level === 'scan');
    const known = this.things.length > 1 || this.known !== null;
    const may = known && this.may(thing.project, 'label') && this.things.every(each => each.level !== 'project' && each.project === thing.project);
    const tags = (row['tags'] as string[] | undefined) ?? [];
    const told = [row['kind'], together(row['modality'], row['field_strength'])].filter(Boolean).map(each => h('span', { class: 'la-badge' }, String(each)));
    const quality = row['quality'] as Quality | undefined;
    fill(
      this.badges,
      quality && h('span', { class: `la-badge la-badge-${quality}` }, shape(quality, ''), quality),
      ...told,
      ...tagRow(tags, this.trans, may ? (verb, tag) => this.say(verb, { tag }) : null)
    );
    const edit = (name: string, verb: string, there: boolean, offered?: readonly string[]): Edit | null =>
      there
        ? new Edit({ name, value: String(row[name === 'label' ? thing.level : name] ?? ''), ...(offered && { offered }), save: may ? value => this.say(verb, { [verb]: value }) : null }, this.trans, () => this.finished())
        : null;
    const level = thing.level !== 'project';
    const made = { label: edit('label', 'label', level && this.things.length === 1), kind: edit('kind', 'kind', scans, KINDS), note: edit('note', 'note', level) };
    this.edits = Object.fromEntries(Object.entries(made).filter((entry): entry is [string, Edit] => entry[1] !== null));
    fill(this.words, ...Object.values(this.edits).map(each => each.node));
  }

  private drawOne(thing: Thing): void {
    const { known, trans } = this;
    const { row, history, conflicts } = known ?? { row: {}, history: [], conflicts: [] };
    fill(this.notes, ...conflicts.map(each => note(icon('warn'), h('b', {}, trans.__('To decide: ')), String(each['detail'] ?? ''))));
    fill(this.list, ...facts(thing.level, row, trans).flatMap(([name, value]) => [h('dt', {}, name), h('dd', {}, value)]));
    this.history.show(history, verb => this.may(thing.project, verb === 'rating' ? 'rate' : 'label'));
    this.tabs.show(this.sections(thing, row, history));
  }

  private sections(thing: Thing, row: Row, history: readonly Change[]): Tab[] {
    const { trans } = this;
    const told = history.filter(event => event.verb !== 'undo').length;
    const sections: Tab[] = [{ name: 'facts', label: trans.__('Facts'), node: this.list }];
    if (thing.level === 'scan' && /dicom/i.test(String(row['format'] ?? ''))) {
      sections.push({ name: 'header', label: trans.__('Header'), node: this.header.node });
    }
    if (thing.level !== 'project') {
      sections.push({ name: 'history', label: parted(`${trans.__('History')} ${told}`), node: this.history.node });
    }
    if (thing.level === 'scan') {
      sections.push({ name: 'measures', label: trans.__('Measures'), node: this.measures });
      sections.push({ name: 'files', label: `${trans.__('Files')} ${Number(row['n_files'] ?? 0).toLocaleString('en-US')}`, node: this.files.node });
    }
    return sections;
  }

  // saying --------------------------------------------------------------------------------------------
  private may(project: string, verb: string): boolean {
    const there: Project | undefined = this.live.projects.find(each => each.project === project);
    return there?.verbs.includes(verb) ?? false;
  }

  private say(verb: string, payload: Row): void {
    const [thing] = this.things;
    if (thing) {
      const said: Said[] = this.things.map(each => ({ verb, about: each.id, payload }));
      void this.sayings.say(thing.project, this.inWords(verb, String(Object.values(payload)[0] ?? '')), said);
    }
  }

  private takeBack(seq: number): void {
    const [thing] = this.things;
    if (thing) {
      void this.sayings.takeBack(thing.project, this.trans.__('Taken back of %1', this.heading()), seq);
    }
  }

  private inWords(verb: string, value: string): string {
    const { trans } = this;
    const what = this.heading();
    switch (verb) {
      case 'tag':
        return trans.__('%1: tag %2', what, value);
      case 'untag':
        return trans.__('%1: tag %2 taken off', what, value);
      case 'note':
        return value ? trans.__('%1: noted', what) : trans.__('%1: note removed', what);
      default:
        return trans.__('%1: %2 set to %3', what, verb, value);
    }
  }
}

/** Kinds that are offered; any other word can be typed. */
const KINDS = ['T1w', 'T2w', 'FLAIR', 'PDw', 'T2star', 'bold', 'sbref', 'dwi', 'fieldmap', 'asl', 'swi', 'angio', 'CT', 'PT', 'localizer', 'derived'];

function note(...children: (Node | string)[]): HTMLElement {
  return h('div', { class: 'la-note', role: 'note' }, ...children.slice(0, 1), h('span', {}, ...children.slice(1)));
}

function together(modality: unknown, field: unknown): string {
  return typeof field === 'number' && field > 0 ? `${String(modality ?? '')} ${Number(field.toFixed(2))} T` : String(modality ?? '');
}
