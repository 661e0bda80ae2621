/** Three linked planes of layers on canvases: crosshair, slices, window, enlargement, distance. Radiological: R at the left. */
import { Words } from '../door';
import { h } from '../dom';
import { Layer } from './layer';
import { Cut, paint } from './paint';
import { Sight, Tool } from './sight';
import { Point, Volume } from './volume';

/** World axes of each plane: across (left to right on the screen), up, and through; and its letters left, right, top, bottom. */
const PLANES = [
  { name: 'axial', across: 0, up: 1, through: 2, flip: true, letters: 'RLAP' },
  { name: 'coronal', across: 0, up: 2, through: 1, flip: true, letters: 'RLSI' },
  { name: 'sagittal', across: 1, up: 2, through: 0, flip: false, letters: 'PASI' }
] as const;
type Kind = (typeof PLANES)[number];
type World = 0 | 1 | 2;
export type PlaneName = Kind['name'];
export const PLANE_NAMES: readonly PlaneName[] = PLANES.map(({ name }) => name);

export interface PlanesEvents {
  /** The crosshair is on another voxel, or the window or the distance is another. */
  moved(): void;
  /** Another volume of a series is wanted. */
  volume(step: number): void;
  /** The window is dragged: more contrast by `width`, darker or brighter by `level`, as shares of it. */
  window(width: number, level: number): void;
}

/** A straight line between two places of one slice. */
interface Line {
  readonly plane: PlaneName;
  readonly slice: number;
  readonly from: Point;
  readonly to: Point;
}

export class PlanesView {
  readonly node: HTMLElement;
  tool: Tool = 'cursor';
  line: Line | null = null;
  private readonly planes: Plane[];
  private readonly leave: () => void;
  private drawing = 0;

  /** `layers`: the first one gives the slices; they may be changed and added to, then `draw()`. */
  constructor(
    readonly layers: Layer[],
    readonly sight: Sight,
    trans: Words,
    private readonly events: PlanesEvents,
    names: readonly PlaneName[] = PLANE_NAMES
  ) {
    this.planes = PLANES.filter(kind => names.includes(kind.name)).map(kind => new Plane(kind, this, trans));
    this.node = h('div', { class: 'la-planes' }, ...this.planes.map(plane => plane.node));
    this.leave = sight.join(what => {
      if (what === 'cursor') {
        this.draw();
        this.events.moved();
      } else {
        this.planes.forEach(plane => plane.place());
      }
    });
    this.planes.forEach(plane => plane.draw());
  }

  dispose(): void {
    cancelAnimationFrame(this.drawing);
    this.leave();
  }

  get base(): Layer {
    return this.layers[0]!;
  }

  get volume(): Volume {
    return this.base.volume;
  }

  /** The voxel under the crosshair; the nearest one inside. */
  get cursor(): Point {
    const { shape } = this.volume;
    const voxel = this.volume.voxel(this.sight.cursor);
    const inside = (n: World): number => Math.max(0, Math.min(shape[n] - 1, Math.round(voxel[n]) || 0));
    return [inside(0), inside(1), inside(2)];
  }

  /** Millimetres of what was measured; null for nothing. */
  get distance(): number | null {
    const { line } = this;
    if (!line) {
      return null;
    }
    const [from, to] = [this.volume.world(line.from), this.volume.world(line.to)];
    return Math.hypot(to[0] - from[0], to[1] - from[1], to[2] - from[2]);
  }

  /** Put the crosshair on a voxel; outside is the nearest inside. */
  moveTo(voxel: Point): void {
    const { shape } = this.volume;
    const inside = (n: World): number => Math.max(0, Math.min(shape[n] - 1, Math.round(voxel[n])));
    this.sight.moveTo(this.volume.world([inside(0), inside(1), inside(2)]));
  }

  /** Go along a world axis by so many voxels. */
  step(world: World, by: number): void {
    const { voxel, forward } = this.volume.axes[world];
    const to: [number, number, number] = [...this.cursor];
    to[voxel as World] += forward ? by : -by;
    this.moveTo(to);
  }

  /** The slice of a plane by one, from the last on to the first. */
  turn(plane: PlaneName): void {
    const { through } = PLANES.find(({ name }) => name === plane)!;
    const { voxel, forward } = this.volume.axes[through];
    const to: [number, number, number] = [...this.cursor];
    const all = this.volume.shape[voxel as World];
    to[voxel as World] = (to[voxel as World] + (forward ? 1 : all - 1)) % all;
    this.moveTo(to);
  }

  otherVolume(step: number): void {
    this.events.volume(step);
  }

  drag(width: number, level: number): void {
    this.events.window(width, level);
  }

  window(width: number, level: number): void {
    const { low, high } = this.base;
    const half = ((high - low) / 2) * Math.exp(width);
    const middle = (low + high) / 2 + level * (high - low);
    this.base.low = middle - half;
    this.base.high = middle + half;
    this.draw();
    this.events.moved();
  }

  measure(line: Line | null): void {
    this.line = line;
    this.planes.forEach(plane => plane.place());
    this.events.moved();
  }

  /** Once before the next frame, however often it is asked for. */
  draw(): void {
    if (!this.drawing) {
      this.drawing = requestAnimationFrame(() => {
        this.drawing = 0;
        this.planes.forEach(plane => plane.draw());
      });
    }
  }

  focus(name?: PlaneName): void {
    const plane = this.planes.find(each => each.kind.name === name) ?? this.planes[0];
    plane?.node.focus({ preventScroll: true });
  }
}

class Plane {
  readonly node: HTMLElement;
  private readonly canvas: HTMLCanvasElement;
  private readonly across = h('i', { class: 'la-cross-v' });
  private readonly down = h('i', { class: 'la-cross-h' });
  private readonly ruler = h('i', { class: 'la-ruler' });
  private readonly frame: HTMLElement;
  private readonly caption = h('figcaption', {});
  private readonly size: { width: number; height: number };
  private picture: ImageData | null = null;
  private drawn = '';
  private drawnOf: Volume | null = null;

  constructor(
    readonly kind: Kind,
    private readonly view: PlanesView,
    private readonly trans: Words
  ) {
    const { volume } = view;
    const [across, up] = [volume.axes[kind.across].voxel as World, volume.axes[kind.up].voxel as World];
    this.size = { width: volume.shape[across], height: volume.shape[up] };
    this.canvas = h('canvas', { width: this.size.width, height: this.size.height });
    const letters = [...kind.letters].map((letter, n) => h('b', { class: `la-letter-${n}`, 'aria-hidden': 'true' }, letter));
    this.frame = h('div', { class: 'la-frame' }, this.canvas, this.across, this.down, this.ruler);
    this.frame.style.setProperty('--la-wide', String(this.size.width * volume.spacing[across]));
    this.frame.style.setProperty('--la-high', String(this.size.height * volume.spacing[up]));
    const stage = h('div', { class: 'la-plane-stage' }, this.frame, ...letters);
    this.node = h(
      'figure',
      { class: 'la-plane', tabindex: 0, role: 'img', 'data-plane': kind.name, 'aria-label': trans.__(kind.name) },
      stage,
      this.caption
    );
    this.listen();
  }

  /** The voxel at a place of the picture, counted in voxels from its left and top; 0.5 is the middle of the first. */
  private voxel(x: number, y: number): Point {
    const { kind, size } = this;
    const { axes } = this.view.volume;
    const voxel: [number, number, number] = [...this.view.cursor];
    const across = axes[kind.across];
    const up = axes[kind.up];
    voxel[across.voxel as World] = (across.forward !== kind.flip ? x : size.width - x) - 0.5;
    voxel[up.voxel as World] = (up.forward ? size.height - y : y) - 0.5;
    return voxel;
  }

  /** Where a voxel lies in the picture, as shares of its width and height. */
  private seen(voxel: Point): { x: number; y: number } {
    const { axes } = this.view.volume;
    const { kind, size } = this;
    const across = voxel[axes[kind.across].voxel as World] + 0.5;
    const up = voxel[axes[kind.up].voxel as World] + 0.5;
    return {
      x: (axes[kind.across].forward !== kind.flip ? across : size.width - across) / size.width,
      y: (axes[kind.up].forward ? size.height - up : up) / size.height
    };
  }

  private get slice(): number {
    return this.view.cursor[this.view.volume.axes[this.kind.through].voxel as World];
  }

  draw(): void {
    const { layers, volume } = this.view;
    const { width, height } = this.size;
    this.place();
    const key = [this.slice, ...layers.map(layer => `${layer.id} ${layer.look}`)].join('|');
    const context = this.canvas.getContext('2d');
    if (!context || (key === this.drawn && volume === this.drawnOf)) {
      return;
    }
    this.drawn = key;
    this.drawnOf = volume;
    this.picture ??= context.createImageData(width, height);
    const origin = this.voxel(0.5, 0.5);
    const less = (a: Point): Point => [a[0] - origin[0], a[1] - origin[1], a[2] - origin[2]];
    const cut: Cut = { width, height, origin, right: less(this.voxel(1.5, 0.5)), down: less(this.voxel(0.5, 1.5)) };
    paint(new Uint32Array(this.picture.data.buffer), cut, layers);
    context.putImageData(this.picture, 0, 0);
    this.say();
  }

  /** Crosshair, ruler and enlargement: nothing is painted anew. */
  place(): void {
    const { sight, volume, line } = this.view;
    const at = this.seen(this.view.cursor);
    this.across.style.left = `${100 * at.x}%`;
    this.down.style.top = `${100 * at.y}%`;
    const middle = this.seen(volume.voxel(sight.middle));
    const shift = (share: number): number => (sight.zoom > 1 ? (0.5 - share) * sight.zoom * 100 : 0);
    this.frame.style.transform = sight.zoom > 1 ? `translate(${shift(middle.x)}%, ${shift(middle.y)}%) scale(${sight.zoom})` : '';
    this.frame.style.setProperty('--la-zoom', String(sight.zoom));
    const mine = line && line.plane === this.kind.name && line.slice === this.slice;
    this.ruler.hidden = !mine;
    if (mine) {
      const [from, to] = [this.seen(line.from), this.seen(line.to)];
      const box = { wide: this.frame.clientWidth, high: this.frame.clientHeight };
      const [dx, dy] = [(to.x - from.x) * box.wide, (to.y - from.y) * box.high];
      this.ruler.style.left = `${100 * from.x}%`;
      this.ruler.style.top = `${100 * from.y}%`;
      this.ruler.style.width = `${(100 * Math.hypot(dx, dy)) / box.wide}%`;
      this.ruler.style.transform = `rotate(${Math.atan2(dy, dx)}rad)`;
    }
  }

  private say(): void {
    const { kind, trans } = this;
    const axis = this.view.volume.axes[kind.through].voxel as World;
    const [n, all] = [this.view.cursor[axis] + 1, this.view.volume.shape[axis]];
    this.caption.textContent = trans.__('%1 %2 of %3', trans.__(kind.name), n, all);
    this.node.setAttribute('aria-label', trans.__('%1 plane, slice %2 of %3', trans.__(kind.name), n, all));
  }

  // hands ---------------------------------------------------------------------------------------------
  private listen(): void {
    const { frame, view } = this;
    let drag: { x: number; y: number; from: Point; tool: Tool | 'pan' } | null = null;
    frame.addEventListener('pointerdown', event => {
      const tool = event.button === 2 || event.shiftKey ? 'window' : event.button === 1 ? 'pan' : view.tool;
      drag = { x: event.clientX, y: event.clientY, from: this.under(event), tool };
      frame.setPointerCapture(event.pointerId);
      if (tool === 'cursor') {
        view.moveTo(drag.from);
      } else if (tool === 'measure') {
        view.measure(null);
      }
    });
    frame.addEventListener('pointermove', event => {
      if (!drag) {
        return;
      }
      const [dx, dy] = [event.clientX - drag.x, event.clientY - drag.y];
      if (drag.tool === 'cursor') {
        view.moveTo(this.under(event));
      } else if (drag.tool === 'measure') {
        view.measure({ plane: this.kind.name, slice: this.slice, from: drag.from, to: this.under(event) });
      } else {
        this.drag(drag.tool, dx, dy);
        drag = { ...drag, x: event.clientX, y: event.clientY };
      }
    });
    frame.addEventListener('pointerup', () => (drag = null));
    frame.addEventListener('pointercancel', () => (drag = null));
    frame.addEventListener('contextmenu', event => event.preventDefault());
    frame.addEventListener('dblclick', event => view.tool === 'zoom' && view.sight.enlarge(2, view.volume.world(this.under(event))));
    this.node.addEventListener('wheel', event => this.onWheel(event), { passive: false });
    this.node.addEventListener('keydown', event => this.onKey(event));
  }

  private drag(tool: Tool | 'pan', dx: number, dy: number): void {
    const { view } = this;
    if (tool === 'window') {
      view.drag(dx / 200, dy / 400);
    } else if (view.sight.zoom === 1) {
      view.sight.enlarge(Math.exp(-dy / 150)); // nothing can be moved as long as all is seen
    } else {
      const box = this.frame.getBoundingClientRect();
      const [from, to] = [this.voxel(0, 0), this.voxel((-dx / box.width) * this.size.width, (-dy / box.height) * this.size.height)];
      const [a, b] = [view.volume.world(from), view.volume.world(to)];
      view.sight.pan([b[0] - a[0], b[1] - a[1], b[2] - a[2]]);
    }
  }

  /** The place under the pointer, between voxels too. */
  private under(event: MouseEvent): Point {
    const box = this.frame.getBoundingClientRect();
    return this.voxel(((event.clientX - box.left) / box.width) * this.size.width, ((event.clientY - box.top) / box.height) * this.size.height);
  }

  private onWheel(event: WheelEvent): void {
    event.preventDefault();
    if (event.ctrlKey || this.view.tool === 'zoom') {
      this.view.sight.enlarge(event.deltaY > 0 ? 1 / 1.25 : 1.25, this.view.volume.world(this.under(event)));
    } else {
      this.view.step(this.kind.through, event.deltaY > 0 ? -1 : 1);
    }
  }

  private onKey(event: KeyboardEvent): void {
    const { through } = this.kind;
    const far = event.shiftKey ? 10 : 1;
    const keys: Record<string, () => void> = {
      ArrowUp: () => this.view.step(through, far),
      ArrowDown: () => this.view.step(through, -far),
      PageUp: () => this.view.step(through, 10),
      PageDown: () => this.view.step(through, -10),
      ArrowLeft: () => this.view.otherVolume(-1),
      ArrowRight: () => this.view.otherVolume(1)
    };
    const act = event.ctrlKey || event.metaKey || event.altKey ? undefined : keys[event.key];
    if (act) {
      event.preventDefault();
      event.stopPropagation();
      act();
    }
  }
}
