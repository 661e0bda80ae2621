/** A header as a table that can be searched. */
import { Words } from '../door';
import { fill, h } from '../dom';

/** What is searched and shown of one element: its tag or field, its words, its value. */
export type Row = readonly [name: string, value: string];

/** One element of the DICOM JSON model (PS3.18 Annex F). */
interface Element {
  vr: string;
  Value?: unknown[];
  InlineBinary?: string;
  BulkDataURI?: string;
}
export type DicomJson = Record<string, Element>;

/** Rows of a DICOM header, by the names of `names` (tag -> name) where it has one; what lies in a sequence is indented. */
export function rowsOf(header: DicomJson, names: Record<string, string> = {}, above = ''): Row[] {
  return Object.entries(header).flatMap(([tag, element]) => {
    const name = [`${above}(${tag.slice(0, 4)},${tag.slice(4)})`, names[tag] ?? element.vr].join(' ');
    if (element.vr === 'SQ') {
      const items = (element.Value ?? []) as DicomJson[];
      return [[name, `${items.length} × …`] as const, ...items.flatMap(item => rowsOf(item ?? {}, names, `${above}› `))];
    }
    const value = (element.Value ?? []).map(words).join(' \\ ') || (element.InlineBinary ? '…' : '');
    return [[name, value && UNITS[tag] ? `${value} ${UNITS[tag]}` : value] as const];
  });
}

/** Units that PS3.3 gives to what is looked up most. */
const UNITS: Record<string, string> = {
  '00180050': 'mm', '00180088': 'mm', '00280030': 'mm', '00200032': 'mm', '00201041': 'mm', '00181100': 'mm', '00180090': 'mm',
  '00180080': 'ms', '00180081': 'ms', '00180082': 'ms', '00181150': 'ms', '00181242': 'ms', '00181063': 'ms',
  '00180087': 'T', '00180084': 'MHz', '00180095': 'Hz/px', '00181314': '°', '00181120': '°',
  '00180060': 'kV', '00181151': 'mA', '00181152': 'mAs', '00101030': 'kg', '00101020': 'm', '00189087': 's/mm²', '00181074': 'Bq', '00181075': 's'
};

function words(value: unknown): string {
  if (typeof value === 'object' && value !== null) {
    return String((value as { Alphabetic?: string }).Alphabetic ?? JSON.stringify(value));
  }
  return String(value ?? '');
}

export class HeaderView {
  readonly node: HTMLElement;
  private readonly body = h('tbody', {});
  private readonly count = h('span', { class: 'la-amounts', role: 'status' });
  private readonly field: HTMLInputElement;
  private rows: readonly Row[] = [];

  constructor(private readonly trans: Words) {
    const label = trans.__('Search the header');
    this.field = h('input', { class: 'la-field', type: 'search', placeholder: label, 'aria-label': label, oninput: () => this.draw() });
    const table = h('table', { 'aria-label': trans.__('Header') }, this.body);
    this.node = h(
      'section',
      { class: 'la-header', 'aria-label': trans.__('Header') },
      h('div', { class: 'la-header-top' }, this.field, this.count),
      h('div', { class: 'la-header-rows', tabindex: 0, role: 'region', 'aria-label': trans.__('Values of the header') }, table)
    );
  }

  show(rows: readonly Row[]): void {
    this.rows = rows;
    this.draw();
  }

  /** Why there is none. */
  refuse(sentence: string): void {
    this.rows = [];
    fill(this.body, h('tr', {}, h('td', {}, sentence)));
  }

  private draw(): void {
    const asked = this.field.value.trim().toLowerCase().split(/\s+/);
    const found = this.rows.filter(row => asked.every(word => row.join(' ').toLowerCase().includes(word)));
    fill(this.body, ...found.map(([name, value]) => h('tr', {}, h('th', { scope: 'row' }, name), h('td', { title: value }, value))));
    fill(this.count, this.trans.__('%1 of %2', found.length, this.rows.length));
  }
}

/** What two headers say differently, element by element. */
export function differences(one: readonly Row[], other: readonly Row[]): [name: string, one: string, other: string][] {
  const others = new Map(other);
  const mine = new Map(one);
  const all = [...one, ...other.filter(([name]) => !mine.has(name))].map(([name]) => name);
  return [...new Set(all)]
    .map((name): [string, string, string] => [name, mine.get(name) ?? '', others.get(name) ?? ''])
    .filter(([, a, b]) => a !== b);
}

/** Two headers beside each other, as far as they differ. */
export function differencesView(names: readonly [string, string], headers: readonly [readonly Row[], readonly Row[]], trans: Words): HTMLElement {
  const body = h('tbody', {});
  const count = h('span', { class: 'la-amounts', role: 'status' });
  const rows = differences(...headers);
  const label = trans.__('Search the differences');
  const draw = (): void => {
    const asked = field.value.trim().toLowerCase().split(/\s+/);
    const found = rows.filter(row => asked.every(word => row.join(' ').toLowerCase().includes(word)));
    fill(body, ...found.map(([name, one, other]) => h('tr', {}, h('th', { scope: 'row' }, name), h('td', { title: one }, one), h('td', { title: other }, other))));
    fill(count, rows.length ? trans.__('%1 of %2 that differ', found.length, rows.length) : trans.__('They say the same'));
  };
  const field: HTMLInputElement = h('input', { class: 'la-field', type: 'search', placeholder: label, 'aria-label': label, oninput: draw });
  const head = h('tr', {}, h('th', { scope: 'col' }, trans.__('Element')), ...names.map(name => h('th', { scope: 'col' }, name)));
  draw();
  return h(
    'section',
    { class: 'la-header la-differences', 'aria-label': trans.__('What the headers say differently') },
    h('div', { class: 'la-header-top' }, field, count),
    h('div', { class: 'la-header-rows', tabindex: 0, role: 'region', 'aria-label': trans.__('Values that differ') }, h('table', { 'aria-label': trans.__('Differences') }, h('thead', {}, head), body))
  );
}
