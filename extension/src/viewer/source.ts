/** Where an image's bytes come from: a file by Range, or a compressed stream that is inflated here. */
import { HEADER, Nifti, NotShown, numbers, parse } from './nifti';
import { Volume } from './volume';

/** Bytes asked for at a time. */
const SLAB = 4 << 20;
/** Bytes of voxels that a page holds without trouble. */
const MOST = 768 * 1024 * 1024;

/** Fetches bytes: all of them, or a range; raises a Problem. */
export type Fetch = (range: string | null, signal: AbortSignal) => Promise<Response>;
export type Progress = (done: number, all: number) => void;

export interface Image {
  readonly header: Nifti;
  readonly volume: Volume;
}

/** An image of one volume or of several, which come one after another. */
export abstract class Source {
  /** Volumes that are here, by their number. */
  readonly volumes: (Volume | undefined)[] = [];
  header: Nifti | null = null;
  private readonly gone = new AbortController();
  private readonly waiting = new Map<number, { done(image: Image): void; failed(error: unknown): void; progress: Progress }[]>();
  /** Told of every volume that arrives. */
  arrived: () => void = () => undefined;

  get signal(): AbortSignal {
    return this.gone.signal;
  }

  /** How many volumes are here. */
  get here(): number {
    return this.volumes.filter(Boolean).length;
  }

  /** Volume number `n`, when it is there. Raises NotShown or a Problem; waits for ever once disposed. */
  volume(n: number, progress: Progress): Promise<Image> {
    const there = this.volumes[n];
    if (there && this.header) {
      return Promise.resolve({ header: this.header, volume: there });
    }
    return new Promise((done, failed) => {
      this.waiting.set(n, [...(this.waiting.get(n) ?? []), { done, failed, progress }]);
      this.want(n);
    });
  }

  /** The other volumes too, for what is seen over time. */
  abstract rest(): void;

  protected abstract want(n: number): void;

  protected keep(n: number, header: Nifti, bytes: Uint8Array): void {
    const { shape, affine, slope, inter } = header;
    const volume = new Volume(shape, affine, numbers(bytes, header), slope, inter);
    this.header = header;
    if (this.here >= held(header)) {
      delete this.volumes[farthest(this.volumes, n)];
    }
    this.volumes[n] = volume;
    this.waiting.get(n)?.forEach(({ done }) => done({ header, volume }));
    this.waiting.delete(n);
    this.arrived();
  }

  protected tell(n: number, done: number, all: number): void {
    this.waiting.get(n)?.forEach(({ progress }) => progress(done, all));
  }

  protected fail(error: unknown): void {
    if (!this.signal.aborted) {
      this.waiting.forEach(all => all.forEach(({ failed }) => failed(error)));
      this.waiting.clear();
    }
  }

  dispose(): void {
    this.gone.abort();
    this.waiting.clear();
  }
}

/** An uncompressed file: each volume is asked for where it lies. */
export class Ranges extends Source {
  private tag: string | null = null;
  private turn: Promise<void> = Promise.resolve();
  private readonly asked = new Set<number>();

  constructor(private readonly fetch: Fetch) {
    super();
  }

  override rest(): void {
    const all = this.header ? Math.min(this.header.volumes, held(this.header)) : 0;
    for (let n = 0; n < all; n++) {
      this.want(n);
    }
  }

  protected override want(n: number): void {
    if (!this.asked.has(n)) {
      this.asked.add(n);
      this.turn = this.turn.then(() => this.read(n)).catch((error: unknown) => {
        this.asked.delete(n);
        this.fail(error);
      });
    }
  }

  private async read(n: number): Promise<void> {
    const { signal } = this;
    signal.throwIfAborted();
    const header = this.header ?? (await this.head());
    const length = room(header);
    const start = header.offset + n * length;
    const bytes = new Uint8Array(length);
    for (let done = 0; done < length; ) {
      const stop = Math.min(length, done + SLAB);
      const answer = await this.fetch(`bytes=${start + done}-${start + stop - 1}`, signal).catch((error: { status?: number }) => {
        throw error.status === 416 ? short(done, length) : error;
      });
      if (answer.headers.get('ETag') !== this.tag) {
        throw new NotShown('This file was changed while it was read.', 'Open it again.');
      }
      const slab = new Uint8Array(await answer.arrayBuffer());
      bytes.set(slab, done);
      done += slab.length;
      if (slab.length < stop - (done - slab.length)) {
        throw short(done, length);
      }
      this.tell(n, done, length);
    }
    this.keep(n, header, bytes);
  }

  private async head(): Promise<Nifti> {
    const first = await this.fetch(`bytes=0-${HEADER - 1}`, this.signal);
    this.tag = first.headers.get('ETag');
    this.header = parse(new Uint8Array(await first.arrayBuffer()));
    return this.header;
  }
}

/** A gzipped file: volumes come as they are inflated; nothing beyond the last that is wanted is read. */
export class Stream extends Source {
  private wanted = -1;
  /** The volume that the stream comes to next. */
  private at = 0;
  /** Which reading from the beginning this is; 0 for none. */
  private turn = 0;
  private reading = false;
  private pieces: ReadableStreamDefaultReader<Uint8Array> | null = null;
  private go: () => void = () => undefined;

  constructor(private readonly fetch: Fetch) {
    super();
  }

  override rest(): void {
    if (this.header) {
      this.want(Math.min(this.header.volumes, held(this.header)) - 1);
    }
  }

  override dispose(): void {
    super.dispose();
    this.end();
  }

  protected override want(n: number): void {
    if (this.reading && n < this.at && !this.volumes[n]) {
      this.end(); // it went by and was let go: once more from the beginning
    }
    this.wanted = Math.max(this.wanted, n);
    this.go();
    if (!this.reading) {
      this.reading = true;
      const turn = ++this.turn;
      this.read(turn).catch((error: unknown) => {
        if (turn === this.turn) {
          this.end();
          this.fail(error instanceof TypeError ? new NotShown('This file cannot be inflated: it is damaged.', 'Copy it again from its source.') : error);
        }
      });
    }
  }

  private end(): void {
    this.turn++;
    this.reading = false;
    this.wanted = -1;
    this.at = 0;
    this.go();
    void this.pieces?.cancel().catch(() => undefined);
  }

  private async read(turn: number): Promise<void> {
    const answer = await this.fetch(null, this.signal);
    if (!answer.body) {
      throw new NotShown('This file is empty.', 'Copy it again from its source.');
    }
    this.pieces = answer.body.pipeThrough(new DecompressionStream('gzip') as ReadableWritablePair<Uint8Array, Uint8Array>).getReader();
    const bytes = new Bytes(this.pieces);
    const header = parse(await bytes.next(HEADER));
    const length = room(header);
    await bytes.next(header.offset - HEADER);
    for (let n = 0; n < header.volumes && turn === this.turn; n++) {
      this.at = n;
      while (this.wanted < n && turn === this.turn) {
        await new Promise<void>(go => (this.go = go));
      }
      if (turn === this.turn) {
        this.keep(n, header, await bytes.next(length, done => this.tell(n, done, length)));
      }
    }
  }
}

/** So many bytes after one another, of pieces as they come. */
class Bytes {
  private left = new Uint8Array(0);

  constructor(private readonly pieces: ReadableStreamDefaultReader<Uint8Array>) {}

  async next(length: number, progress: (done: number) => void = () => undefined): Promise<Uint8Array> {
    const made = new Uint8Array(length);
    for (let done = 0; done < length; ) {
      const piece = await this.piece();
      if (!piece) {
        throw short(done, length);
      }
      const part = piece.subarray(0, length - done);
      made.set(part, done);
      done += part.length;
      this.left = piece.subarray(part.length) as Uint8Array<ArrayBuffer>;
      progress(done);
    }
    return made;
  }

  private async piece(): Promise<Uint8Array | null> {
    if (this.left.length) {
      return this.left;
    }
    const { done, value } = await this.pieces.read();
    return done ? null : value;
  }
}

/** The volume that is least likely to be looked at next. */
function farthest(volumes: readonly (Volume | undefined)[], n: number): number {
  const there = [...volumes.keys()].filter(each => volumes[each]);
  return there.reduce((most, each) => (Math.abs(each - n) > Math.abs(most - n) ? each : most), n);
}

/** How many volumes a page holds. */
function held(header: Nifti): number {
  return Math.max(1, Math.floor(MOST / room(header)));
}

function room({ shape, size }: Nifti): number {
  const length = shape[0] * shape[1] * shape[2] * size;
  if (length > MOST) {
    throw new NotShown(`This volume has ${(length / 1e9).toFixed(1)} GB, too large for a page.`, 'Load it in a notebook with nibabel.load(path).');
  }
  return length;
}

function short(there: number, all: number): NotShown {
  const count = (number: number): string => number.toLocaleString('en');
  return new NotShown(`This file is cut short: ${count(there)} of ${count(all)} bytes of the image are there.`, 'Copy it again from its source.');
}
