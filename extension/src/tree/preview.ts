import { h } from '../dom';
import { Thing } from '../tokens';

/** Milliseconds that the pointer rests on a scan before its picture comes, and pixels of its side. */
const REST = 300;
const SIDE = 160;
/** Pictures that are held: those that one moved over lately come at once. */
const HELD = 200;

/** A scan's thumbnail beside the panel, never under the pointer, while that rests on the scan's row. */
export class Preview {
  private readonly picture = h('img', { alt: '', width: SIDE, height: SIDE });
  private readonly node = h('div', { class: 'la-preview', 'aria-hidden': 'true' }, this.picture);
  private readonly held = new Map<string, string>();
  private waiting = 0;
  private over = '';
  private asking = new AbortController();

  constructor(
    private readonly rows: HTMLElement,
    private readonly under: (event: Event) => Thing | null,
    private readonly ask: (thing: Thing, signal: AbortSignal) => Promise<Blob>
  ) {
    rows.addEventListener('pointerover', event => this.onOver(event));
    rows.addEventListener('pointerleave', () => this.hide());
    rows.addEventListener('scroll', () => this.hide(), { passive: true });
    rows.addEventListener('pointerdown', () => this.hide());
    rows.addEventListener('keydown', event => event.key === 'Escape' && this.hide());
  }

  dispose(): void {
    this.hide();
    this.held.forEach(address => URL.revokeObjectURL(address));
    this.held.clear();
  }

  private onOver(event: PointerEvent): void {
    const thing = this.under(event);
    const row = (event.target as Element).closest('[role=treeitem]');
    if (thing?.id === this.over) {
      return;
    }
    this.hide();
    if (thing?.level === 'scan' && row && event.pointerType !== 'touch') {
      this.over = thing.id;
      this.waiting = window.setTimeout(() => void this.show(thing, row), this.held.has(thing.id) ? REST / 3 : REST);
    }
  }

  private async show(thing: Thing, row: Element): Promise<void> {
    this.asking = new AbortController();
    const { signal } = this.asking;
    try {
      const address = this.held.get(thing.id) ?? URL.createObjectURL(await this.ask(thing, signal));
      this.hold(thing.id, address);
      this.picture.src = address;
      await this.picture.decode();
    } catch {
      return; // a scan that cannot be drawn has no picture: its row says what it is
    }
    if (!signal.aborted && row.isConnected) {
      this.place(row.getBoundingClientRect());
      document.body.append(this.node);
    }
  }

  private hold(id: string, address: string): void {
    this.held.delete(id);
    this.held.set(id, address);
    const [oldest] = this.held;
    if (oldest && this.held.size > HELD) {
      this.held.delete(oldest[0]);
      URL.revokeObjectURL(oldest[1]);
    }
  }

  /** At the side of the panel where there is room. */
  private place(row: DOMRect): void {
    const panel = this.rows.getBoundingClientRect();
    const right = panel.right + SIDE + 16 < window.innerWidth;
    const top = Math.max(8, Math.min(row.top + row.height / 2 - SIDE / 2, window.innerHeight - SIDE - 8));
    this.node.style.left = `${right ? panel.right + 8 : panel.left - SIDE - 10}px`;
    this.node.style.top = `${top}px`;
  }

  private hide(): void {
    window.clearTimeout(this.waiting);
    this.asking.abort();
    this.over = '';
    this.node.remove();
  }
}
