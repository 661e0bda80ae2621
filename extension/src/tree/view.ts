import { h, settled } from '../dom';
import { Thing } from '../tokens';
import { Chosen } from './chosen';
import { move } from './keys';
import { HEIGHT, Line } from './line';
import { Rows } from './rows';

/** Lines above and below what can be seen, so that a scroll step shows no gap. */
const SPARE = 6;

/** Milliseconds that the pointer rests on a row before what may be asked of it is fetched. */
const REST = 120;

export interface TreeEvents {
  /** Open or close the things with these keys. */
  opened(keys: string[], open: boolean): void;
  chosen(things: Thing[]): void;
  /** A drag begins: put into it what is dragged. */
  dragged(things: Thing[], transfer: DataTransfer): void;
  /** A sign was typed that is a command: by itself, because where it lies differs between keyboards. */
  sign(sign: string): boolean;
  /** The pointer or the keyboard is on something: what may be asked of it soon can be fetched. */
  near(things: Thing[]): void;
}

/** The tree: only the lines that can be seen are elements, however many there are. */
export class TreeView {
  readonly node: HTMLElement;
  private readonly list: HTMLUListElement;
  private readonly lines = new Map<number, Line>();
  private readonly spare: Line[] = [];
  /** By the keys of their rows, while other rows are shown in their stead. */
  private readonly held = new Map<string, Line>();
  private readonly chosen = new Chosen();
  private rows: Rows | null = null;
  private active = 0;
  private over: Event | null = null;
  private readonly rest = settled(REST, () => this.over && this.onNear(this.over));
  private typed = '';
  private typedAt = 0;

  constructor(
    label: string,
    private readonly events: TreeEvents
  ) {
    this.list = h('ul', { class: 'la-tree', role: 'tree', 'aria-label': label, 'aria-multiselectable': 'true' });
    this.node = h('div', { class: 'la-tree-scroll' }, this.list);
    this.node.addEventListener('scroll', () => this.render(), { passive: true });
    this.list.addEventListener('click', event => this.onClick(event));
    this.list.addEventListener('contextmenu', event => this.onMenu(event));
    this.list.addEventListener('keydown', event => this.onKey(event));
    this.list.addEventListener('dragstart', event => this.onDrag(event));
    this.list.addEventListener('pointerdown', event => this.onNear(event));
    this.list.addEventListener('pointerover', event => {
      this.over = event;
      this.rest();
    });
    new ResizeObserver(() => this.render()).observe(this.node);
  }

  /** Show these rows; who had the keyboard keeps it, wherever its row is now. */
  show(rows: Rows): void {
    const key = this.rows && this.active < this.rows.length ? this.rows.at(this.active).key : '';
    const focused = this.list.contains(document.activeElement);
    const kept = key ? rows.find(key) : 0;
    this.rows = rows;
    this.active = Math.min(kept < 0 ? this.active : kept, Math.max(0, rows.length - 1));
    this.chosen.keep(rows);
    this.list.style.height = `${rows.length * HEIGHT}px`;
    this.lines.forEach(line => this.held.set(line.key, line)); // a row keeps its element: a click may be under way on it
    this.lines.clear();
    this.render();
    this.held.forEach(line => line.hide());
    this.spare.push(...this.held.values());
    this.held.clear();
    if (focused) {
      this.lines.get(this.active)?.node.focus({ preventScroll: true });
    }
  }

  /** Draw what can be seen now, and the line that has the keyboard. Called at every scroll step. */
  render(): void {
    const { rows } = this;
    if (!rows) {
      return;
    }
    const first = Math.max(0, Math.floor(this.node.scrollTop / HEIGHT) - SPARE);
    const end = Math.min(rows.length, first + Math.ceil(this.node.clientHeight / HEIGHT) + 2 * SPARE);
    for (const [at, line] of this.lines) {
      if ((at < first || at >= end) && at !== this.active) {
        line.hide();
        this.lines.delete(at);
        this.spare.push(line);
      }
    }
    for (let at = first; at < end; at++) {
      this.line(rows, at);
    }
    if (this.active < rows.length) {
      this.line(rows, this.active);
    }
  }

  private line(rows: Rows, at: number): void {
    if (this.lines.has(at)) {
      return;
    }
    const row = rows.at(at);
    const line = this.held.get(row.key) ?? this.spare.pop() ?? new Line();
    this.held.delete(row.key);
    line.draw(row, at);
    line.mark(at === this.active, this.isChosen(at, row.key));
    this.lines.set(at, line);
    this.list.append(line.node);
  }

  focus(): void {
    this.reveal(this.active);
    this.lines.get(this.active)?.node.focus({ preventScroll: true });
  }

  /** What the pointer is on; a scan also where it is on one of its files. */
  at(event: Event): Thing | null {
    const at = place(event);
    return this.rows && at >= 0 ? this.rows.thing(at) : null;
  }

  /** What is chosen, or else the line that has the keyboard. */
  get things(): Thing[] {
    if (!this.rows) {
      return [];
    }
    const chosen = this.chosen.things(this.rows);
    const here = this.active < this.rows.length ? this.rows.thing(this.active) : null;
    return chosen.length ? chosen : here ? [here] : [];
  }

  get activeKey(): string {
    return this.rows && this.active < this.rows.length ? this.rows.at(this.active).key : '';
  }

  /** Add the line that has the keyboard to what is chosen, or take it out. */
  toggleChosen(): void {
    this.choose(this.active, 'toggle');
  }

  /** Nothing is chosen but the line that has the keyboard. */
  clearChosen(): void {
    this.chosen.clear();
    this.moveTo(this.active);
    this.events.chosen(this.things);
  }

  /** Open everything beside the line that has the keyboard. */
  openSiblings(): void {
    const { rows } = this;
    if (!rows) {
      return;
    }
    const { depth } = rows.at(this.active);
    const keys: string[] = [];
    for (let at = rows.parent(this.active) + 1; at < rows.length; at++) {
      const row = rows.at(at);
      if (row.depth < depth) {
        break;
      }
      if (row.depth === depth && row.open === false && row.level !== 'project') {
        keys.push(row.key);
      }
    }
    this.events.opened(keys, true);
  }

  private isChosen(at: number, key: string): boolean {
    return this.chosen.empty ? at === this.active : this.chosen.has(key);
  }

  private choose(at: number, how: 'one' | 'toggle' | 'range'): void {
    const { rows } = this;
    if (!rows || at < 0 || at >= rows.length) {
      return;
    }
    this.chosen.choose(rows, at, how);
    this.moveTo(at);
    this.events.chosen(this.things);
  }

  private moveTo(at: number): void {
    const focused = this.list.contains(document.activeElement);
    this.active = at;
    this.reveal(at);
    for (const [n, line] of this.lines) {
      line.mark(n === at, this.isChosen(n, this.rows?.at(n).key ?? ''));
    }
    if (focused) {
      this.lines.get(at)?.node.focus({ preventScroll: true });
    }
  }

  private reveal(at: number): void {
    const { node } = this;
    const top = at * HEIGHT;
    if (top < node.scrollTop) {
      node.scrollTop = top;
    } else if (top + HEIGHT > node.scrollTop + node.clientHeight) {
      node.scrollTop = top + HEIGHT - node.clientHeight;
    }
    this.render();
  }

  private onClick(event: MouseEvent): void {
    const at = place(event);
    const row = this.rows && at >= 0 ? this.rows.at(at) : null;
    if (!row) {
      return;
    }
    if (row.open !== null && (event.target as Element).classList.contains('la-twist')) {
      this.events.opened([row.key], !row.open);
      this.moveTo(at);
      return;
    }
    const how = event.shiftKey ? 'range' : event.ctrlKey || event.metaKey ? 'toggle' : 'one';
    this.lines.get(at)?.node.focus({ preventScroll: true });
    this.choose(at, how);
    if (row.level === 'project' && row.open === false && how === 'one') {
      this.events.opened([row.key], true);
    }
  }

  /** A menu is about what is chosen; a row that is not is chosen by asking for its menu. */
  private onMenu(event: Event): void {
    const at = place(event);
    if (this.rows && at >= 0 && !this.chosen.has(this.rows.at(at).key)) {
      this.choose(at, 'one');
    }
  }

  private onKey(event: KeyboardEvent): void {
    const { rows } = this;
    if (!rows || event.ctrlKey || event.metaKey || event.altKey) {
      return;
    }
    if (this.events.sign(event.key)) {
      event.preventDefault();
      event.stopPropagation();
      return;
    }
    const now = performance.now();
    this.typed = event.key.length === 1 ? (now - this.typedAt < 800 ? this.typed : '') + event.key : '';
    this.typedAt = now;
    const page = Math.max(1, Math.floor(this.node.clientHeight / HEIGHT) - 1);
    const done = move(rows, this.active, event.key, { page, typed: this.typed });
    if (!done) {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
    if (done.open !== undefined) {
      this.events.opened([rows.at(this.active).key], done.open);
    } else if (event.shiftKey && !this.typed) {
      this.chosen.begin(rows.at(this.active).key);
      this.choose(done.to, 'range');
    } else {
      this.chosen.leave();
      this.moveTo(done.to);
      this.events.chosen(this.things);
    }
  }

  private onNear(event: Event): void {
    const things = this.under(event);
    if (things.length) {
      this.events.near(things);
    }
  }

  private onDrag(event: DragEvent): void {
    const things = this.under(event);
    if (things.length && event.dataTransfer) {
      this.events.dragged(things, event.dataTransfer);
    }
  }

  /** What is chosen where the pointer is on one of them, else only what the pointer is on. */
  private under(event: Event): Thing[] {
    const at = place(event);
    const here = this.rows && at >= 0 ? this.rows.thing(at) : null;
    if (!this.rows || !here) {
      return [];
    }
    return this.chosen.has(this.rows.at(at).key) ? this.chosen.things(this.rows) : [here];
  }
}

/** The number of the line that an event is about, or -1. */
function place(event: Event): number {
  const line = (event.target as Element).closest<HTMLElement>('[role=treeitem]');
  return line ? Number(line.dataset['at']) : -1;
}
