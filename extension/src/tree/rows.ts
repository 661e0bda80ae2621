import { TranslationBundle } from '@jupyterlab/translation';
import { bytes, day, parted } from '../format';
import { fileName } from '../inspector/files';
import { Project, QUALITIES, Quality, Row as FileRow, Scan } from '../rest';
import { Level, Thing } from '../tokens';
import { Sessions } from './sessions';

/** What stands in one line of the tree. */
export interface Row {
  readonly key: string;
  readonly level: Level | 'file' | 'wait';
  readonly depth: number;
  readonly name: string;
  readonly meta: string;
  readonly quality: Quality | null;
  readonly conflicts: number;
  /** null where nothing can be opened */
  readonly open: boolean | null;
  readonly at: number;
  readonly of: number;
}

/** What the tree is made of. `scans` holds the sessions whose scans are known. */
export interface Contents {
  readonly projects: readonly Project[];
  readonly current: string;
  readonly sessions: Sessions | null;
  readonly opened: ReadonlySet<string>;
  readonly scans: ReadonlyMap<string, readonly Scan[]>;
  /** Of the scans that are open: as many as are shown, and how many there are. */
  readonly files: ReadonlyMap<string, { readonly items: readonly FileRow[]; readonly total: number }>;
}

const PROJECT = 1;
const SUBJECT = 2;
const SESSION = 3;
const SCAN = 4;
const FILE = 5;
const MORE = 6;
const WAIT = 7;

/** The lines that can be seen when one scrolls, numbered from 0: three small arrays, made anew when something opens. */
export class Rows {
  private readonly what: number[] = [];
  private readonly which: number[] = [];
  /** Of a scan: its session. Of a file: its scan, as the line above the files has it. */
  private readonly inside: number[] = [];

  constructor(
    private readonly contents: Contents,
    private readonly trans: TranslationBundle
  ) {
    contents.projects.forEach((project, n) => {
      this.push(PROJECT, n);
      if (project.project === contents.current && contents.opened.has(`p:${project.project}`)) {
        this.pushSubjects();
      }
    });
  }

  get length(): number {
    return this.what.length;
  }

  private push(what: number, which: number, inside = 0): void {
    this.what.push(what);
    this.which.push(which);
    this.inside.push(inside);
  }

  private pushSubjects(): void {
    const { sessions, opened } = this.contents;
    if (!sessions) {
      this.push(WAIT, 2);
      return;
    }
    for (let subject = 0; subject < sessions.subjects; subject++) {
      this.push(SUBJECT, subject);
      if (opened.has(`s:${sessions.subjectId(subject)}`)) {
        this.pushSessions(sessions, subject);
      }
    }
  }

  private pushSessions(sessions: Sessions, subject: number): void {
    const [first, end] = sessions.span(subject);
    for (let session = first; session < end; session++) {
      this.push(SESSION, session);
      const id = sessions.columns.session_id[session] ?? '';
      if (this.contents.opened.has(`v:${id}`)) {
        const scans = this.contents.scans.get(id);
        if (scans) {
          scans.forEach((scan, n) => this.pushScan(scan, n, session));
        } else {
          this.push(WAIT, 4, session);
        }
      }
    }
  }

  private pushScan(scan: Scan, n: number, session: number): void {
    this.push(SCAN, n, session);
    if (!this.contents.opened.has(`c:${scan.scan_id}`)) {
      return;
    }
    const line = this.length - 1;
    const files = this.contents.files.get(scan.scan_id);
    if (!files) {
      this.push(WAIT, SCAN + 1, line);
      return;
    }
    files.items.forEach((_, file) => this.push(FILE, file, line));
    if (files.total > files.items.length) {
      this.push(MORE, files.items.length, line);
    }
  }

  /** Where the line with this key is, or -1. */
  find(key: string): number {
    const { projects, sessions, scans } = this.contents;
    const [what, id] = [key[0], key.slice(2)];
    if (what === 'p') {
      return this.where(PROJECT, projects.findIndex(each => each.project === id));
    }
    if (!sessions) {
      return -1;
    }
    if (what === 's') {
      return this.where(SUBJECT, sessions.findSubject(id));
    }
    if (what === 'v') {
      return this.where(SESSION, sessions.findSession(id));
    }
    if (what === 'f') {
      const [scan = '', n] = id.split(':');
      return this.where(FILE, Number(n), this.find(`c:${scan}`));
    }
    for (const [session, held] of scans) {
      const n = held.findIndex(each => each.scan_id === id);
      if (n >= 0) {
        return this.where(SCAN, n, sessions.findSession(session));
      }
    }
    return -1;
  }

  private where(what: number, which: number, inside = 0): number {
    return this.what.findIndex((each, n) => each === what && this.which[n] === which && this.inside[n] === inside);
  }

  /** The line that this one lies under, or -1. */
  parent(n: number): number {
    const what = this.what[n] ?? 0;
    const above = what === WAIT ? (this.which[n] ?? 0) - 1 : what === MORE ? SCAN : what - 1;
    for (let before = n - 1; above > 0 && before >= 0; before--) {
      if (this.what[before] === above) {
        return before;
      }
    }
    return -1;
  }

  at(n: number): Row {
    const which = this.which[n] ?? 0;
    switch (this.what[n]) {
      case PROJECT:
        return this.project(which);
      case SUBJECT:
        return this.subject(which);
      case SESSION:
        return this.session(which);
      case SCAN:
        return this.scan(which, this.inside[n] ?? 0);
      case FILE:
        return this.file(n);
      case MORE:
        return this.more(n);
      default:
        return { ...NOTHING, key: `w:${n}`, level: 'wait', depth: which - 1, name: this.trans.__('Reading …') };
    }
  }

  /** What a line stands for; null for one that only says that something is being read or left out. */
  thing(n: number): Thing | null {
    const row = this.at(n);
    if (row.level === 'wait') {
      return null;
    }
    if (row.level === 'file') {
      return this.thing(this.inside[n] ?? 0); // what is done with a file is done with its scan
    }
    const scan = row.level === 'scan' ? this.scanOf(n) : undefined;
    const project = row.level === 'project' ? row.name : this.contents.current;
    const id = row.level === 'project' ? (this.contents.projects[this.which[n] ?? 0]?.project_id ?? '') : row.key.slice(2);
    return { project, level: row.level, id, label: row.name, ...(scan && { scan }) };
  }

  private scanOf(n: number): Scan | undefined {
    const session = this.contents.sessions?.columns.session_id[this.inside[n] ?? 0] ?? '';
    return this.contents.scans.get(session)?.[this.which[n] ?? 0];
  }

  private project(n: number): Row {
    const { projects, opened, current } = this.contents;
    const project = projects[n];
    if (!project) {
      return NOTHING;
    }
    const key = `p:${project.project}`;
    const open = opened.has(key) && project.project === current;
    const meta =
      !project.verbs.includes('label') ? this.trans.__('read only') : parted(this.trans._n('%1 subject', '%1 subjects', project.n_subjects));
    return { ...NOTHING, key, level: 'project', name: project.project, meta, open, at: n + 1, of: projects.length };
  }

  private subject(n: number): Row {
    const sessions = this.contents.sessions as Sessions;
    const [first, end] = sessions.span(n);
    const key = `s:${sessions.subjectId(n)}`;
    const open = this.contents.opened.has(key);
    const { columns } = sessions;
    const below = columns.conflicts.slice(first, end).some(each => each > 0); // then its visits say so
    const conflicts = open && below ? 0 : (columns.subject_conflicts[first] ?? 0);
    const meta = conflicts ? this.conflict(conflicts) : this.trans._n('%1 visit', '%1 visits', end - first);
    const name = sessions.columns.subject[first] ?? '';
    return { ...NOTHING, key, level: 'subject', depth: 1, name, meta, conflicts, open, at: n + 1, of: sessions.subjects };
  }

  private session(n: number): Row {
    const sessions = this.contents.sessions as Sessions;
    const { columns } = sessions;
    const [first, end] = sessions.span(sessions.subjectOf(n));
    const key = `v:${columns.session_id[n] ?? ''}`;
    const conflicts = columns.conflicts[n] ?? 0;
    const scans = this.trans._n('%1 scan', '%1 scans', columns.n_scans[n] ?? 0);
    const meta = conflicts ? this.conflict(conflicts) : day(columns.acquired[n]) || scans;
    return {
      ...NOTHING, key, level: 'session', depth: 2, name: columns.session[n] ?? '', meta, conflicts,
      quality: worst(columns, n), open: this.contents.opened.has(key), at: n - first + 1, of: end - first
    };
  }

  private scan(n: number, session: number): Row {
    const sessions = this.contents.sessions as Sessions;
    const scans = this.contents.scans.get(sessions.columns.session_id[session] ?? '') ?? [];
    const scan = scans[n];
    if (!scan) {
      return NOTHING;
    }
    const meta = parted(this.trans._n('%1 file', '%1 files', scan.n_files));
    return {
      ...NOTHING, key: `c:${scan.scan_id}`, level: 'scan', depth: 3, name: nameOf(scan), meta, quality: scan.quality,
      open: this.contents.opened.has(`c:${scan.scan_id}`), at: n + 1, of: scans.length
    };
  }

  private file(n: number): Row {
    const [which, scan] = [this.which[n] ?? 0, this.scanOf(this.inside[n] ?? 0)];
    const files = this.contents.files.get(scan?.scan_id ?? '');
    const file = files?.items[which];
    if (!file || !files) {
      return NOTHING;
    }
    const status = String(file['status'] ?? 'ok');
    const meta = status === 'ok' ? bytes(Number(file['bytes'] ?? 0)) : status;
    const name = fileName(file, which, this.trans);
    return { ...NOTHING, key: `f:${scan?.scan_id ?? ''}:${which}`, level: 'file', depth: 4, name, meta, at: which + 1, of: files.total };
  }

  private more(n: number): Row {
    const files = this.contents.files.get(this.scanOf(this.inside[n] ?? 0)?.scan_id ?? '');
    const left = (files?.total ?? 0) - (files?.items.length ?? 0);
    const name = parted(this.trans._n('%1 more file', '%1 more files', left));
    return { ...NOTHING, key: `w:${n}`, level: 'wait', depth: 4, name };
  }

  private conflict(n: number): string {
    return `▲ ${this.trans._n('%1 conflict', '%1 conflicts', n)}`;
  }
}

const NOTHING: Row = {
  key: '', level: 'wait', depth: 0, name: '', meta: '', quality: null, conflicts: 0, open: null, at: 1, of: 1
};

/** A closed session says the most severe quality among its scans; none while nothing is rated. */
function worst(columns: Sessions['columns'], n: number): Quality | null {
  const found = ([...QUALITIES].slice(0, 3).reverse() as Quality[]).find(each => (columns[each as 'usable'][n] ?? 0) > 0);
  return found ?? null;
}

/** Kind first, for that is what is looked for; the label where it says more. */
function nameOf(scan: Scan): string {
  const kind = scan.kind ?? '';
  return kind && !scan.scan.toLowerCase().includes(kind.toLowerCase()) ? `${kind} ${scan.scan}` : scan.scan || kind;
}
