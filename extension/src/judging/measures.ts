/** What was measured of a scan, as a table: what departs first, with an arrow; shape and word before colour. */
import { Words } from '../door';
import { h } from '../dom';
import { figures } from '../format';
import { Measure } from '../rest';

/** Measures that are shown although they do not depart. */
const USUAL = 6;

/** `all`: with everything that was measured; else what departs and some others. */
export function measuresTable(measures: readonly Measure[], all: boolean, trans: Words): HTMLElement {
  if (!measures.length) {
    return h('p', { class: 'la-two' }, trans.__('Not measured yet'));
  }
  const out = measures.filter(each => each.departs);
  const rest = measures.filter(each => !each.departs);
  const shown = all ? [...out, ...rest] : [...out, ...rest.slice(0, Math.max(0, USUAL - out.length))];
  const rows = shown.map(each => row(each, trans));
  const more = measures.length - shown.length;
  const table = h(
    'table',
    { class: 'la-measures', 'aria-label': trans.__('Measures') },
    h('thead', {}, h('tr', {}, ...['measure', 'value', 'usual', 'z'].map(head => h('th', { scope: 'col' }, trans.__(head))))),
    h('tbody', {}, ...rows)
  );
  return h('div', {}, table, more > 0 && h('p', { class: 'la-two' }, trans.__('%1 more are as usual', more)));
}

function row(measure: Measure, trans: Words): HTMLElement {
  const { metric, value, unit, middle, z, n, departs: out } = measure;
  const arrow = z === null ? '' : out ? (z > 0 ? '▲ ' : '▼ ') : '';
  const says = out ? trans.__('%1 departs from %2 others of its kind and scanner', metric, n - 1) : metric;
  return h(
    'tr',
    { class: out && 'la-departs', title: says },
    h('th', { scope: 'row' }, metric),
    h('td', {}, `${figures(value, 3)}${unit && ` ${unit}`}`),
    h('td', {}, figures(middle, 3)),
    h('td', {}, z === null ? '' : `${arrow}${Math.abs(z).toFixed(1)}`)
  );
}
