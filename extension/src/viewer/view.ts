/** One image: its planes, what lies over them and under the crosshair, its course over time, and its header. */
import { fill, h } from '../dom';
import { Problem, Words } from '../door';
import { figures } from '../format';
import { showKeymap } from '../keymap';
import { Cine } from './cine';
import { HeaderView, Row } from './header';
import { Act, asked, MAP } from './keys';
import { Layer } from './layer';
import { Candidate, LayersView } from './layers';
import { NotShown } from './nifti';
import { PLANE_NAMES, PlaneName, PlanesEvents, PlanesView } from './planes';
import { Preset, presets } from './presets';
import { Rendering } from './rendering';
import { Sight, Tool } from './sight';
import { Image, Progress, Source } from './source';
import { TimeView } from './time';
import { Toolbar } from './tools';
import { Point } from './volume';

/** What a viewer is shown: how its image and its header are read. */
export interface Shown {
  /** What it is called beside other layers. */
  readonly name: string;
  /** As DICOM says it; empty where nobody does. */
  readonly modality: string;
  source(): Source;
  /** A picture of it that is there before its voxels are. */
  preview?: (signal: AbortSignal) => Promise<Blob>;
  /** Null where the image's own NIfTI header is all there is. */
  header: ((signal: AbortSignal) => Promise<readonly Row[]>) | null;
  /** What can be laid over it. */
  candidates?: (signal: AbortSignal) => Promise<readonly Candidate[]>;
  /** What lies over it from the beginning. */
  readonly over?: readonly Candidate[];
}

/** How much of it a host has room for. */
export interface Parts {
  /** The header, beside the layers at the right. */
  readonly header: boolean;
  /** Whether letters are the viewer's own. */
  readonly letters: boolean;
  readonly planes?: readonly PlaneName[];
  /** Without tools, layers and course over time. */
  readonly bare?: boolean;
}

/** Milliseconds until it is said that something is being read. */
const PATIENCE = 150;

/** Plain elements, for whatever host holds them. */
export class ImageView {
  readonly node: HTMLElement;
  /** What it shows, from below; empty until it is there. */
  layers: Layer[] = [];
  private readonly room = h('div', { class: 'la-image' });
  private readonly told = h('div', { class: 'la-readout' });
  private readonly header: HeaderView | null;
  private readonly side: LayersView;
  private readonly tools: Toolbar;
  private readonly cine: Cine;
  private readonly presets: readonly Preset[];
  private readonly source: Source;
  private readonly others: Source[] = [];
  private readonly gone = new AbortController();
  private candidates: readonly Candidate[] = [];
  private planes: PlanesView | null = null;
  private time: TimeView | null = null;
  private rendering: Rendering | null = null;
  private image: Image | null = null;
  private focusing = false;
  private tool: Tool = 'cursor';
  private large: PlaneName | '' = '';
  private names: readonly PlaneName[];
  /** The volume that is wanted, of a series. */
  private n = 0;
  /** Told when there is something to see. */
  appeared: (view: ImageView) => void = () => undefined;
  /** Told when the window is dragged, for others that follow. */
  windowed: (width: number, level: number) => void = () => undefined;

  constructor(
    private readonly shown: Shown,
    private readonly trans: Words,
    private readonly parts: Parts,
    public sight: Sight | null = null
  ) {
    this.source = shown.source();
    this.names = parts.planes ?? PLANE_NAMES;
    this.presets = presets(shown.modality);
    this.tools = new Toolbar(this.presets, parts.letters, trans, { act: name => this.act(name), preset: n => this.preset(n) });
    this.cine = new Cine(
      () => this.onward(),
      runs => {
        this.tools.runs(runs);
        this.time?.runs(runs);
      }
    );
    this.side = new LayersView(trans, {
      changed: () => this.changed(),
      add: candidate => void this.add(candidate),
      remove: layer => this.remove(layer)
    });
    this.header = parts.header ? new HeaderView(trans) : null;
    const middle = h('div', { class: 'la-document-image' }, !parts.bare && this.tools.node, this.room, this.told);
    const aside = !parts.bare && h('aside', { class: 'la-document-side', tabindex: 0, 'aria-label': trans.__('Beside the image') }, this.side.node, this.header?.node);
    this.node = h('div', { class: 'la-document la-room' }, middle, aside);
    this.node.addEventListener('keydown', event => this.onKey(event));
    this.tools.pressed(this.tool);
    void this.read(0);
    this.learn();
    window.setTimeout(() => void this.begin().catch(() => undefined), PATIENCE);
  }

  /** What is there of it while the voxels are on their way. */
  private async begin(): Promise<void> {
    const { shown, gone, room, trans } = this;
    if (this.image || room.childElementCount || !shown.preview || gone.signal.aborted) {
      return;
    }
    const picture = h('img', { class: 'la-preview', alt: trans.__('One slice of %1', shown.name) });
    picture.src = URL.createObjectURL(await shown.preview(gone.signal));
    picture.addEventListener('load', () => URL.revokeObjectURL(picture.src));
    if (!this.image && !room.childElementCount) {
      fill(room, picture);
    }
  }

  dispose(): void {
    this.gone.abort();
    this.cine.stop();
    this.time?.dispose();
    this.rendering?.dispose();
    this.planes?.dispose();
    [this.source, ...this.others].forEach(source => source.dispose());
  }

  /** The keyboard goes to the first plane, when it is there. */
  focus(): void {
    this.focusing = !this.planes;
    this.planes?.focus();
    if (!this.planes && this.room.querySelector('.la-refused')) {
      this.header?.node.querySelector('input')?.focus();
    }
  }

  /** Another place, linked with others or one's own. */
  look(sight: Sight): void {
    this.sight = sight;
    if (this.image) {
      this.arrange(this.image);
    }
  }

  /** Draw what was changed in the layers. */
  draw(): void {
    this.planes?.draw();
    void this.rendering?.draw();
  }

  /** The header, as far as it is known; read when it is first asked for. Raises a Problem. */
  rows(): Promise<readonly Row[]> {
    this.known ??= this.shown.header?.(this.gone.signal) ?? null;
    return this.known ?? Promise.resolve(this.image?.header.fields ?? []);
  }
  private known: Promise<readonly Row[]> | null = null;

  private learn(): void {
    const { shown, gone, header } = this;
    if (header && shown.header) {
      this.rows().then(
        rows => header.show(rows),
        (error: unknown) => gone.signal.aborted || header.refuse(sentences(error, this.trans).join(' '))
      );
    }
    void shown.candidates?.(gone.signal).then(
      candidates => {
        this.candidates = candidates;
        this.side.offer(candidates, this.layers);
      },
      () => undefined // nothing can be laid over it while nobody answers
    );
  }

  // volumes -------------------------------------------------------------------------------------------
  private async read(n: number): Promise<void> {
    this.n = n;
    const progress = this.progress();
    try {
      const image = await this.source.volume(n, progress.move);
      if (n === this.n && !this.gone.signal.aborted) {
        this.paint(image);
      }
    } catch (error) {
      if (!this.gone.signal.aborted) {
        this.refuse(error);
      }
    } finally {
      progress.end();
    }
  }

  /** A bar below the image while it is read; what was shown before stays. */
  private progress(): { move: Progress; end: () => void } {
    const words = h('span', {}, this.trans.__('Reading the image …'));
    const bar = h('progress', { max: 1, 'aria-label': this.trans.__('Reading the image') });
    const node = h('div', { class: 'la-progress' }, bar, words);
    const begin = window.setTimeout(() => this.told.append(node), PATIENCE);
    return {
      move: (done, all) => {
        bar.value = done / Math.max(1, all);
        words.textContent = this.trans.__('%1 of %2 MB', (done / 1e6).toFixed(0), (all / 1e6).toFixed(0));
      },
      end: () => {
        window.clearTimeout(begin);
        node.remove();
      }
    };
  }

  private paint(image: Image): void {
    const first = !this.image;
    this.image = image;
    if (!first) {
      this.layers[0]!.volume = image.volume;
      this.draw();
      this.tell();
      return;
    }
    const { shape } = image.volume;
    this.sight ??= new Sight(image.volume.world([Math.floor(shape[0] / 2), Math.floor(shape[1] / 2), Math.floor(shape[2] / 2)]));
    this.layers = [new Layer('', this.shown.name, image.volume, 'image')];
    this.arrange(image);
    if (!this.shown.header) {
      this.header?.show(image.header.fields);
    }
    this.side.show(this.layers);
    this.side.offer(this.candidates, this.layers);
    if (image.header.volumes > 1) {
      this.source.rest();
    }
    this.shown.over?.forEach(candidate => void this.add(candidate));
    this.appeared(this);
  }

  /** Planes, and at their side what there is over time. */
  private arrange({ header }: Image): void {
    const { trans } = this;
    const focused = this.room.contains(document.activeElement);
    const plane = this.plane;
    this.planes?.dispose();
    this.planes = new PlanesView(this.layers, this.sight!, trans, this.planesEvents, this.names);
    this.planes.tool = this.tool;
    if (header.volumes > 1 && !this.parts.bare) {
      this.time?.dispose();
      this.time = new TimeView(this.source, header.volumes, trans, {
        go: n => void this.read(n),
        cine: () => this.cine.toggle(),
        rate: perSecond => (this.cine.rate = perSecond)
      });
      this.planes.node.append(this.time.node);
    }
    this.planes.node.dataset['large'] = this.large;
    this.planes.node.dataset['tool'] = this.tool;
    if (this.rendering) {
      this.planes.node.append(this.rendering.node);
    }
    fill(this.room, this.planes.node);
    if (this.focusing) {
      this.focus();
    } else if (focused) {
      this.planes.focus(plane);
    }
    this.tell();
  }

  private readonly planesEvents: PlanesEvents = {
    moved: () => this.tell(),
    volume: step => this.otherVolume(step),
    window: (width, level) => {
      this.window(width, level);
      this.windowed(width, level);
    }
  };

  window(width: number, level: number): void {
    this.planes?.window(width, level);
    void this.rendering?.draw();
  }

  /** Which planes are seen. */
  seen(names: readonly PlaneName[]): void {
    this.names = names;
    if (this.image) {
      this.arrange(this.image);
    }
  }

  private otherVolume(step: number): void {
    const to = this.n + step;
    if (this.image && to >= 0 && to < this.image.header.volumes) {
      void this.read(to);
    }
  }

  /** One on, of volumes where there are several, else of the slices that are looked at. */
  private onward(): void {
    const { image, planes, n } = this;
    if (!image || !planes) {
      return;
    }
    if (image.header.volumes === 1) {
      planes.turn(this.plane);
    } else if (this.source.volumes[(n + 1) % image.header.volumes]) {
      void this.read((n + 1) % image.header.volumes); // it does not run ahead of what is here
    }
  }

  /** The plane that is meant: with the focus, or large, or the first. */
  private get plane(): PlaneName {
    const focused = (document.activeElement as HTMLElement | null)?.closest<HTMLElement>('.la-plane');
    const name = focused && this.room.contains(focused) ? focused.dataset['plane'] : this.large;
    return (name || this.names[0]) as PlaneName;
  }

  // layers --------------------------------------------------------------------------------------------
  /** Lay something over it. What goes wrong is told beside the layers. */
  async add(candidate: Candidate): Promise<void> {
    const source = candidate.source();
    this.others.push(source);
    this.side.say(this.trans.__('%1 is being read', candidate.name));
    try {
      const { volume } = await source.volume(0, () => undefined);
      if (!this.layers.some(layer => layer.id === candidate.id)) {
        this.layers.push(new Layer(candidate.id, candidate.name, volume));
      }
      this.side.show(this.layers);
      this.side.offer(this.candidates, this.layers);
      this.changed();
    } catch (error) {
      if (!this.gone.signal.aborted) {
        this.side.offer(this.candidates, this.layers);
        this.side.refuse(error instanceof NotShown ? error : new Error(`${candidate.name}: ${sentences(error, this.trans).join(' ')}`));
      }
    }
  }

  private remove(layer: Layer): void {
    this.layers.splice(this.layers.indexOf(layer), 1);
    this.side.show(this.layers);
    this.side.offer(this.candidates, this.layers);
    this.changed();
  }

  private changed(): void {
    this.draw();
    this.tell();
  }

  // hands ---------------------------------------------------------------------------------------------
  private onKey(event: KeyboardEvent): void {
    const act = asked(event, this.parts.letters);
    if (act === null || !this.planes) {
      return;
    }
    const taken = typeof act === 'number' ? this.preset(act) : this.act(act);
    if (taken) {
      event.preventDefault();
      event.stopPropagation();
    }
  }

  /** Whether there is such a window. */
  preset(n: number): boolean {
    const { planes } = this;
    const preset = this.presets[n - 1];
    if (!planes || !preset) {
      return false;
    }
    [planes.base.low, planes.base.high] = preset.window(planes.volume);
    this.side.show(this.layers);
    this.changed();
    return true;
  }

  /** Whether that can be done here. */
  act(name: Act): boolean {
    const { planes } = this;
    if (!planes) {
      return false;
    }
    if (name === 'cursor' || name === 'window' || name === 'zoom' || name === 'measure') {
      planes.tool = this.tool = name;
      planes.node.dataset['tool'] = name;
      this.tools.pressed(name);
      return true;
    }
    const acts: Partial<Record<Act, () => void>> = {
      fit: () => {
        this.sight?.fit();
        planes.measure(null);
      },
      large: () => this.enlarge(planes),
      over: () => {
        const over = this.layers.slice(1);
        const visible = !over.some(layer => layer.visible);
        over.forEach(layer => (layer.visible = visible));
        this.side.show(this.layers);
        this.changed();
      },
      space: () => this.render(planes),
      cine: () => this.cine.toggle(),
      keys: () => showKeymap(this.node, MAP, this.trans, () => this.focus())
    };
    acts[name]?.();
    return name in acts;
  }

  /** Rendered in space beside the planes, in the place of the course over time where there is one; or not any more. */
  private render(planes: PlanesView): void {
    if (this.rendering) {
      this.rendering.dispose();
      this.rendering.node.remove();
      this.rendering = null;
    } else {
      this.rendering = new Rendering(this.layers, planes.sight, this.trans);
      planes.node.append(this.rendering.node);
    }
    this.tools.inSpace(this.rendering !== null);
  }

  /** The next view large; after the last all are as large as each other. */
  private enlarge(planes: PlanesView): void {
    const names: readonly (PlaneName | '')[] = ['', ...this.names];
    this.large = names[(names.indexOf(this.large) + 1) % names.length]!;
    planes.node.dataset['large'] = this.large;
    requestAnimationFrame(() => planes.measure(planes.line));
  }

  /** What lies under the crosshair: voxel, place, value; and the window. */
  private tell(): void {
    const { planes, image, trans, sight } = this;
    if (!planes || !image || !sight) {
      return;
    }
    const { volume, cursor, base, distance } = planes;
    const pair = (name: string, value: string, key: string): HTMLElement => h('span', {}, h('span', { class: 'la-key' }, name), ' ', h('output', { 'data-of': key }, value));
    const bar = this.told.querySelector('.la-progress');
    fill(
      this.told,
      pair(trans.__('Voxel'), cursor.join(', '), 'voxel'),
      pair(trans.__('Place'), placed(volume.world(cursor)), 'place'),
      pair(trans.__('Value'), figures(volume.value(cursor), 7), 'value'),
      pair(trans.__('Voxel axes'), volume.codes, 'codes'),
      pair(trans.__('Window'), `${figures(base.low, 4)} … ${figures(base.high, 4)}`, 'window'),
      distance !== null && pair(trans.__('Distance'), `${distance.toFixed(1)} mm`, 'distance'),
      image.header.volumes > 1 && pair(trans.__('Volume'), trans.__('%1 of %2', this.n + 1, image.header.volumes), 'volume'),
      image.header.datatype === 128 && trans.__('Colours are shown in grey'),
      bar
    );
    this.side.tell(volume.world(cursor), cursor, this.layers);
    this.time?.show(this.n, cursor);
  }

  private refuse(error: unknown): void {
    const [what, next] = sentences(error, this.trans);
    this.planes?.dispose();
    this.planes = null;
    fill(this.room, h('div', { class: 'la-refused', role: 'alert' }, h('b', {}, what), h('p', {}, next)));
    if (!this.shown.header) {
      this.header?.refuse(this.trans.__('There is no header to show.'));
    }
  }
}

function sentences(error: unknown, trans: Words): [what: string, next: string] {
  if (error instanceof NotShown) {
    return [error.message, error.hint];
  }
  if (error instanceof Problem && error.message) {
    return [ended(error.message), ended(error.hint || trans.__('Open it again'))];
  }
  return [trans.__('This server doesn’t answer.'), trans.__('Open it again when it does.')];
}

function ended(words: string): string {
  const begun = words.charAt(0).toUpperCase() + words.slice(1);
  return /[.!?]$/.test(begun) ? begun : `${begun}.`;
}

/** `R 12.3 A -4.0 S 5.1 mm`: RAS coordinates, each with the letter it counts towards. */
function placed(world: Point): string {
  return `${world.map((mm, n) => `${'RAS'.charAt(n)} ${mm.toFixed(2).replace('-', '−')}`).join('  ')} mm`;
}
