/** itk-vtk-viewer in a frame of its own, given volumes of the archive in LPS; nothing passes through a kernel. */
import { extensionFile } from '../config';
import { Problem, sentence, Words } from '../door';
import { fill, h } from '../dom';
import { NotShown, typeOf } from './nifti';
import { Shown } from './view';
import { Volume } from './volume';

/** Milliseconds for the first frame; the view is set then, drawn or not. */
const PATIENCE = 20_000;
/** The viewer's words for its views, and ours. */
const MODES = { ZPlane: 'axial', YPlane: 'coronal', XPlane: 'sagittal', Volume: 'in space' } as const;
/** Letters left, right, top, bottom: as the viewer's cameras stand in LPS. */
const LETTERS: Readonly<Record<string, string>> = { ZPlane: 'RLAP', YPlane: 'RLSI', XPlane: 'APSI' };

interface Viewer {
  on(event: string, act: (value: unknown) => void): void;
  setViewMode(mode: string): void;
  setBackgroundColor(rgb: readonly number[]): void;
  setImageColorMap(name: string, component: number): void;
  setUICollapsed(collapsed: boolean): void;
}
interface Frame extends Window {
  itkVtkViewer: { createViewer(place: HTMLElement, words: Record<string, unknown>): Promise<Viewer> };
}

/** An image, and regions over it. */
export class ItkView {
  readonly node = h('div', { class: 'la-itk la-room' });
  private readonly frame = h('iframe', { title: 'itk-vtk-viewer' });
  private readonly told = h('p', { class: 'la-itk-told', role: 'status' });
  private readonly letters = [0, 1, 2, 3].map(n => h('b', { class: `la-letter-${n}`, 'aria-hidden': 'true' }));
  private readonly modes = h('div', { class: 'la-itk-modes la-line', role: 'group' });
  private readonly sources;

  constructor(
    image: Shown,
    labels: Shown | null,
    private readonly trans: Words
  ) {
    this.sources = [image, ...(labels ? [labels] : [])].map(shown => shown.source());
    fill(this.node, h('div', { class: 'la-itk-place' }, this.frame, ...this.letters, this.told), this.modes);
    this.told.textContent = trans.__('Loading');
    void this.begin(image.name).catch((error: unknown) => this.refuse(error));
  }

  dispose(): void {
    this.sources.forEach(source => source.dispose());
    this.frame.remove();
  }

  private async begin(name: string): Promise<void> {
    const { trans } = this;
    const [image, labels] = await Promise.all(this.sources.map(source => source.volume(0, (done, all) => (this.told.textContent = trans.__('%1 of %2 MB', (done / 1e6).toFixed(0), (all / 1e6).toFixed(0))))));
    this.told.textContent = trans.__('Loading the viewer');
    const room = await this.room();
    const viewer = await room.itkVtkViewer.createViewer(room.document.getElementById('place')!, {
      image: itkImage(image!.volume, name),
      ...(labels && { labelImage: itkImage(labels.volume, 'regions') }),
      rotate: false
    });
    viewer.on('viewModeChanged', mode => this.letter(String(mode)));
    const buttons = Object.entries(MODES).map(([mode, name]) => h('button', { type: 'button', class: 'la-btn', 'data-mode': mode, onclick: () => viewer.setViewMode(mode) }, trans.__(name)));
    this.modes.setAttribute('aria-label', trans.__('The view'));
    fill(this.modes, ...buttons);
    await new Promise<void>(done => {
      viewer.on('renderedImageAssigned', () => done());
      window.setTimeout(done, PATIENCE);
    });
    viewer.setBackgroundColor([0, 0, 0]);
    viewer.setImageColorMap('Grayscale', 0);
    viewer.setUICollapsed(true);
    viewer.setViewMode('ZPlane'); // set before the first frame it leaves the camera oblique
    this.letter('ZPlane');
    this.told.textContent = '';
    this.node.dataset['ready'] = '';
  }

  /** The frame with the viewer's script in it. Raises a NotShown where it is not installed. */
  private room(): Promise<Frame> {
    const { frame } = this;
    return new Promise((done, failed) => {
      frame.addEventListener('load', () => {
        const room = frame.contentWindow as Frame | null;
        if (room?.itkVtkViewer) {
          done(room);
        } else {
          failed(new NotShown('itk-vtk-viewer is not here.', 'make install, or install a wheel of labarchive'));
        }
      }, { once: true });
      frame.srcdoc = `<!doctype html><meta charset="utf-8"><style>html,body{margin:0;height:100%;overflow:hidden;background:#000}</style><div id="place" style="position:absolute;inset:0"></div><script src="${extensionFile('labarchive-itk', 'itkVtkViewer.js')}"></script>`;
    });
  }

  /** Whose right is at the left; where the image is turned freely nobody can say. */
  private letter(mode: string): void {
    this.letters.forEach((letter, n) => (letter.textContent = LETTERS[mode]?.charAt(n) ?? ''));
    this.modes.querySelectorAll<HTMLElement>('button').forEach(button => button.setAttribute('aria-pressed', String(button.dataset['mode'] === mode)));
  }

  private refuse(error: unknown): void {
    const words = error instanceof NotShown ? `${error.message} ${error.hint}` : error instanceof Problem ? sentence(error, this.trans) : this.trans.__('The viewer cannot draw this: %1', String(error));
    this.told.textContent = words;
    this.told.setAttribute('role', 'alert');
  }
}

/** As itk-wasm has images, along the axes of LPS, which is ITK's world; oblique ones are rounded to the nearest axes. */
function itkImage(volume: Volume, name: string): Record<string, unknown> {
  const { axes, shape, spacing, stored, slope, inter } = volume;
  const strides = [1, shape[0], shape[0] * shape[1]];
  // to the left, to the back and up: against the first two of our axes, along the third
  const along = axes.map(({ voxel, forward }, world) => {
    const [n, stride, flipped] = [shape[voxel as 0], strides[voxel]!, forward !== (world === 2)];
    return { n, spacing: spacing[voxel as 0], voxel, first: flipped ? n - 1 : 0, start: flipped ? (n - 1) * stride : 0, step: flipped ? -stride : stride };
  });
  const [x, y, z] = along as [(typeof along)[0], (typeof along)[0], (typeof along)[0]];
  const plain = slope === 1 && inter === 0;
  const data = plain ? new (stored.constructor as new (n: number) => typeof stored)(stored.length) : new Float32Array(stored.length);
  let at = 0;
  for (let k = 0; k < z.n; k++) {
    for (let j = 0; j < y.n; j++) {
      let from = x.start + y.start + z.start + j * y.step + k * z.step;
      for (let i = 0; i < x.n; i++, from += x.step) {
        data[at++] = plain ? stored[from]! : stored[from]! * slope + inter;
      }
    }
  }
  const corner: [number, number, number] = [0, 0, 0];
  along.forEach(({ voxel, first }) => (corner[voxel as 0] = first));
  const [right, front, up] = volume.world(corner);
  return {
    imageType: { dimension: 3, componentType: typeOf(data).name, pixelType: 'Scalar', components: 1 },
    name,
    origin: [-right, -front, up],
    spacing: along.map(each => each.spacing),
    direction: Float64Array.from([1, 0, 0, 0, 1, 0, 0, 0, 1]),
    size: along.map(each => each.n),
    metadata: new Map(),
    data
  };
}
