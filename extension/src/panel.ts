import { TranslationBundle } from '@jupyterlab/translation';
import { Message } from '@lumino/messaging';
import { ISignal, Signal } from '@lumino/signaling';
import { Widget } from '@lumino/widgets';
import { CodeView } from './drawer/code';
import { Drawer } from './drawer/drawer';
import { FacetsView } from './drawer/facets';
import { keysView } from './drawer/keys';
import { SavedView } from './drawer/saved';
import { fill, h, icon } from './dom';
import { bytes, clock, parted } from './format';
import { Model } from './model';
import { SearchField } from './search/field';
import { toggled, without } from './search/terms';
import { stateOf } from './states';
import { IArchivePanel, ICodeLog, Thing } from './tokens';
import { Preview } from './tree/preview';
import { Rows } from './tree/rows';
import { TreeEvents, TreeView } from './tree/view';

/** What the panel asks of Lab. */
export interface PanelHost {
  /** Insert the code of what is chosen, or of the query. */
  insert(what: 'chosen' | 'query'): void;
  insertCode(code: string): void;
  notebookOfLog(): void;
  near(things: readonly Thing[]): void;
  dragged(things: readonly Thing[], transfer: DataTransfer): void;
  /** Look again at the folders of the project. */
  index(): void;
  /** A search was finished. */
  searched(q: string): void;
  failed(error: unknown): void;
}

/** The archive panel: search, tree and facets over one model. */
export class ArchivePanel extends Widget implements IArchivePanel {
  readonly tree: TreeView;
  private readonly preview: Preview;
  private readonly field: SearchField;
  private readonly facets: FacetsView;
  private readonly saved: SavedView;
  private readonly code: CodeView;
  private readonly drawer: Drawer;
  private readonly amounts = h('span', { class: 'la-amounts', role: 'status' });
  private readonly insertButton: HTMLButtonElement;
  private readonly offline = h('div', { class: 'la-note', role: 'alert' });
  private readonly stage = h('div', { class: 'la-tree-room' });
  private readonly _chosenChanged = new Signal<IArchivePanel, readonly Thing[]>(this);
  private ways: { q: string; terms: { term: string; count: number }[] } = { q: '', terms: [] };

  constructor(
    readonly model: Model,
    readonly log: ICodeLog,
    private readonly host: PanelHost,
    private readonly trans: TranslationBundle
  ) {
    super();
    this.id = 'labarchive-panel';
    this.addClass('la-panel');
    this.addClass('la-letters');
    this.tree = new TreeView(trans.__('Subjects, sessions, scans'), this.treeEvents());
    this.preview = new Preview(
      this.tree.node,
      event => this.tree.at(event),
      (thing, signal) => model.service.picture('thumbnail.webp', thing.project, thing.id, signal)
    );
    this.field = new SearchField(trans, {
      changed: (q, typing) => this.onQuery(q, typing),
      suggest: (q, at) => this.suggest(q, at),
      left: () => this.tree.focus()
    });
    this.facets = new FacetsView(trans, { toggled: (name, value) => this.search(toggled(model.q, name, value)) });
    this.saved = new SavedView(trans, {
      taken: q => this.search(q),
      saved: name => void model.save(name).catch(host.failed),
      dropped: name => void model.forget(name).catch(host.failed)
    });
    this.code = new CodeView(trans, { inserted: code => host.insertCode(code), notebook: () => host.notebookOfLog() });
    this.drawer = new Drawer(this.surfaces(), 'facets');
    this.insertButton = h(
      'button',
      { type: 'button', class: 'la-btn', onclick: () => host.insert('query') },
      icon('code'),
      trans.__('Insert'),
      h('kbd', { 'aria-hidden': 'true' }, '↵')
    );
    this.build();
    model.changed.connect(this.update, this);
    model.live.stateChanged.connect(this.update, this);
    log.changed.connect(() => this.code.show(log.entries));
    this.code.show(log.entries);
  }

  // what other plugins see ----------------------------------------------------------------------------
  get chosen(): readonly Thing[] {
    return this.tree.things;
  }

  get chosenChanged(): ISignal<IArchivePanel, readonly Thing[]> {
    return this._chosenChanged;
  }

  get query(): { project: string; q: string } {
    return { project: this.model.project, q: this.model.q };
  }

  search(q: string, project = this.model.project): void {
    this.field.q = q;
    void (project === this.model.project ? this.model.search(q) : this.model.open(project, q));
    this.amounts.ariaBusy = String(this.model.busy);
    this.host.searched(q);
  }

  focus(where: 'search' | 'tree'): void {
    (where === 'search' ? this.field : this.tree).focus();
  }

  protected override onActivateRequest(_: Message): void {
    this.focus('tree');
  }

  override dispose(): void {
    this.preview.dispose();
    super.dispose();
  }

  /** What Lab's settings say. */
  settle(settings: { facets: readonly string[]; letters: boolean }): void {
    this.facets.choose(settings.facets);
    this.toggleClass('la-letters', settings.letters);
  }

  showKeys(): void {
    this.drawer.toggle('keys');
  }

  // drawing -------------------------------------------------------------------------------------------
  private build(): void {
    const head = h(
      'div',
      { class: 'la-head' },
      h('h2', {}, this.trans.__('Archive')),
      this.drawer.button('saved', icon('star')),
      this.drawer.button('code', icon('code')),
      this.drawer.button('keys', icon('keys'))
    );
    const summary = h('div', { class: 'la-summary' }, this.amounts, this.insertButton);
    this.stage.append(this.tree.node);
    this.node.append(head, this.field.node, summary, this.offline, this.stage, this.drawer.node);
    this.offline.hidden = true;
  }

  private surfaces(): Record<string, { label: string; node: HTMLElement }> {
    return {
      facets: { label: this.trans.__('Facets'), node: this.facets.node },
      saved: { label: this.trans.__('Saved selections'), node: this.saved.node },
      code: { label: this.trans.__('Show me the code'), node: this.code.node },
      keys: { label: this.trans.__('Keys'), node: keysView(this.trans) }
    };
  }

  protected override onUpdateRequest(_: Message): void {
    const { model, trans } = this;
    const rows = new Rows(
      {
        projects: model.live.projects,
        current: model.project,
        sessions: model.sessions,
        opened: model.opened,
        scans: model.scans,
        files: model.files
      },
      trans
    );
    this.tree.show(rows);
    this.field.say(model.wrong);
    this.facets.show(model.facets, model.q);
    this.saved.show(model.saved, model.q);
    this.drawAmounts();
    this.drawOffline();
    this.drawState();
    this._chosenChanged.emit(this.chosen);
  }

  private drawAmounts(): void {
    const { model, trans } = this;
    this.amounts.ariaBusy = String(model.busy);
    const { sessions } = model;
    const project = model.live.projects.find(each => each.project === model.project);
    this.insertButton.disabled = !sessions;
    if (!sessions) {
      fill(this.amounts);
      return;
    }
    const parts = [parted(trans._n('%1 subject', '%1 subjects', sessions.subjects))];
    if (project && !model.q) {
      parts.push(bytes(project.bytes));
    } else {
      parts.push(parted(trans._n('%1 session', '%1 sessions', sessions.length)));
    }
    fill(this.amounts, h('b', {}, parted(trans._n('%1 scan', '%1 scans', sessions.scans))), h('span', {}, parts.join(' · ')));
  }

  /** What is shown stays, dimmed, while nobody answers. */
  private drawOffline(): void {
    const { live, sessions, problem, project } = this.model;
    const away = sessions !== null && (live.problem?.offline || problem?.offline || false);
    this.stage.classList.toggle('la-dim', away);
    this.offline.hidden = !away;
    if (away) {
      const again = h('button', { type: 'button', class: 'la-btn', onclick: () => live.tryNow() }, this.trans.__('Try now'));
      const since = this.trans.__('The archive doesn’t answer since %1.', clock(live.offlineSince ?? new Date()));
      const generation = live.projects.find(each => each.project === project)?.generation ?? 0;
      const shown = this.trans.__('You see generation %1.', generation);
      fill(this.offline, icon('warn'), h('span', {}, `${since} ${shown}`), again);
    }
  }

  private drawState(): void {
    const { model } = this;
    if (model.sessions?.length === 0 && model.q && this.ways.q !== model.q) {
      this.ways = { q: model.q, terms: [] };
      void model.without().then(
        terms => {
          this.ways = { q: this.ways.q, terms };
          this.update();
        },
        () => undefined
      );
    }
    const state = stateOf(model, model.live, this.trans, {
      terms: this.ways.q === model.q ? this.ways.terms : [],
      drop: term => this.search(without(model.q, term)),
      again: () => this.again(),
      index: () => this.host.index()
    });
    const bars = !state && !model.live.hello && h('div', { class: 'la-bars', 'aria-label': this.trans.__('Reading …') });
    this.stage.querySelectorAll('.la-empty, .la-bars').forEach(each => each.remove());
    this.tree.node.classList.toggle('la-short', state !== null && model.live.projects.length > 0);
    this.tree.node.hidden = state !== null && model.live.projects.length === 0;
    this.stage.append(...[state, bars].filter((each): each is HTMLDivElement => each instanceof HTMLElement));
  }

  private again(): void {
    this.model.live.tryNow();
    void this.model.search(this.model.q);
  }

  // asking --------------------------------------------------------------------------------------------
  private treeEvents(): TreeEvents {
    return {
      opened: (keys, open) => void this.model.toggle(keys, open),
      chosen: things => {
        this.host.near(things);
        this._chosenChanged.emit(things);
      },
      sign: sign => this.hasClass('la-letters') && (this.signs[sign]?.() ?? false),
      dragged: (things, transfer) => this.host.dragged(things, transfer),
      near: things => this.host.near(things)
    };
  }

  private readonly signs: Record<string, () => boolean> = {
    '/': () => (this.field.focus(), true),
    '*': () => (this.tree.openSiblings(), true),
    '?': () => (this.showKeys(), true)
  };

  private onQuery(q: string, typing: boolean): void {
    if (q !== this.model.q) {
      void this.model.search(q);
      this.amounts.ariaBusy = String(this.model.busy);
    }
    if (!typing) {
      this.host.searched(q);
    }
  }

  private async suggest(q: string, at: number): ReturnType<Model['service']['suggest']> {
    return this.model.service
      .suggest(this.model.project, q, at, new AbortController().signal)
      .catch(() => ({ start: at, end: at, items: [] }));
  }
}
