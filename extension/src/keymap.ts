/** What the keys of a surface do, for who asks with `?`. */
import { Words } from './door';
import { h } from './dom';

export type Keymap = readonly (readonly [keys: string, does: string])[];

/** Over the surface, until it is closed; then `closed` is told. */
export function showKeymap(surface: HTMLElement, map: Keymap, trans: Words, closed: () => void): void {
  const rows = map.map(([keys, does]) => h('tr', {}, h('th', { scope: 'row' }, h('kbd', {}, keys)), h('td', {}, trans.__(does))));
  const close = h('button', { type: 'button', class: 'la-btn', onclick: () => dialog.close() }, trans.__('Close'), h('kbd', {}, 'Esc'));
  const dialog: HTMLDialogElement = h('dialog', { class: 'la-keys', 'aria-label': trans.__('Keys') }, h('h2', {}, trans.__('Keys')), h('table', {}, h('tbody', {}, ...rows)), close);
  dialog.addEventListener('keydown', event => event.stopPropagation());
  dialog.addEventListener('close', () => {
    dialog.remove();
    closed();
  });
  surface.append(dialog);
  dialog.showModal();
}
