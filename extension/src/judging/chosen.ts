/** One scan beside a surface: its picture, what was measured of it, the way to its volume. */
import { Door, sentence, Words } from '../door';
import { fill, h, shape } from '../dom';
import { Service } from '../service';
import { measuresTable } from './measures';

interface Host {
  readonly door: Door;
  readonly project: string;
  readonly trans: Words;
  /** Have these scans' volumes looked at. */
  open(ids: readonly string[]): void;
}

export class Chosen {
  readonly node = h('div', { class: 'la-chosen' });
  private looking = new AbortController();
  private readonly service: Service;

  constructor(private readonly host: Host) {
    this.service = new Service(host.door);
  }

  dispose(): void {
    this.looking.abort();
  }

  clear(): void {
    this.looking.abort();
    fill(this.node);
  }

  /** Show this scan; `words` stand beside the way to its volume. Raises nothing: what goes wrong stands below the picture. */
  async show(id: string, name: string, words: string): Promise<void> {
    const { trans, project, open } = this.host;
    this.looking.abort();
    this.looking = new AbortController();
    const { signal } = this.looking;
    const picture = h('div', { class: 'la-chosen-picture la-room' });
    const table = h('div', {});
    const way = h('button', { type: 'button', class: 'la-btn', onclick: () => open([id]) }, trans.__('Open the volume'), h('kbd', { 'aria-hidden': 'true' }, '⏎'));
    fill(
      this.node,
      h('section', { class: 'la-pad', 'aria-live': 'polite' }, h('h2', { class: 'la-mono' }, name), picture, h('div', { class: 'la-line' }, way, h('span', { class: 'la-two' }, words)), table)
    );
    try {
      const [measures, blob] = await Promise.all([
        this.service.measures(project, id, signal),
        this.service.picture('mosaic.webp', project, id, signal).catch(() => null)
      ]);
      if (signal.aborted) {
        return;
      }
      fill(table, measuresTable(measures, false, trans));
      if (blob) {
        const image = h('img', { alt: trans.__('Mosaic of %1', name) });
        image.addEventListener('load', () => URL.revokeObjectURL(image.src));
        image.src = URL.createObjectURL(blob);
        fill(picture, image);
      } else {
        fill(picture, shape('unreviewed', trans.__('It cannot be drawn')));
      }
    } catch (error) {
      if (!signal.aborted) {
        fill(table, h('p', { role: 'alert' }, sentence(error, trans)));
      }
    }
  }
}
