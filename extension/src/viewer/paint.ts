/** Layers into the pixels of one plane. The first layer's voxels are the pixels; others are sampled where those lie in the world. */
import { ofLabel, Table, table } from './colours';
import { Layer } from './layer';
import { Point, Volume } from './volume';

/** Where a plane lies in the first layer's voxels: its upper left pixel, one pixel to the right, one down. */
export interface Cut {
  readonly width: number;
  readonly height: number;
  readonly origin: Point;
  readonly right: Point;
  readonly down: Point;
}

const OPAQUE = 0xff000000;

export function paint(pixels: Uint32Array, cut: Cut, layers: readonly Layer[]): void {
  const [base, ...over] = layers;
  if (!base?.visible) {
    pixels.fill(OPAQUE);
  } else {
    paintBase(pixels, cut, base);
  }
  for (const layer of over) {
    if (layer.visible && layer.opacity > 0 && base) {
      (layer.kind === 'labels' ? paintLabels : paintMap)(pixels, along(cut, base.volume, layer.volume), layer);
    }
  }
}

function paintBase(pixels: Uint32Array, { width, height, origin, right, down }: Cut, { volume, low, high, colours }: Layer): void {
  const { stored, shape, slope, inter } = volume;
  const place = (voxel: Point): number => voxel[0] + shape[0] * (voxel[1] + shape[1] * voxel[2]);
  const [start, across, below] = [place(origin), place(right), place(down)];
  const scale = (255 * slope) / (high - low || 1);
  const shift = (255 * (inter - low)) / (high - low || 1);
  const colour = packed(table(colours === 'labels' || colours === 'two-sided' ? 'grey' : colours));
  for (let y = 0; y < height; y++) {
    for (let x = 0, from = start + y * below; x < width; x++, from += across) {
      pixels[y * width + x] = colour[Math.max(0, Math.min(255, (stored[from] ?? 0) * scale + shift)) | 0]!;
    }
  }
}

/** The same cut in another volume's voxels, between them too. */
function along(cut: Cut, from: Volume, to: Volume): Cut {
  const place = (voxel: Point): Point => to.voxel(from.world(voxel));
  const sum = (a: Point, b: Point): Point => [a[0] + b[0], a[1] + b[1], a[2] + b[2]];
  const less = (a: Point, b: Point): Point => [a[0] - b[0], a[1] - b[1], a[2] - b[2]];
  const origin = place(cut.origin);
  return { ...cut, origin, right: less(place(sum(cut.origin, cut.right)), origin), down: less(place(sum(cut.origin, cut.down)), origin) };
}

/** Regions: filled lightly, their edge strong. */
function paintLabels(pixels: Uint32Array, { width, height, origin, right, down }: Cut, { volume, opacity }: Layer): void {
  const { stored, shape, slope, inter } = volume;
  const labels = new Int32Array(width * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const i = Math.round(origin[0] + x * right[0] + y * down[0]);
      const j = Math.round(origin[1] + x * right[1] + y * down[1]);
      const k = Math.round(origin[2] + x * right[2] + y * down[2]);
      if (i >= 0 && j >= 0 && k >= 0 && i < shape[0] && j < shape[1] && k < shape[2]) {
        labels[y * width + x] = Math.round((stored[i + shape[0] * (j + shape[1] * k)] ?? 0) * slope + inter);
      }
    }
  }
  const colours = new Map<number, readonly [number, number, number]>();
  for (let y = 0, at = 0; y < height; y++) {
    for (let x = 0; x < width; x++, at++) {
      const label = labels[at]!;
      if (label <= 0) {
        continue;
      }
      const edge = labels[at - 1] !== label || labels[at + 1] !== label || labels[at - width] !== label || labels[at + width] !== label;
      let colour = colours.get(label);
      if (!colour) {
        colours.set(label, (colour = ofLabel(label)));
      }
      blend(pixels, at, colour[0], colour[1], colour[2], edge ? opacity : opacity * 0.35);
    }
  }
}

/** Measures: sampled by trilinear interpolation, coloured by size beyond the threshold. */
function paintMap(pixels: Uint32Array, { width, height, origin, right, down }: Cut, layer: Layer): void {
  const { volume, opacity, threshold, high, colours } = layer;
  const twoSided = colours === 'two-sided';
  const up = table(twoSided ? 'warm' : colours === 'labels' ? 'hot' : colours);
  const below = table('cold');
  const scale = 255 / (high - threshold || 1);
  for (let y = 0, at = 0; y < height; y++) {
    for (let x = 0; x < width; x++, at++) {
      const value = between(volume, origin[0] + x * right[0] + y * down[0], origin[1] + x * right[1] + y * down[1], origin[2] + x * right[2] + y * down[2]);
      const size = Math.abs(value);
      if (!(size >= threshold) || value === 0 || (value < 0 && !twoSided)) {
        continue;
      }
      const colour: Table = value < 0 ? below : up;
      const step = 3 * Math.min(255, ((size - threshold) * scale) | 0);
      blend(pixels, at, colour[step]!, colour[step + 1]!, colour[step + 2]!, opacity);
    }
  }
}

/** The value at a place between voxels; NaN outside, or where a neighbour is. */
export function between({ stored, shape, slope, inter }: Volume, x: number, y: number, z: number): number {
  // the outermost half voxel still belongs to the block
  if (!(x >= -0.5 && y >= -0.5 && z >= -0.5 && x <= shape[0] - 0.5 && y <= shape[1] - 0.5 && z <= shape[2] - 0.5)) {
    return NaN;
  }
  const cx = Math.max(0, Math.min(shape[0] - 1, x));
  const cy = Math.max(0, Math.min(shape[1] - 1, y));
  const cz = Math.max(0, Math.min(shape[2] - 1, z));
  const [i, j, k] = [Math.floor(cx), Math.floor(cy), Math.floor(cz)];
  const [u, v, w] = [cx - i, cy - j, cz - k];
  const row = shape[0];
  const slice = shape[0] * shape[1];
  const at = i + row * j + slice * k;
  const di = i + 1 < shape[0] ? 1 : 0;
  const dj = j + 1 < shape[1] ? row : 0;
  const dk = k + 1 < shape[2] ? slice : 0;
  const near = (stored[at]! * (1 - u) + stored[at + di]! * u) * (1 - v) + (stored[at + dj]! * (1 - u) + stored[at + dj + di]! * u) * v;
  const far = (stored[at + dk]! * (1 - u) + stored[at + dk + di]! * u) * (1 - v) + (stored[at + dk + dj]! * (1 - u) + stored[at + dk + dj + di]! * u) * v;
  return (near * (1 - w) + far * w) * slope + inter;
}

function blend(pixels: Uint32Array, at: number, red: number, green: number, blue: number, share: number): void {
  const below = pixels[at]!;
  const keep = 1 - share;
  const r = ((below & 255) * keep + red * share) | 0;
  const g = (((below >> 8) & 255) * keep + green * share) | 0;
  const b = (((below >> 16) & 255) * keep + blue * share) | 0;
  pixels[at] = OPAQUE | (b << 16) | (g << 8) | r;
}

const PACKED = new Map<Table, Uint32Array>();

/** A table as pixels. */
function packed(colours: Table): Uint32Array {
  let made = PACKED.get(colours);
  if (!made) {
    made = Uint32Array.from({ length: 256 }, (_, n) => (OPAQUE | (colours[3 * n + 2]! << 16) | (colours[3 * n + 1]! << 8) | colours[3 * n]!) >>> 0);
    PACKED.set(colours, made);
  }
  return made;
}
