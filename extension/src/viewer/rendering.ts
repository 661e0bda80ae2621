/** The layers in space: turned with the pointer or the arrows, cut open at the crosshair. NiiVue draws, the layers stay ours. */
import type { NVImage, Niivue } from '@niivue/niivue';
import { Words } from '../door';
import { fill, h } from '../dom';
import { Colours } from './colours';
import { Engine, rendererOf } from './engine';
import { Layer } from './layer';
import { typeOf } from './nifti';
import { Sight } from './sight';
import { Volume } from './volume';

/** Where a NIfTI-1 header has its slope; its intercept follows. */
const SLOPE = 112;
/** Degrees that an arrow turns. */
const TURN = 15;
/** NiiVue's names of our colours. */
const NAMES: Readonly<Record<Colours, string>> = { grey: 'gray', inverse: 'gray', hot: 'hot', viridis: 'viridis', 'two-sided': 'warm', labels: 'random' };

export class Rendering {
  readonly node: HTMLElement;
  /** Whether its front half is cut away at the crosshair. */
  private cut = false;
  private nv: Niivue | null = null;
  private readonly shown = new Map<Layer, { image: NVImage; of: Volume }>();
  private readonly place = h('div', { class: 'la-rendered-place' });
  private readonly caption = h('span', { class: 'la-rendered-name' });
  private readonly leave: () => void;
  private gone = false;
  /** Layers are being handed over, and have changed again since. */
  private drawing = false;
  private again = false;

  constructor(
    private readonly layers: readonly Layer[],
    private readonly sight: Sight,
    private readonly trans: Words
  ) {
    const cut: HTMLElement = h('button', { type: 'button', class: 'la-btn', 'aria-pressed': 'false', onclick: () => this.open(cut) }, trans.__('Cut open'));
    this.node = h('div', { class: 'la-plane la-rendered', tabindex: 0, role: 'group', 'aria-label': trans.__('In space: arrows turn it') }, this.place, h('div', { class: 'la-line' }, this.caption, cut));
    this.node.addEventListener('keydown', event => this.onKey(event));
    this.leave = sight.join(what => what === 'cursor' && this.look());
    void this.begin();
  }

  dispose(): void {
    this.gone = true;
    this.leave();
    this.nv?.cleanup();
    this.nv?.gl?.getExtension('WEBGL_lose_context')?.loseContext();
    this.nv = null;
  }

  private async begin(): Promise<void> {
    const { trans } = this;
    this.caption.textContent = trans.__('Loading the renderer');
    const began = performance.now();
    try {
      const canvas = h('canvas', {});
      if (!document.createElement('canvas').getContext('webgl2')) {
        throw new Error(trans.__('This browser draws nothing in space (no WebGL 2).'));
      }
      const engine = await rendererOf();
      if (this.gone) {
        return;
      }
      fill(this.place, canvas);
      const nv = new engine.Niivue({ logLevel: 'error', loadingText: '', dragAndDropEnabled: false, show3Dcrosshair: true, crosshairWidth: 0.4, isOrientCube: true, backColor: [0, 0, 0, 1] });
      await nv.attachToCanvas(canvas);
      nv.setSliceType(4);
      this.nv = nv;
      await this.draw();
      this.node.dataset['ready'] = String(Math.round(performance.now() - began));
      this.caption.textContent = trans.__('in space');
    } catch (error) {
      this.caption.textContent = trans.__('Not shown in space');
      fill(this.place, h('div', { class: 'la-refused', role: 'alert' }, h('p', {}, error instanceof TypeError ? trans.__('The renderer cannot be fetched. Close this view and open it again.') : String((error as Error).message))));
    }
  }

  /** As the layers are now, once before the next frame: those that are hidden or gone are not drawn. */
  async draw(): Promise<void> {
    if (!this.nv || this.drawing) {
      this.again = this.drawing;
      return;
    }
    this.drawing = true;
    try {
      do {
        await new Promise(requestAnimationFrame); // a window is dragged many times a frame
        this.again = false;
        const engine = await rendererOf();
        if (this.nv) {
          await this.handOver(this.nv, engine);
        }
      } while (this.again && !this.gone);
    } finally {
      this.drawing = false;
    }
  }

  private async handOver(nv: Niivue, engine: Engine): Promise<void> {
    const { layers, shown } = this;
    const [base] = layers;
    const below = base && shown.get(base)?.of === base.volume; // NiiVue lays all others over its first
    for (const [layer, { image, of }] of shown) {
      if (!below || !layers.includes(layer) || layer.volume !== of) {
        nv.removeVolume(image);
        shown.delete(layer);
      }
    }
    for (const layer of layers) {
      if (!shown.has(layer)) {
        const of = layer.volume;
        const image = await imageOf(engine, layer);
        if (this.gone) {
          return;
        }
        shown.set(layer, { image, of });
        nv.addVolume(image);
      }
      dress(shown.get(layer)!.image, layer);
    }
    nv.updateGLVolume();
    this.look();
  }

  /** The crosshair is where it is in the planes. */
  private look(): void {
    const { nv, sight } = this;
    if (nv?.volumes.length) {
      nv.scene.crosshairPos = nv.mm2frac([...sight.cursor] as [number, number, number]);
      if (this.cut) {
        const depth = nv.scene.crosshairPos[1] - 0.5;
        nv.setClipPlane([depth, 180, 0]);
      }
      nv.drawScene();
    }
  }

  /** Cut open, or whole again. */
  private open(button: HTMLElement): void {
    this.cut = !this.cut;
    if (!this.cut) {
      this.nv?.setClipPlane([2, 0, 0]); // beyond the corners
    }
    button.setAttribute('aria-pressed', String(this.cut));
    this.look();
  }

  private onKey(event: KeyboardEvent): void {
    const turns: Record<string, readonly [number, number]> = { ArrowLeft: [-TURN, 0], ArrowRight: [TURN, 0], ArrowUp: [0, TURN], ArrowDown: [0, -TURN] };
    const turn = turns[event.key];
    const { nv } = this;
    if (turn && nv && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      event.stopPropagation();
      nv.setRenderAzimuthElevation(nv.scene.renderAzimuth + turn[0], nv.scene.renderElevation + turn[1]);
    }
  }
}

/** Its window, colours and opacity; what is hidden is there without being seen. */
function dress(image: NVImage, layer: Layer): void {
  const { kind, colours, low, high, threshold, visible, opacity } = layer;
  image.colormap = NAMES[colours];
  image.colormapInvert = colours === 'inverse';
  image.colormapNegative = colours === 'two-sided' ? 'winter' : '';
  [image.cal_min, image.cal_max] = kind === 'image' ? [low, high] : kind === 'labels' ? [0, high] : [Math.max(threshold, 1e-9), high];
  image.opacity = visible ? opacity : 0;
}

/** As a NIfTI-1 file of the stored numbers, their slope and their affine. */
async function imageOf({ NVImage }: Engine, layer: Layer): Promise<NVImage> {
  const { shape, spacing, affine, stored, slope, inter } = layer.volume;
  const voxels = new Uint8Array(stored.buffer, stored.byteOffset, stored.byteLength);
  const bytes = NVImage.createNiftiArray([...shape], [...spacing], [...affine.flat(), 0, 0, 0, 1], typeOf(stored).code, voxels);
  const header = new DataView(bytes.buffer, bytes.byteOffset);
  header.setFloat32(SLOPE, slope, true);
  header.setFloat32(SLOPE + 4, inter, true);
  return NVImage.loadFromUrl({ url: 'layer.nii', name: 'layer.nii', buffer: bytes.slice().buffer, colormap: NAMES[layer.colours] });
}
