/** Rows of `visits` as a grid: subjects down; visits, and in each its kinds and forms, across. Knows no page. */
import { Course } from '../rest';

export interface Cell {
  readonly visit: string;
  /** A kind of scan, or a form. */
  readonly what: string;
  readonly isForm: boolean;
  readonly status: string;
  readonly session: string;
  readonly sessionId: string;
  readonly scan: string;
  readonly due: string;
  readonly opens: string;
  readonly closes: string;
  readonly came: string;
  /** By how many days the visit missed its window. */
  readonly off: number;
}

export interface SubjectRow {
  readonly id: string;
  readonly subject: string;
  /** One a column; nothing where a column is not expected of this subject. */
  readonly cells: readonly (Cell | undefined)[];
  readonly gaps: number;
}

export interface Column {
  readonly visit: string;
  readonly what: string;
  /** Of those that are due, how many are here. */
  readonly due: number;
  readonly here: number;
}

export interface Grid {
  readonly columns: readonly Column[];
  readonly subjects: readonly SubjectRow[];
}

const GAPS = new Set(['missed', 'missing', 'unusable']);
const NOT_DUE = new Set(['later', 'due', 'withdrawn', 'undated']);

export function isGap(cell: Cell | undefined): boolean {
  return cell !== undefined && GAPS.has(cell.status);
}

export function isHere(cell: Cell): boolean {
  return !NOT_DUE.has(cell.status) && cell.status !== 'missed' && cell.status !== 'missing';
}

export function isDue(cell: Cell): boolean {
  return !NOT_DUE.has(cell.status);
}

/** `places`: the order of the visits. */
export function gridOf(of: Course, places: readonly string[]): Grid {
  const text = (name: string, n: number): string => String(of[name]?.[n] ?? '');
  const keys = new Map<string, number>();
  const found: { id: string; subject: string; cells: Map<string, Cell> }[] = [];
  (of['subject_id'] ?? []).forEach((id, n) => {
    let row = found[found.length - 1];
    if (!row || row.id !== String(id)) {
      row = { id: String(id), subject: text('subject', n), cells: new Map() };
      found.push(row);
    }
    const [visit, what] = [text('visit', n), text('kind', n) || text('form', n)];
    const key = `${visit}\n${what}`;
    keys.set(key, keys.get(key) ?? keys.size);
    row.cells.set(key, {
      visit,
      what,
      isForm: text('form', n) !== '',
      status: text('status', n),
      session: text('session', n),
      sessionId: text('session_id', n),
      scan: text('scan_id', n),
      due: text('due', n),
      opens: text('opens', n),
      closes: text('closes', n),
      came: text('came', n),
      off: Number(of['off']?.[n] ?? 0)
    });
  });
  const ordered = [...keys].sort((a, b) => places.indexOf(visitOf(a[0])) - places.indexOf(visitOf(b[0])) || a[1] - b[1]).map(([key]) => key);
  const subjects = found.map(({ id, subject, cells }) => {
    const row = ordered.map(key => cells.get(key));
    return { id, subject, cells: row, gaps: row.filter(isGap).length };
  });
  const columns = ordered.map((key, n) => {
    const there = subjects.map(row => row.cells[n]).filter(cell => cell !== undefined);
    const [visit, what] = key.split('\n') as [string, string];
    return { visit, what, due: there.filter(isDue).length, here: there.filter(isHere).length };
  });
  return { columns, subjects };
}

function visitOf(key: string): string {
  return key.slice(0, key.indexOf('\n'));
}

/** The grid as CSV, one line a subject and visit and kind. */
export function csvOf(subjects: readonly SubjectRow[]): string {
  const quoted = (word: string | number): string => {
    const text = String(word);
    const plain = /^[=+\-@\t\r]/.test(text) && Number.isNaN(Number(text)) ? `'${text}` : text; // a spreadsheet would run it
    return /[",\n\r]/.test(plain) ? `"${plain.replace(/"/g, '""')}"` : plain;
  };
  const lines = subjects.flatMap(row => row.cells.filter(cell => cell !== undefined).map(cell => [row.subject, cell.visit, cell.what, cell.status, cell.due, cell.came, cell.off, cell.session]));
  return [['subject', 'visit', 'what', 'status', 'due', 'came', 'off', 'session'], ...lines].map(line => line.map(quoted).join(',')).join('\r\n') + '\r\n';
}
