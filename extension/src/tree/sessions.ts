import { Columns } from '../rest';

/** All sessions of a project that a query leaves, as column arrays: 10,000 of them are a dozen arrays, not 10,000 objects. */
export class Sessions {
  /** Index of the first session of each subject, and the end of the last. */
  readonly starts: number[];
  private bySession: Map<string, number> | null = null;
  private bySubject: Map<string, number> | null = null;

  constructor(readonly columns: Columns) {
    const ids = columns.subject_id;
    this.starts = [];
    for (let n = 0; n < ids.length; n++) {
      if (n === 0 || ids[n] !== ids[n - 1]) {
        this.starts.push(n);
      }
    }
    this.starts.push(ids.length);
  }

  get length(): number {
    return this.columns.session_id.length;
  }

  get subjects(): number {
    return this.starts.length - 1;
  }

  get scans(): number {
    return this.columns.n_scans.reduce((sum, n) => sum + n, 0);
  }

  /** The sessions of a subject lie between these two. */
  span(subject: number): [number, number] {
    return [this.starts[subject] ?? 0, this.starts[subject + 1] ?? 0];
  }

  subjectId(subject: number): string {
    return this.columns.subject_id[this.starts[subject] ?? 0] ?? '';
  }

  subjectOf(session: number): number {
    let low = 0;
    let high = this.subjects - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.starts[middle] ?? 0) <= session) {
        low = middle;
      } else {
        high = middle - 1;
      }
    }
    return low;
  }

  findSession(id: string): number {
    this.bySession ??= new Map(this.columns.session_id.map((each, n) => [each, n]));
    return this.bySession.get(id) ?? -1;
  }

  findSubject(id: string): number {
    this.bySubject ??= new Map(this.starts.slice(0, -1).map((start, n) => [this.columns.subject_id[start] ?? '', n]));
    return this.bySubject.get(id) ?? -1;
  }
}
