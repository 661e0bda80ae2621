import { ISignal, Signal } from '@lumino/signaling';
import { settled } from './dom';
import { Live } from './live';
import { Facets, Row, SavedSelection, Scan, Wrong } from './rest';
import { terms } from './search/terms';
import { Problem } from './door';
import { Service } from './service';
import { Sessions } from './tree/sessions';

/** Milliseconds until a service that did not answer is asked again. */
const RETRY = 3000;

/** Milliseconds without another question after which counts are worth asking for. */
const PAUSE = 80;

/** What the panel shows: which project, which query, what is open, and what the service said of it. */
export class Model {
  project = '';
  q = '';
  sessions: Sessions | null = null;
  facets: Facets | null = null;
  readonly opened = new Set<string>();
  readonly scans = new Map<string, readonly Scan[]>();
  /** Of the scans that are open. */
  readonly files = new Map<string, { items: readonly Row[]; total: number }>();
  saved: readonly SavedSelection[] = [];
  /** What kept the project from being read. */
  problem: Problem | null = null;
  /** What is shown answers an earlier question. */
  busy = false;
  private asking = new AbortController();
  private readonly _changed = new Signal<this, void>(this);
  private readonly askSoon = settled(RETRY, () => void this.ask());

  constructor(
    readonly service: Service,
    readonly live: Live
  ) {
    live.moved.connect((_, projects) => {
      if (projects.has(this.project)) {
        void this.ask();
        void this.readSaved();
      }
    });
    live.stateChanged.connect(() => {
      if (!live.problem && this.problem?.offline) {
        this.askSoon();
      }
    });
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** Terms that cannot be taken; the others hold. */
  get wrong(): readonly Wrong[] {
    return this.facets?.wrong ?? [];
  }

  async open(project: string, q = ''): Promise<void> {
    if (project !== this.project) {
      this.sessions = this.facets = null;
      this.scans.clear();
      this.files.clear();
      this.saved = [];
    }
    this.project = project;
    this.opened.add(`p:${project}`);
    await Promise.all([this.search(q), this.readSaved()]);
  }

  async search(q: string): Promise<void> {
    this.q = q;
    await this.ask();
  }

  async toggle(keys: readonly string[], open: boolean): Promise<void> {
    const projects = keys.filter(key => key.startsWith('p:')).map(key => key.slice(2));
    const other = projects.find(project => project !== this.project);
    if (open && other !== undefined) {
      await this.open(other);
      return;
    }
    keys.forEach(key => (open ? this.opened.add(key) : this.opened.delete(key)));
    this._changed.emit();
    if (open) {
      const sessions = keys.filter(key => key.startsWith('v:')).map(key => key.slice(2));
      const scans = keys.filter(key => key.startsWith('c:')).map(key => key.slice(2));
      await this.readScans(sessions.filter(id => !this.scans.has(id)));
      await this.readFiles(scans);
      this._changed.emit();
    }
  }

  async save(name: string): Promise<void> {
    await this.service.saveSelection(this.project, { name, q: this.q });
    await this.readSaved();
  }

  async forget(name: string): Promise<void> {
    await this.service.dropSelection(this.project, name);
    await this.readSaved();
  }

  /** How many scans there would be without each term: the way out when nothing matches. */
  async without(): Promise<{ term: string; count: number }[]> {
    const all = terms(this.q).map(term => term.text);
    const counted = all.map(async term => {
      const q = all.filter(each => each !== term).join(' ');
      return { term, count: (await this.service.facets(this.project, q, this.asking.signal)).total };
    });
    return (await Promise.all(counted)).sort((a, b) => b.count - a.count);
  }

  /** Read what the query leaves; an earlier question that is still under way is dropped. */
  private async ask(): Promise<void> {
    if (!this.project) {
      return;
    }
    this.asking.abort();
    const { signal } = (this.asking = new AbortController());
    const { project, q } = this;
    this.busy = true;
    const open = [...this.opened].filter(key => key.startsWith('v:')).map(key => key.slice(2));
    try {
      const [columns, scans] = await Promise.all([
        this.service.tree(project, q, signal),
        this.service.scans(project, open, q, signal)
      ]);
      this.take(new Sessions(columns), open, scans);
      await this.readFiles(this.openScans());
      await new Promise(done => window.setTimeout(done, PAUSE)); // the tree is what one waits for
      if (signal.aborted) {
        return;
      }
      this.facets = await this.service.facets(project, q, signal);
      this._changed.emit();
    } catch (error) {
      if (!signal.aborted) {
        this.refused(error);
      }
    }
  }

  private take(sessions: Sessions, open: readonly string[], scans: readonly Scan[]): void {
    this.scans.clear();
    this.keep(open.filter(id => sessions.findSession(id) >= 0), scans);
    this.sessions = sessions;
    this.problem = null;
    this.busy = false;
    this._changed.emit();
  }

  /** Scans that are open and still there. */
  private openScans(): string[] {
    const there = [...this.scans.values()].flat().map(scan => scan.scan_id);
    return there.filter(id => this.opened.has(`c:${id}`));
  }

  private keep(sessions: readonly string[], scans: readonly Scan[]): void {
    sessions.forEach(id => this.scans.set(id, scans.filter(scan => scan.session_id === id)));
  }

  private refused(error: unknown): void {
    this.busy = false;
    this.problem = error instanceof Problem ? error : new Problem(String(error), '', 0);
    if (this.problem.offline) {
      this.askSoon();
    }
    this._changed.emit();
  }

  private async readScans(sessions: readonly string[]): Promise<void> {
    try {
      this.keep(sessions, await this.service.scans(this.project, sessions, this.q, this.asking.signal));
    } catch (error) {
      sessions.forEach(id => this.opened.delete(`v:${id}`));
      this.problem = error instanceof Problem ? error : new Problem(String(error), '', 0);
    }
  }

  private async readFiles(scans: readonly string[]): Promise<void> {
    try {
      const { project, asking } = this;
      await Promise.all(scans.map(async id => this.files.set(id, await this.service.files(project, id, asking.signal))));
    } catch (error) {
      scans.forEach(id => this.opened.delete(`c:${id}`));
      this.problem = error instanceof Problem ? error : new Problem(String(error), '', 0);
    }
  }

  private async readSaved(): Promise<void> {
    const { project } = this;
    const saved = await this.service.selections(project).catch(() => []);
    if (project === this.project) {
      this.saved = saved;
      this._changed.emit();
    }
  }
}
