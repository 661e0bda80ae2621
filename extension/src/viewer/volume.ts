/** A block of voxels in the world: numbers and their place. Knows no file and no screen. */

export type Point = readonly [number, number, number];
export type Matrix = readonly [readonly number[], readonly number[], readonly number[]];
export type Numbers = Int8Array | Uint8Array | Int16Array | Uint16Array | Int32Array | Uint32Array | Float32Array | Float64Array;

const LETTERS = ['LR', 'PA', 'IS'] as const;
/** Voxels that stand for all where their distribution is asked for. */
const SAMPLE = 20_000;

/** One anatomical axis (0 left to right, 1 back to front, 2 feet to head) as a voxel axis runs along it. */
export interface Axis {
  /** The voxel axis. */
  readonly voxel: number;
  /** Whether a higher voxel index is further to the right, the front or the head. */
  readonly forward: boolean;
}

export class Volume {
  /** The voxel axis that runs nearest to each anatomical axis. */
  readonly axes: readonly [Axis, Axis, Axis];
  private sampled: Float64Array | null = null;
  private readonly inverse: Matrix;

  /** `shape` in voxels, `affine` voxel to RAS mm, `slope` and `inter` stored number to value. */
  constructor(
    readonly shape: Point,
    readonly affine: Matrix,
    readonly stored: Numbers,
    readonly slope = 1,
    readonly inter = 0
  ) {
    this.axes = axesOf(affine);
    this.inverse = inverseOf(affine);
  }

  value([i, j, k]: Point): number {
    const number = this.stored[i + this.shape[0] * (j + this.shape[1] * k)] ?? NaN;
    return number * this.slope + this.inter;
  }

  /** The value at the voxel that is nearest to a place in RAS mm; null outside. */
  at(world: Point): number | null {
    const voxel = this.voxel(world).map(Math.round) as unknown as Point;
    return voxel.every((n, axis) => n >= 0 && n < this.shape[axis as 0 | 1 | 2]) ? this.value(voxel) : null;
  }

  /** RAS mm of a voxel's centre, which may lie between voxels. */
  world(voxel: Point): Point {
    return through(this.affine, voxel);
  }

  /** Where a place in RAS mm lies in voxels, between them too. */
  voxel(world: Point): Point {
    return through(this.inverse, world);
  }

  /** Edge lengths of a voxel in mm. */
  get spacing(): Point {
    const length = (axis: number): number => Math.hypot(...this.affine.map(row => at(row, axis))) || 1;
    return [length(0), length(1), length(2)];
  }

  /** Where voxel axes lead to, as nibabel's aff2axcodes says it. */
  get codes(): string {
    return [0, 1, 2]
      .map(voxel => {
        const world = this.axes.findIndex(axis => axis.voxel === voxel);
        return LETTERS[world]?.[this.axes[world]?.forward ? 1 : 0] ?? '?';
      })
      .join('');
  }

  /** Finite values of some thousand voxels, in order. */
  get sample(): Float64Array {
    if (!this.sampled) {
      const step = Math.max(1, Math.floor(this.stored.length / SAMPLE));
      const seen: number[] = [];
      for (let n = 0; n < this.stored.length; n += step) {
        const value = at(this.stored, n) * this.slope + this.inter;
        if (Number.isFinite(value)) {
          seen.push(value);
        }
      }
      this.sampled = Float64Array.from(seen).sort();
    }
    return this.sampled;
  }

  /** The value below which `share` of the voxels lie. */
  quantile(share: number): number {
    const { sample } = this;
    return sample[Math.min(sample.length - 1, Math.floor(sample.length * share))] ?? 0;
  }
}

/** A point through an affine of three rows. */
export function through(matrix: Matrix, point: Point): Point {
  const along = (row: readonly number[]): number => at(row, 0) * point[0] + at(row, 1) * point[1] + at(row, 2) * point[2] + at(row, 3);
  return [along(matrix[0]), along(matrix[1]), along(matrix[2])];
}

/** The affine back; of a block whose voxels have no extent nothing lies anywhere. */
function inverseOf(matrix: Matrix): Matrix {
  const m = (row: 0 | 1 | 2, column: number): number => at(matrix[row], column);
  const minor = (a: 0 | 1 | 2, b: 0 | 1 | 2, c: number, d: number): number => m(a, c) * m(b, d) - m(a, d) * m(b, c);
  const whole = m(0, 0) * minor(1, 2, 1, 2) - m(0, 1) * minor(1, 2, 0, 2) + m(0, 2) * minor(1, 2, 0, 1);
  const rows = [
    [minor(1, 2, 1, 2), -minor(0, 2, 1, 2), minor(0, 1, 1, 2)],
    [-minor(1, 2, 0, 2), minor(0, 2, 0, 2), -minor(0, 1, 0, 2)],
    [minor(1, 2, 0, 1), -minor(0, 2, 0, 1), minor(0, 1, 0, 1)]
  ].map(row => row.map(each => each / whole));
  return rows.map(row => [...row, -(at(row, 0) * m(0, 3) + at(row, 1) * m(1, 3) + at(row, 2) * m(2, 3))]) as unknown as Matrix;
}

/** The strongest direction cosine is given its axis first, then the strongest of what is left. */
function axesOf(affine: Matrix): [Axis, Axis, Axis] {
  const lengths = [0, 1, 2].map(axis => Math.hypot(...affine.map(row => at(row, axis))) || 1);
  const cosines = [0, 1, 2].flatMap(world =>
    [0, 1, 2].map(voxel => ({ world, voxel, cosine: at(affine[world] ?? [], voxel) / at(lengths, voxel) }))
  );
  cosines.sort((a, b) => Math.abs(b.cosine) - Math.abs(a.cosine));
  const axes: Axis[] = [];
  const taken = new Set<number>();
  for (const { world, voxel, cosine } of cosines) {
    if (!axes[world] && !taken.has(voxel)) {
      axes[world] = { voxel, forward: cosine >= 0 };
      taken.add(voxel);
    }
  }
  return axes as [Axis, Axis, Axis];
}

function at(numbers: ArrayLike<number>, n: number): number {
  return numbers[n] ?? 0;
}
