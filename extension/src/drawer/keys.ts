import { TranslationBundle } from '@jupyterlab/translation';
import { h } from '../dom';

/** The map of keys, as it is without changes of one's own in Lab's settings. */
export function keysView(trans: TranslationBundle): HTMLElement {
  const keys: [string, string][] = [
    ['/', trans.__('Search')],
    ['↑ ↓ Home End', trans.__('Move')],
    ['→ ←', trans.__('Open, close')],
    ['*', trans.__('Open all beside it')],
    ['Enter', trans.__('Insert the code')],
    ['Space', trans.__('Open in the viewer')],
    ['I', trans.__('Inspect')],
    ['F2', trans.__('Change the label')],
    ['Z', trans.__('Take back what I said')],
    ['Shift Z', trans.__('Say it again')],
    ['X', trans.__('Select, or take out')],
    ['Shift ↑ ↓', trans.__('Select a range')],
    ['Esc', trans.__('Select nothing')],
    ['?', trans.__('These keys')]
  ];
  const rows = keys.flatMap(([key, what]) => [h('dt', {}, ...key.split(' ').map(each => h('kbd', {}, each))), h('dd', {}, what)]);
  return h('dl', { class: 'la-keys' }, ...rows);
}
