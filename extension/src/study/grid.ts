/** The grid of a study's visits: a table of which only what is seen is drawn, with one cell that the keys move. */
import { Words } from '../door';
import { fill, h, shape } from '../dom';
import { Cell, Grid, isGap, SubjectRow } from './visits';

/** Pixels of a row. */
const ROW = 25;
/** Rows beyond what is seen. */
const BEYOND = 10;
const QUALITIES = new Set(['usable', 'questionable', 'unusable', 'unreviewed']);

interface Events {
  chosen(row: SubjectRow, cell: Cell): void;
  opened(cell: Cell): void;
}

export class GridView {
  readonly node: HTMLElement;
  private readonly head = h('thead', {});
  private readonly body = h('tbody', {});
  private grid: Grid = { columns: [], subjects: [] };
  private rows: readonly SubjectRow[] = [];
  private at: [number, number] = [0, 0];
  private drawn = '';

  constructor(
    private readonly trans: Words,
    private readonly events: Events
  ) {
    this.node = h('div', { class: 'la-grid-scroll', tabindex: -1 }, h('table', { class: 'la-visits', role: 'grid' }, this.head, this.body));
    this.node.addEventListener('scroll', () => this.draw());
    this.node.addEventListener('keydown', event => this.onKey(event));
    this.body.addEventListener('click', event => this.onClick(event, false));
    this.body.addEventListener('dblclick', event => this.onClick(event, true));
  }

  show(grid: Grid, rows: readonly SubjectRow[], titles: ReadonlyMap<string, string>): void {
    this.grid = grid;
    this.rows = rows;
    this.at = [Math.min(this.at[0], Math.max(0, rows.length - 1)), Math.min(this.at[1], Math.max(0, grid.columns.length - 1))];
    this.drawn = '';
    this.drawHead(titles);
    this.draw();
  }

  /** Redraws with another height of the window. */
  resized(): void {
    this.drawn = '';
    this.draw();
  }

  private drawHead(titles: ReadonlyMap<string, string>): void {
    const { trans } = this;
    const { columns } = this.grid;
    const visits = [...new Set(columns.map(column => column.visit))];
    const top = visits.map(visit => h('th', { scope: 'colgroup', class: 'la-v0', colspan: columns.filter(column => column.visit === visit).length }, h('b', {}, visit), ' ', h('span', { class: 'la-two' }, titles.get(visit) ?? '')));
    const below = columns.map((column, n) => h('th', { scope: 'col', class: this.first(n) && 'la-v0', title: column.what }, h('span', { class: 'la-what' }, column.what)));
    const here = columns.map((column, n) => {
      const share = column.due ? column.here / column.due : 1;
      const bar = h('i', {});
      bar.style.setProperty('width', `${100 * share}%`);
      return h('td', { class: this.first(n) && 'la-v0', title: trans.__('%1 of %2 due', column.here, column.due) }, column.due ? `${Math.floor(100 * share)} %` : '–', h('span', { class: 'la-share', 'aria-hidden': 'true' }, bar));
    });
    fill(
      this.head,
      h('tr', {}, h('th', { scope: 'col', rowspan: 2 }, trans.__('subject')), ...top, h('th', { scope: 'col', rowspan: 2, class: 'la-v0' }, trans.__('gaps'))),
      h('tr', {}, ...below),
      h('tr', { class: 'la-sum' }, h('th', { scope: 'row' }, trans.__('here')), ...here, h('td', { class: 'la-v0' }, String(this.rows.reduce((sum, row) => sum + row.gaps, 0))))
    );
  }

  private first(column: number): boolean {
    return this.grid.columns[column]?.visit !== this.grid.columns[column - 1]?.visit;
  }

  private draw(): void {
    const high = this.node.clientHeight || 600;
    const from = Math.max(0, Math.floor(this.node.scrollTop / ROW) - BEYOND);
    const to = Math.min(this.rows.length, Math.ceil((this.node.scrollTop + high) / ROW) + BEYOND);
    const now = `${from} ${to} ${this.at.join(' ')}`;
    if (now === this.drawn) {
      return;
    }
    this.drawn = now;
    const held = this.body.contains(document.activeElement);
    const space = (rows: number): HTMLElement | false => {
      if (rows <= 0) {
        return false;
      }
      const row = h('tr', { 'aria-hidden': 'true' });
      row.style.setProperty('height', `${rows * ROW}px`);
      return row;
    };
    fill(this.body, space(from), ...this.rows.slice(from, to).map((row, n) => this.row(row, from + n)), space(this.rows.length - to));
    if (held) {
      this.focused()?.focus({ preventScroll: true });
    }
  }

  private row(row: SubjectRow, n: number): HTMLElement {
    const cells = row.cells.map((cell, column) => h('td', { class: [this.first(column) && 'la-v0', isGap(cell) && 'la-gap'].filter(Boolean).join(' '), role: 'gridcell' }, cell && this.cell(row, cell, n, column)));
    return h('tr', { 'aria-rowindex': n + 4 }, h('th', { scope: 'row' }, row.subject), ...cells, h('td', { class: 'la-v0 la-n' }, row.gaps ? h('b', {}, row.gaps) : '–'));
  }

  private cell(row: SubjectRow, cell: Cell, n: number, column: number): HTMLElement {
    const { trans } = this;
    const here = n === this.at[0] && column === this.at[1];
    const off = cell.off ? trans.__('%1 days out of the window', cell.off) : '';
    const label = `${row.subject} ${cell.visit} ${cell.what}: ${[cell.status, off].filter(Boolean).join(', ')}`;
    return h('button', { type: 'button', class: 'la-visit-cell', tabindex: here ? 0 : -1, 'aria-label': label, title: label, 'aria-current': here && 'true', 'data-at': `${n} ${column}` }, mark(cell));
  }

  private focused(): HTMLElement | null {
    return this.body.querySelector<HTMLElement>(`[data-at="${this.at.join(' ')}"]`);
  }

  private onClick(event: MouseEvent, open: boolean): void {
    const at = (event.target as Element).closest<HTMLElement>('[data-at]')?.dataset['at'];
    if (at) {
      const [row, column] = at.split(' ').map(Number) as [number, number];
      const cell = this.rows[row]?.cells[column];
      if (open && cell) {
        this.events.opened(cell);
      } else {
        this.go(row, column);
      }
    }
  }

  /** Choose a cell, and have it seen. */
  go(row: number, column: number): void {
    const to = this.rows[row];
    const cell = to?.cells[column];
    if (!to || !cell) {
      return;
    }
    this.at = [row, column];
    const head = this.head.offsetHeight;
    const top = row * ROW;
    if (top < this.node.scrollTop) {
      this.node.scrollTop = top;
    } else if (top + ROW + head > this.node.scrollTop + this.node.clientHeight) {
      this.node.scrollTop = top + ROW + head - this.node.clientHeight;
    }
    this.draw();
    this.focused()?.focus({ preventScroll: true });
    this.focused()?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
    this.events.chosen(to, cell);
  }

  private onKey(event: KeyboardEvent): void {
    const [row, column] = this.at;
    const wide = this.grid.columns.length;
    const cell = this.rows[row]?.cells[column];
    const step = (by: number, one: (n: number) => boolean): [number, number] | undefined => {
      for (let n = row * wide + column + by; n >= 0 && n < this.rows.length * wide; n += by) {
        if (one(n)) {
          return [Math.floor(n / wide), n % wide];
        }
      }
      return undefined;
    };
    const there = (n: number): Cell | undefined => this.rows[Math.floor(n / wide)]?.cells[n % wide];
    const visit = (by: number): [number, number] | undefined => {
      let to = column + by;
      while (to >= 0 && to < wide && !(this.first(to) && (by > 0 || to < column))) {
        to += by;
      }
      return to >= 0 && to < wide ? [row, to] : undefined;
    };
    const ways: Record<string, () => [number, number] | undefined> = {
      ArrowRight: () => (event.ctrlKey ? visit(1) : [row, column + 1]),
      ArrowLeft: () => (event.ctrlKey ? visit(-1) : [row, column - 1]),
      ArrowDown: () => [row + 1, column],
      ArrowUp: () => [row - 1, column],
      PageDown: () => [Math.min(this.rows.length - 1, row + 20), column],
      PageUp: () => [Math.max(0, row - 20), column],
      Home: () => [event.ctrlKey ? 0 : row, 0],
      End: () => [event.ctrlKey ? this.rows.length - 1 : row, wide - 1],
      j: () => step(1, n => isGap(there(n))),
      k: () => step(-1, n => isGap(there(n)))
    };
    const way = ways[event.key];
    if ((event.key === 'Enter' || event.key === 'v') && cell) {
      this.events.opened(cell);
    } else if (way && !event.altKey && !event.metaKey) {
      const to = way();
      if (to) {
        this.go(...to);
      }
    } else {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  }
}

function mark(cell: Cell): HTMLElement {
  if (cell.off && cell.status !== 'missing') {
    return h('span', { class: 'la-off', 'aria-hidden': 'true' }, `${cell.off > 0 ? '+' : '−'}${Math.abs(cell.off)} d`);
  }
  if (QUALITIES.has(cell.status)) {
    return shape(cell.status, '');
  }
  const classes: Record<string, string> = { missed: 'la-miss', missing: 'la-miss', entered: 'la-q la-q-usable', due: 'la-due la-now', later: 'la-due' };
  return h('span', { class: classes[cell.status] ?? 'la-none', 'aria-hidden': 'true' }, cell.status === 'withdrawn' ? '×' : cell.status === 'undated' ? '?' : '');
}
