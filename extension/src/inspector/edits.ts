/** Words that can be changed in place: a value, its pencil, and a field in their stead. */
import { TranslationBundle } from '@jupyterlab/translation';
import { fill, h, icon } from '../dom';

export interface Edited {
  /** What it is, as a noun: "label". */
  readonly name: string;
  readonly value: string;
  /** Values that are offered while one types. */
  readonly offered?: readonly string[];
  /** null: it cannot be changed here. */
  readonly save: ((value: string) => void) | null;
}

/** One line: name and value; the value is a field after its pencil was pressed. Enter saves, Esc leaves it as it was. */
export class Edit {
  readonly node = h('div', { class: 'la-edit' });
  /** The one in which somebody types. */
  private field: HTMLInputElement | null = null;

  /** `left`: called when somebody has typed here and changed nothing. */
  constructor(
    private readonly edited: Edited,
    private readonly trans: TranslationBundle,
    private readonly left: () => void
  ) {
    this.rest();
  }

  /** Whether somebody is typing here. */
  get open(): boolean {
    return this.field !== null;
  }

  /** Keep what somebody is typing, as Enter does. */
  end(): void {
    if (this.field) {
      this.finish(this.field, false);
    }
  }

  /** The field in place of the value, with all of it selected. */
  begin(): void {
    const { name, value, save, offered } = this.edited;
    if (!save) {
      return;
    }
    const list = `la-offered-${name}`;
    const field = h('input', { class: 'la-field', value, 'aria-label': this.label(), ...(offered && { list }), onkeydown: (event: KeyboardEvent) => this.key(event) });
    field.addEventListener('blur', () => this.finish(field, false)); // what was typed is not lost by clicking elsewhere
    fill(
      this.node,
      h('span', { class: 'la-two' }, this.trans.__(name)),
      field,
      offered && h('datalist', { id: list }, ...offered.map(each => h('option', { value: each })))
    );
    this.field = field;
    field.focus();
    field.select();
  }

  private rest(focus = false): void {
    const { name, value, save } = this.edited;
    const label = this.label();
    const pencil = h('button', { type: 'button', class: 'la-btn-icon', 'aria-label': label, title: label, onclick: () => this.begin() }, icon('pencil'));
    fill(this.node, h('span', { class: 'la-two' }, this.trans.__(name)), h('span', { class: 'la-value' }, value), save && pencil);
    if (focus) {
      pencil.focus();
    }
  }

  private key(event: KeyboardEvent): void {
    const field = event.currentTarget as HTMLInputElement;
    event.stopPropagation(); // letters typed here are no keys of the surface
    if (event.key === 'Escape') {
      field.value = this.edited.value;
    }
    if (event.key === 'Enter' || event.key === 'Escape') {
      this.finish(field, true);
    }
  }

  private finish(field: HTMLInputElement, focus: boolean): void {
    if (field !== this.field) {
      return; // a key finished it: that took the field away, and so the keyboard from it
    }
    this.field = null;
    const value = field.value.trim();
    this.rest(focus);
    if (value !== this.edited.value) {
      this.edited.save?.(value);
    } else {
      this.left();
    }
  }

  private label(): string {
    return this.trans.__('Change the %1', this.edited.name);
  }
}

/** Tags as badges with a way to take each off and to add one. */
export function tagRow(
  tags: readonly string[],
  trans: TranslationBundle,
  say: ((verb: 'tag' | 'untag', tag: string) => void) | null
): HTMLElement[] {
  const badges = tags.map(tag => {
    const label = trans.__('Take off the tag %1', tag);
    const off = h('button', { type: 'button', 'aria-label': label, title: label, onclick: () => say?.('untag', tag) }, '×');
    return h('span', { class: 'la-badge la-tag' }, tag, say && off);
  });
  return say ? [...badges, adding(trans, tag => say('tag', tag))] : badges;
}

function adding(trans: TranslationBundle, add: (tag: string) => void): HTMLElement {
  const place = h('span', {});
  const button = h('button', { type: 'button', class: 'la-badge la-add', onclick: () => begin() }, icon('plus'), trans.__('tag'));
  const rest = (): void => fill(place, button);
  const begin = (): void => {
    const field = h('input', { class: 'la-field la-tag-field', 'aria-label': trans.__('New tag'), placeholder: trans.__('tag') });
    field.addEventListener('keydown', event => {
      event.stopPropagation();
      const tag = field.value.trim();
      if (event.key === 'Enter' && tag) {
        rest();
        add(tag);
      } else if (event.key === 'Escape') {
        rest();
        button.focus();
      }
    });
    field.addEventListener('blur', rest);
    fill(place, field);
    field.focus();
  };
  rest();
  return place;
}
