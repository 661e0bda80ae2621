/** Windows that are usual: shares of the voxels for images without a unit, Hounsfield units for CT. */
import { Volume } from './volume';

export interface Preset {
  readonly name: string;
  window(volume: Volume): readonly [low: number, high: number];
}

const shares = (name: string, low: number, high: number): Preset => ({ name, window: volume => [volume.quantile(low), volume.quantile(high)] });
/** By level and width in HU, as radiology says it. */
const hounsfield = (name: string, level: number, width: number): Preset => ({ name, window: () => [level - width / 2, level + width / 2] });

const SHARES = [shares('1 to 99 %', 0.01, 0.99), shares('0.1 to 99.9 %', 0.001, 0.999), shares('5 to 95 %', 0.05, 0.95), shares('Whole range', 0, 1)];
// the usual clinical settings: Radiopaedia, "Windowing (CT)"; stroke after Lev et al., Radiology 1999;213:150-155
const CT = [
  hounsfield('CT brain', 40, 80),
  hounsfield('CT stroke', 32, 8),
  hounsfield('CT subdural', 75, 215),
  hounsfield('CT bone', 600, 2800),
  hounsfield('CT lung', -600, 1500)
];

/** In the order of their keys, Shift 1 to 9: what fits the modality comes first. */
export function presets(modality: string): readonly Preset[] {
  return modality === 'CT' ? [...CT, ...SHARES] : [...SHARES, ...CT];
}
