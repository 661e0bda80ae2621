/** What the viewer's keys do. Letters are off where the surface around it has letters of its own. */
import { Keymap } from '../keymap';

export type Act = 'cursor' | 'window' | 'zoom' | 'measure' | 'fit' | 'large' | 'over' | 'space' | 'cine' | 'keys' | 'link' | 'flicker';

const LETTERS: Readonly<Record<string, Act>> = { x: 'cursor', w: 'window', e: 'zoom', m: 'measure', a: 'large', o: 'over', r: 'space', l: 'link', f: 'flicker', '?': 'keys' };
const OTHERS: Readonly<Record<string, Act>> = { '0': 'fit', ' ': 'cine' };

export const MAP: Keymap = [
  ['↑ ↓', 'a slice on; with Shift, Page: ten'],
  ['← →', 'the volume before, the next'],
  ['X', 'the pointer sets the crosshair'],
  ['W', 'the pointer drags the window; Shift or the right button do so always'],
  ['E', 'the pointer moves and the wheel enlarges; Ctrl and the wheel do so always'],
  ['M', 'the pointer measures'],
  ['0', 'all of it, as large as it fits'],
  ['Shift 1 … 9', 'a usual window'],
  ['A', 'the next view large'],
  ['O', 'what lies over the image, on and off'],
  ['R', 'rendered in space beside the planes, and not; arrows turn it'],
  ['Space', 'let it run, and stop'],
  ['L', 'side by side: linked or each by itself'],
  ['F', 'side by side: one in the place of the other'],
  ['?', 'these keys']
];

/** What is asked for: an act, the number of a window, or nothing. */
export function asked(event: KeyboardEvent, letters: boolean): Act | number | null {
  const target = event.target as HTMLElement;
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || target.matches('input:not([type=range]), select, textarea')) {
    return null;
  }
  if (event.key === ' ' && target.matches('button, [type=checkbox]')) {
    return null;
  }
  const digit = /^Digit([1-9])$/.exec(event.code);
  if (event.shiftKey && digit) {
    return Number(digit[1]);
  }
  return OTHERS[event.key] ?? (letters ? (LETTERS[event.key.toLowerCase()] ?? null) : null);
}
