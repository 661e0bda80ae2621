import { ISignal, Signal } from '@lumino/signaling';
import { settled } from './dom';
import { Hello, Project } from './rest';
import { Problem } from './door';
import { Service } from './service';

const SOON = 500;
const LATE = 15_000;
/** Milliseconds between looks at an index run, which tells its state only when asked. */
const INDEXING = 1_500;
/** Milliseconds until what was said is in the tables that everybody reads, and how often that is waited for. */
const PUBLISHED = 150;
const LOOKS = 12;

/** Follows the archive while somebody looks: whose tables have moved, what is under way, whether anybody answers. */
export class Live {
  hello: Hello | null = null;
  projects: Project[] = [];
  problem: Problem | null = null;
  /** Since when nobody has answered. */
  offlineSince: Date | null = null;
  private since = 0;
  private wait = SOON;
  private looks = 0;
  /** project -> the last number that was said of it */
  private readonly said = new Map<string, number>();
  private stopped = false;
  /** The line on which changes come; a page that nobody looks at holds none, for a browser has six a server. */
  private line = new AbortController();
  private goOn: (() => void) | null = null;
  private readonly _moved = new Signal<this, ReadonlySet<string>>(this);
  private readonly _stateChanged = new Signal<this, void>(this);

  constructor(private readonly service: Service) {
    document.addEventListener('visibilitychange', this.onVisibility);
  }

  /** The projects whose tables are others now. */
  get moved(): ISignal<this, ReadonlySet<string>> {
    return this._moved;
  }

  get stateChanged(): ISignal<this, void> {
    return this._stateChanged;
  }

  start(): void {
    void this.follow();
  }

  dispose(): void {
    this.stopped = true;
    document.removeEventListener('visibilitychange', this.onVisibility);
    this.line.abort();
    this.goOn?.();
  }

  private readonly onVisibility = (): void => (document.hidden ? this.line.abort() : this.tryNow());

  /** Ask at once, however long the next attempt is away. */
  tryNow(): void {
    this.wait = SOON;
    this.goOn?.();
  }

  /** Something was begun here: look at how far it is. */
  begun(): void {
    this.lookSoon();
  }

  private async follow(): Promise<void> {
    while (!this.stopped) {
      const { signal } = (this.line = new AbortController());
      try {
        await this.look();
        this.wait = SOON;
        for await (const change of this.service.changes(this.since, signal)) {
          this.since = Math.max(this.since, change.seq);
          this.said.set(change.project, change.seq);
          this.looks = LOOKS;
          this.lookSoon();
        }
      } catch (error) {
        if (!signal.aborted) {
          this.lost(error);
        }
      }
      // A page that nobody sees asks for nothing, so that a tab that was left open keeps no server from being ended.
      await this.pause(document.hidden ? null : this.wait);
      this.wait = Math.min(this.wait * 2, LATE);
    }
  }

  private readonly lookSoon = settled(PUBLISHED, () => this.look().catch(error => this.lost(error)));

  /** Read where the archive is, tell what has moved since, and look again while what was said is not yet published. */
  private async look(): Promise<void> {
    const [hello, projects] = await Promise.all([this.service.hello(), this.service.projects()]);
    const before = new Map(this.projects.map(project => [project.project, stamp(project)]));
    const moved = new Set(projects.filter(each => before.get(each.project) !== stamp(each)).map(each => each.project));
    before.forEach((_, project) => projects.every(each => each.project !== project) && moved.add(project));
    if (this.hello === null) {
      this.since = hello.seq;
    }
    this.hello = hello;
    this.projects = projects;
    this.problem = this.offlineSince = null;
    this._stateChanged.emit();
    if (moved.size) {
      this._moved.emit(moved);
    }
    if (projects.some(each => each.seq < (this.said.get(each.project) ?? 0)) && this.looks-- > 0) {
      this.lookSoon();
    } else if (hello.work.length) {
      window.setTimeout(this.lookSoon, INDEXING);
    }
  }

  private lost(error: unknown): void {
    if (this.stopped) {
      return;
    }
    this.problem = error instanceof Problem ? error : new Problem(String(error), '', 0);
    this.offlineSince ??= new Date();
    this._stateChanged.emit();
  }

  /** For so long, or until somebody looks. */
  private pause(milliseconds: number | null): Promise<void> {
    return new Promise(done => {
      const timer = milliseconds === null ? 0 : window.setTimeout(done, milliseconds);
      this.goOn = () => {
        window.clearTimeout(timer);
        done();
      };
    });
  }
}

function stamp({ generation, seq, role, n_scans }: Project): string {
  return [generation, seq, role, n_scans].join('.');
}
