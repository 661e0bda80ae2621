/** Scans in a cell: mosaics beside each other and the volume of one in their place; or volumes at once. */
import { Door, sentence, Words } from '../door';
import { archived, Known } from '../viewer/archived';
import { BesideView } from '../viewer/beside';
import { ItkView } from '../viewer/itk';
import { ImageView } from '../viewer/view';
import { fill, h, shape } from '../dom';
import { Pictures } from '../judging/pictures';
import { Service } from '../service';

/** What the kernel tells of a scan. */
export interface Told {
  readonly project: string;
  readonly id: string;
  readonly path: string;
  readonly quality: string;
  readonly modality: string;
  readonly format: string;
}

/** How they are shown: a mosaic of each, each over the first, side by side, or in itk-vtk-viewer. */
export type Manner = 'mosaics' | 'over' | 'beside' | 'itk';

/** What is pressed in a volume is for the volume: a notebook has keys of its own for arrows and letters. */
function held(class_: string, ...children: HTMLElement[]): HTMLElement {
  const node = h('div', { class: class_ }, ...children);
  node.addEventListener('keydown', event => event.stopPropagation());
  return node;
}

/** Volumes in a cell: one with the others over it, or all side by side. */
export function volumes(door: Door, scans: readonly Told[], manner: Exclude<Manner, 'mosaics'>, trans: Words): { node: HTMLElement; dispose(): void } {
  const service = new Service(door);
  const [first, ...over] = scans.map(known);
  const view =
    manner === 'itk'
      ? new ItkView(archived(service, first!), over[0] ? archived(service, over[0]) : null, trans)
      : manner === 'beside'
      ? new BesideView(scans.map(scan => archived(service, known(scan))), trans)
      : new ImageView(archived(service, first!, over), trans, { header: true, letters: true });
  return { node: h('div', { class: 'la-cell la-panel' }, held('la-cell-volume la-cell-whole', view.node)), dispose: () => view.dispose() };
}

function known({ project, id, path, modality, format }: Told): Known {
  return { project, id, name: path, modality, format };
}

export class CellView {
  readonly node: HTMLElement;
  private readonly service: Service;
  private readonly mosaics: Pictures;
  private readonly figures = new Map<string, HTMLElement>();
  private readonly grid: HTMLElement;
  private opened: ImageView | null = null;

  constructor(
    door: Door,
    private readonly scans: readonly Told[],
    leftOut: number,
    columns: number,
    private readonly trans: Words
  ) {
    this.service = new Service(door);
    this.mosaics = new Pictures((id, signal) => this.service.picture('mosaic.webp', this.of(id), id, signal), 3, id => this.arrived(id));
    this.grid = h('div', { class: 'la-cell-grid', role: 'list', 'aria-label': trans.__('%1 scans', scans.length) }, ...scans.map(scan => this.figure(scan)));
    this.grid.style.setProperty('--columns', String(columns));
    const more = leftOut > 0 && h('p', { class: 'la-two' }, trans.__('%1 more are left out: narrow, or sample(n)', leftOut));
    this.node = h('div', { class: 'la-cell la-panel' }, this.grid, more);
    this.mosaics.want(scans.map(scan => scan.id));
  }

  dispose(): void {
    this.opened?.dispose();
    this.mosaics.dispose();
  }

  private of(id: string): string {
    return this.scans.find(scan => scan.id === id)?.project ?? '';
  }

  private figure(scan: Told): HTMLElement {
    const place = h('span', { class: 'la-cell-picture' });
    this.figures.set(scan.id, place);
    const button = h('button', { type: 'button', class: 'la-cell-scan la-room', 'aria-label': this.trans.__('%1, %2: open the volume', scan.path, scan.quality), onclick: () => this.open(scan) }, place, h('span', { class: 'la-cell-name' }, shape(scan.quality, ''), scan.path));
    return h('div', { role: 'listitem' }, button);
  }

  private arrived(id: string): void {
    const place = this.figures.get(id);
    const picture = this.mosaics.of(id);
    if (place && picture) {
      picture.alt = '';
      fill(place, picture);
    } else if (place) {
      fill(place, h('span', { class: 'la-cell-none' }, sentence(this.mosaics.failed(id), this.trans)));
    }
  }

  /** Three linked planes of one scan in the place of all; Esc or the button brings them back. */
  private open(scan: Told): void {
    const { trans } = this;
    const view = new ImageView(archived(this.service, known(scan)), trans, { header: true, letters: true });
    this.opened = view;
    const back = (): void => {
      view.dispose();
      this.opened = null;
      opened.replaceWith(this.grid);
      this.figures.get(scan.id)?.closest('button')?.focus();
    };
    const opened = held(
      'la-cell-volume',
      h('div', { class: 'la-line' }, h('button', { type: 'button', class: 'la-btn', onclick: back }, trans.__('Back'), h('kbd', {}, 'Esc')), h('b', { class: 'la-mono' }, scan.path), shape(scan.quality)),
      view.node
    );
    opened.addEventListener('keydown', event => event.key === 'Escape' && back());
    this.grid.replaceWith(opened);
    view.focus();
  }
}
