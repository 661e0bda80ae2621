/** The header of a NIfTI-1 file (nifti1.h) and how its bytes become numbers. */
import { Matrix, Numbers, Point } from './volume';

/** Bytes of a header, and of it and the four that say whether extensions follow. */
export const HEADER = 348;

export class NotShown extends Error {
  constructor(
    message: string,
    readonly hint: string
  ) {
    super(message);
  }
}

export interface Nifti {
  readonly shape: Point;
  readonly volumes: number;
  readonly affine: Matrix;
  readonly datatype: number;
  /** Bytes of one voxel. */
  readonly size: number;
  readonly offset: number;
  readonly little: boolean;
  readonly slope: number;
  readonly inter: number;
  /** Name and value of each field, for reading. */
  readonly fields: readonly (readonly [string, string])[];
}

const TYPES: Record<number, { name: string; size: number }> = {
  2: { name: 'uint8', size: 1 },
  4: { name: 'int16', size: 2 },
  8: { name: 'int32', size: 4 },
  16: { name: 'float32', size: 4 },
  64: { name: 'float64', size: 8 },
  128: { name: 'RGB', size: 3 },
  256: { name: 'int8', size: 1 },
  512: { name: 'uint16', size: 2 },
  768: { name: 'uint32', size: 4 }
};

/** The name and the code (nifti1.h) of such numbers. */
export function typeOf(stored: Numbers): { name: string; code: number } {
  const name = stored.constructor.name.replace('Array', '').toLowerCase();
  return { name, code: Number(Object.keys(TYPES).find(code => TYPES[Number(code)]!.name === name)) };
}

/** Raises NotShown saying why it cannot be shown. */
export function parse(bytes: Uint8Array): Nifti {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < HEADER) {
    throw new NotShown('This file ends within its header.', 'Copy it again from its source.');
  }
  const little = view.getInt32(0, true) === HEADER;
  if (view.getInt32(0, true) === 540 || view.getInt32(0, false) === 540) {
    throw new NotShown('This is NIfTI-2, which is not shown here.', 'Load it in a notebook with nibabel.load(path).');
  }
  if (!little && view.getInt32(0, false) !== HEADER) {
    throw new NotShown('This file does not begin as NIfTI.', 'Open it with another viewer or the editor.');
  }
  const short = (at: number): number => view.getInt16(at, little);
  const float = (at: number): number => view.getFloat32(at, little);
  const dims = [1, 2, 3, 4, 5, 6, 7].map(n => (n <= short(40) ? Math.max(1, short(40 + 2 * n)) : 1));
  const type = TYPES[short(70)];
  if (!type) {
    throw new NotShown(`Voxels of type ${short(70)} are not shown here.`, 'Load it in a notebook with nibabel.load(path).');
  }
  const shape: Point = [dims[0] ?? 1, dims[1] ?? 1, dims[2] ?? 1];
  const slope = float(112);
  const inter = float(116);
  const scaled = Number.isFinite(slope) && slope !== 0;
  const text = (at: number, length: number): string => new TextDecoder().decode(bytes.subarray(at, at + length)).replace(/\0.*$/s, '');
  return {
    shape,
    volumes: dims.slice(3).reduce((all, each) => all * each, 1),
    affine: affineOf(view, little, shape),
    datatype: short(70),
    size: type.size,
    offset: Math.max(HEADER, float(108)),
    little,
    slope: scaled ? slope : 1,
    inter: scaled && Number.isFinite(inter) ? inter : 0,
    fields: [
      ['dim', dims.slice(0, Math.max(3, short(40))).join(' × ')],
      ['pixdim', [1, 2, 3, 4].map(n => brief(float(76 + 4 * n))).join(', ')],
      ['datatype', type.name],
      ['scl_slope', brief(slope)],
      ['scl_inter', brief(inter)],
      ['qform_code', String(short(252))],
      ['sform_code', String(short(254))],
      ['quatern_b, c, d', [256, 260, 264].map(at => brief(float(at))).join(', ')],
      ['qoffset', [268, 272, 276].map(at => brief(float(at))).join(', ')],
      ...['srow_x', 'srow_y', 'srow_z'].map(
        (name, n): [string, string] => [name, [0, 1, 2, 3].map(m => brief(float(280 + 16 * n + 4 * m))).join(', ')]
      ),
      ['cal_min, cal_max', `${brief(float(128))}, ${brief(float(124))}`],
      ['descrip', text(148, 80)],
      ['aux_file', text(228, 24)],
      ['intent_name', text(328, 16)]
    ]
  };
}

/** The voxels of one volume as numbers; colours become their mean grey. */
export function numbers(bytes: Uint8Array, { datatype, little, size }: Nifti): Numbers {
  if (datatype === 128) {
    return Uint8Array.from({ length: bytes.length / 3 }, (_, n) =>
      Math.round(((bytes[3 * n] ?? 0) + (bytes[3 * n + 1] ?? 0) + (bytes[3 * n + 2] ?? 0)) / 3)
    );
  }
  if (!little && size > 1) {
    for (let at = 0; at < bytes.length; at += size) {
      bytes.subarray(at, at + size).reverse();
    }
  }
  const { buffer } = bytes;
  const made: Record<number, () => Numbers> = {
    2: () => bytes,
    4: () => new Int16Array(buffer),
    8: () => new Int32Array(buffer),
    16: () => new Float32Array(buffer),
    64: () => new Float64Array(buffer),
    256: () => new Int8Array(buffer),
    512: () => new Uint16Array(buffer),
    768: () => new Uint32Array(buffer)
  };
  return made[datatype]?.() ?? bytes;
}

/** The sform if it says something, else the qform, else the centre of the block at zero; as nibabel chooses. */
function affineOf(view: DataView, little: boolean, shape: Point): Matrix {
  const float = (at: number): number => view.getFloat32(at, little);
  if (view.getInt16(254, little) > 0) {
    const row = (n: number): number[] => [0, 1, 2, 3].map(m => float(280 + 16 * n + 4 * m));
    return [row(0), row(1), row(2)];
  }
  const [x, y, z] = [float(80) || 1, float(84) || 1, float(88) || 1];
  if (view.getInt16(252, little) <= 0) {
    const middle = (n: 0 | 1 | 2, size: number): number => (-(shape[n] - 1) / 2) * size;
    return [[-x, 0, 0, -middle(0, x)], [0, y, 0, middle(1, y)], [0, 0, z, middle(2, z)]];
  }
  const [b, c, d] = [float(256), float(260), float(264)];
  const a = Math.sqrt(Math.max(0, 1 - b * b - c * c - d * d));
  const q = float(76) < 0 ? -z : z;
  return [
    [(a * a + b * b - c * c - d * d) * x, 2 * (b * c - a * d) * y, 2 * (b * d + a * c) * q, float(268)],
    [2 * (b * c + a * d) * x, (a * a + c * c - b * b - d * d) * y, 2 * (c * d - a * b) * q, float(272)],
    [2 * (b * d - a * c) * x, 2 * (c * d + a * b) * y, (a * a + d * d - b * b - c * c) * q, float(276)]
  ];
}

function brief(number: number): string {
  return String(Number(number.toPrecision(6)));
}
