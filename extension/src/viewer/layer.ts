/** One image of several that lie over each other, and how it is shown. */
import { Colours } from './colours';
import { Volume } from './volume';

export type Kind = 'image' | 'map' | 'labels';

export class Layer {
  visible = true;
  opacity = 1;
  colours: Colours;
  /** Darkest and brightest value of an image; of a map `high` has the strongest colour, on both sides. */
  low: number;
  high: number;
  /** Nearer to zero than this a map is not shown. */
  threshold = 0;
  kind: Kind;

  constructor(
    readonly id: string,
    readonly name: string,
    public volume: Volume,
    kind: Kind | null = null
  ) {
    this.kind = kind ?? guess(volume);
    this.colours = 'grey';
    [this.low, this.high] = usual(volume);
    if (this.kind !== 'image') {
      this.be(this.kind);
    }
  }

  /** Show it as something else, as that is usually shown. */
  be(kind: Kind): void {
    const { volume } = this;
    this.kind = kind;
    this.threshold = 0;
    if (kind === 'image') {
      this.colours = 'grey';
      this.opacity = 1;
      [this.low, this.high] = usual(volume);
      return;
    }
    const sizes = Float64Array.from(volume.sample, Math.abs).filter(size => size > 0).sort();
    const size = (share: number): number => sizes[Math.min(sizes.length - 1, Math.floor(sizes.length * share))] ?? 1;
    this.low = 0;
    this.high = neat(size(0.995));
    if (kind === 'labels') {
      this.colours = 'labels';
      this.opacity = 0.7;
    } else {
      this.colours = isTwoSided(volume) ? 'two-sided' : 'hot';
      this.opacity = 0.85;
      this.threshold = neat(size(0.75));
    }
  }

  /** What was drawn with this is drawn still. */
  get look(): string {
    const { visible, opacity, colours, low, high, threshold, kind } = this;
    return [visible, opacity, colours, low, high, threshold, kind].join(' ');
  }
}

/** From the 1st to the 99th of a hundred voxels. */
function usual(volume: Volume): [number, number] {
  const [low, high] = [volume.quantile(0.01), volume.quantile(0.99)];
  const [least, most] = [volume.sample[0] ?? 0, volume.sample[volume.sample.length - 1] ?? 1];
  return high > low ? [low, high] : [least, Math.max(most, least + 1)];
}

/** Few whole numbers from zero up name regions; everything else measures something. */
function guess(volume: Volume): Kind {
  const { sample } = volume;
  const whole = sample.every(value => value >= 0 && Number.isInteger(value));
  return whole && new Set(sample).size <= 128 ? 'labels' : 'map';
}

function isTwoSided(volume: Volume): boolean {
  return volume.quantile(0) < -0.05 * Math.abs(volume.quantile(1));
}

/** Two figures are enough to begin with. */
function neat(value: number): number {
  return Number(value.toPrecision(2));
}
