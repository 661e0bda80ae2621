/** What a row of the catalogue says of a thing, in words and units. */
import { TranslationBundle } from '@jupyterlab/translation';
import { bytes, count } from '../format';
import { Row } from '../rest';
import { Level } from '../tokens';

export type Fact = readonly [name: string, value: string];

/** Facts of a thing, those that are known, in the order in which one looks for them. */
export function facts(level: Level, row: Row, trans: TranslationBundle): Fact[] {
  const all = level === 'scan' ? scanFacts(row, trans) : level === 'session' ? sessionFacts(row, trans) : otherFacts(row, trans);
  return all.filter(([, value]) => value !== '');
}

function scanFacts(row: Row, trans: TranslationBundle): Fact[] {
  return [
    [trans.__('Series description'), text(row['description'])],
    [trans.__('Number'), text(row['number'])],
    [trans.__('Taken'), time(row['acquired'])],
    [trans.__('Repetition time'), milliseconds(row['tr'])],
    [trans.__('Echo time'), milliseconds(row['te'])],
    [trans.__('Inversion time'), milliseconds(row['ti'])],
    [trans.__('Flip angle'), number(row['flip_angle'], '°')],
    [trans.__('Voxel'), by(row['voxel'] as number[] | null, ' mm', 2)],
    [trans.__('Matrix'), by([row['rows'], row['columns']] as number[], '', 0)],
    [trans.__('Frames'), text(row['frames'])],
    [trans.__('Field strength'), number(row['field_strength'], ' T')],
    [trans.__('Scanner'), together([row['manufacturer'], row['model'], row['station']])],
    [trans.__('Format'), text(row['format'])],
    [trans.__('Files'), together([count(Number(row['n_files'] ?? 0)), bytes(Number(row['bytes'] ?? 0))])],
    [trans.__('Kind'), together([row['kind'], row['kind_reason']])],
    [trans.__('Files with a remark'), amount(row['warnings'] || undefined)],
    [trans.__('Id'), text(row['scan_id'])]
  ];
}

function sessionFacts(row: Row, trans: TranslationBundle): Fact[] {
  return [
    [trans.__('Taken'), time(row['acquired'])],
    [trans.__('Scans'), text(row['n_scans'])],
    [trans.__('Scanner'), together([row['manufacturer'], row['model'], row['station']])],
    [trans.__('Institution'), text(row['institution'])],
    [trans.__('Study description'), text(row['study_description'])],
    [trans.__('Study UID'), text(row['study_uid'])],
    [trans.__('Id'), text(row['session_id'])]
  ];
}

function otherFacts(row: Row, trans: TranslationBundle): Fact[] {
  return [
    [trans.__('Subjects'), amount(row['n_subjects'])],
    [trans.__('Sessions'), amount(row['n_sessions'])],
    [trans.__('Scans'), amount(row['n_scans'])],
    [trans.__('Size'), row['bytes'] === undefined ? '' : bytes(Number(row['bytes']))],
    [trans.__('Kinds'), tally(row['kinds'])],
    [trans.__('Quality'), tally(row['quality'])],
    [trans.__('Conflicts'), amount(row['n_conflicts'])],
    [trans.__('Your role'), text(row['role'])],
    [trans.__('Visibility'), text(row['visibility'])],
    [trans.__('Id'), text(row['subject_id'] ?? row['project_id'])]
  ];
}

function text(value: unknown): string {
  return value === null || value === undefined ? '' : String(value);
}

function amount(value: unknown): string {
  return typeof value === 'number' ? count(value) : '';
}

/** `2026-01-14 09:42` of an ISO time. */
export function time(value: unknown): string {
  return text(value).slice(0, 16).replace('T', ' ');
}

function number(value: unknown, unit: string): string {
  return typeof value === 'number' ? `${Number(value.toPrecision(4))}${unit}` : '';
}

function milliseconds(value: unknown): string {
  return typeof value === 'number' ? `${Number(value.toFixed(2)).toLocaleString('en-US')} ms` : '';
}

/** `1.0 × 1.0 × 1.2 mm`; nothing where one of them is not known. */
function by(values: readonly (number | null | undefined)[] | null, unit: string, digits: number): string {
  return values?.length && values.every(each => typeof each === 'number')
    ? values.map(each => Number((each as number).toFixed(digits)).toFixed(digits ? 1 : 0)).join(' × ') + unit
    : '';
}

function together(values: readonly unknown[]): string {
  return values.map(text).filter(Boolean).join(' · ');
}

/** `T1w 148 · FLAIR 120` */
function tally(counts: unknown): string {
  return Object.entries((counts ?? {}) as Record<string, number>)
    .filter(([, n]) => n > 0)
    .map(([name, n]) => `${name} ${count(n)}`)
    .join(' · ');
}
