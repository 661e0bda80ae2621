/** What the keys of the queue do. Single letters act only while no field is written in (WCAG 2.1.4). */
import { Keymap } from '../keymap';
import { Form } from '../rest';

export interface Keys {
  readonly form: Form;
  rate(quality: string): void;
  toggle(name: string, code: string): void;
  act(name: Act): void;
}

export type Act = 'volume' | 'compare' | 'save' | 'back' | 'skip' | 'undo' | 'redo' | 'unsure' | 'note' | 'before' | 'after' | 'darker' | 'brighter' | 'keys' | 'search' | 'leave' | 'close';

const ACTS: Readonly<Record<string, Act>> = {
  v: 'volume', c: 'compare', Enter: 'save', Backspace: 'back', s: 'skip', z: 'undo', Z: 'redo', u: 'unsure', n: 'note',
  ArrowLeft: 'before', ArrowRight: 'after', ',': 'darker', '.': 'brighter', '?': 'keys', '/': 'search', Escape: 'close'
};

/** What each key does, for who asks with `?`. */
export const MAP: Keymap = [
  ['1 2 3', 'usable, questionable, unusable; 1 saves and goes on'],
  ['letters', 'reasons, as they stand on their buttons'],
  ['U', 'unsure'],
  ['N', 'write a note; Esc returns to the keys, Enter saves'],
  ['Enter', 'save, next'],
  ['Backspace', 'the one before'],
  ['S', 'skip'],
  ['Z, Shift Z', 'undo, redo'],
  ['← →', 'look without rating'],
  ['V', 'the volume, and back: three planes, arrows and wheel for slices'],
  ['C', 'the same of this subject in other visits, side by side, and back'],
  [', .', 'darker, brighter'],
  ['/', 'which scans'],
  ['?', 'these keys']
];

/** Handles a key that was pressed somewhere in the surface. */
export function pressed(event: KeyboardEvent, keys: Keys): void {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.defaultPrevented) {
    return;
  }
  const target = event.target as HTMLElement;
  if (target.matches('input, textarea, select, [contenteditable]')) {
    inField(event, target, keys);
    return;
  }
  if (event.key === 'Enter' && target.matches('button, a, summary')) {
    return; // it presses what has the focus
  }
  const act = ACTS[event.key] ?? ACTS[event.key.toLowerCase()];
  const choice = chosen(keys.form, event.key);
  if (choice) {
    if (!event.repeat) {
      choice[0] === 'quality' ? keys.rate(choice[1]) : keys.toggle(...choice);
    }
  } else if (act) {
    keys.act(act);
  } else {
    return;
  }
  event.preventDefault();
}

/** In a field only Esc and, in the note, Enter mean something. */
function inField(event: KeyboardEvent, field: HTMLElement, keys: Keys): void {
  if (event.key === 'Escape') {
    keys.act('leave');
    event.preventDefault();
  } else if (event.key === 'Enter' && field.closest('.la-rate')) {
    keys.act('leave');
    keys.act('save');
    event.preventDefault();
  }
}

function chosen(form: Form, key: string): [string, string] | null {
  for (const item of form.items) {
    const choice = item.choices.find(each => each.key === key.toLowerCase());
    if (choice) {
      return [item.name, choice.code];
    }
  }
  return null;
}
