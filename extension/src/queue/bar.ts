/** The rating bar: made of the form, so that a lab's own reasons, letters and items stand in it. */
import { Words } from '../door';
import { fill, h, shape } from '../dom';
import { Answers, reasons } from '../forms/answers';
import { Form, FormItem, QUALITIES } from '../rest';

/** What the bar's buttons do. */
export interface Acts {
  rate(quality: string): void;
  toggle(name: string, code: string): void;
  answer(name: string, value: string | number | null): void;
  save(): void;
  undo(): void;
  back(): void;
  skip(): void;
}

/** Items that are not asked: the page knows them itself. */
const UNASKED = ['seconds'];

export class Bar {
  readonly node: HTMLElement;
  readonly note: HTMLInputElement;
  private readonly buttons = new Map<string, HTMLButtonElement>();
  private readonly fields = new Map<string, HTMLInputElement>();
  private readonly asked = h('span', { class: 'la-asked', role: 'status' });
  private readonly main: HTMLButtonElement;
  private readonly undoing: HTMLButtonElement;

  constructor(
    form: Form,
    private readonly acts: Acts,
    private readonly trans: Words
  ) {
    const items = form.items.filter(item => !UNASKED.includes(item.name));
    const of = (...names: string[]): FormItem[] => items.filter(item => names.includes(item.name));
    const others = items.filter(item => !['quality', 'reason', 'confidence', 'note'].includes(item.name));
    this.note = this.field(of('note')[0], trans.__('Note (N to write, Esc to return to the keys)'));
    this.main = h('button', { type: 'button', class: 'la-btn la-main la-big', onclick: () => acts.save() }, trans.__('Save, next'), h('kbd', {}, '↵'));
    this.undoing = this.ghost(trans.__('Undo'), 'Z', () => acts.undo());
    this.node = h(
      'section',
      { class: 'la-rate', 'aria-label': trans.__('Rating') },
      h('div', { class: 'la-line' }, ...of('quality').map(item => this.radios(item)), ...of('confidence').map(item => this.segment(item)), this.asked, this.main),
      ...of('reason').map(item => this.toggles(item)),
      ...others.map(item => this.other(item)),
      h('div', { class: 'la-line' }, this.note, this.undoing, this.ghost(trans.__('Back'), '⌫', () => acts.back()), this.ghost(trans.__('Skip'), 'S', () => acts.skip()))
    );
  }

  /** How it stands; `asked`: what is still missing. */
  show(answers: Answers, asked: readonly FormItem[], open: boolean, canUndo: boolean): void {
    for (const [key, button] of this.buttons) {
      const [name, code] = key.split('\n') as [string, string];
      const chosen = answers[name] === code || reasons(answers[name]).includes(code);
      const state = button.getAttribute('role') === 'radio' ? 'aria-checked' : 'aria-pressed';
      button.setAttribute(state, String(chosen || (name === 'confidence' && code === 'sure' && !answers[name])));
      button.disabled = !open;
    }
    this.roving(answers);
    for (const [name, field] of this.fields) {
      const value = String(answers[name] ?? '');
      if (field.value !== value && document.activeElement !== field) {
        field.value = value;
      }
      field.disabled = !open;
      field.toggleAttribute('aria-invalid', asked.some(item => item.name === name));
    }
    this.main.disabled = !open;
    this.undoing.disabled = !canUndo;
    fill(this.asked, asked.length ? this.trans.__('%1 is asked for', asked.map(item => item.label.replace(/\?$/, '')).join(', ')) : '');
  }

  /** One stop for Tab among the three, the chosen or the first one. */
  private roving(answers: Answers): void {
    const radios = [...this.buttons].filter(([, button]) => button.getAttribute('role') === 'radio');
    const chosen = radios.find(([key]) => key === `quality\n${String(answers['quality'])}`) ?? radios[0];
    radios.forEach(pair => (pair[1].tabIndex = pair === chosen ? 0 : -1));
  }

  private radios(item: FormItem): HTMLElement {
    const buttons = item.choices.map(choice => {
      const act = (): void => this.acts.rate(choice.code);
      const sign = (QUALITIES as readonly string[]).includes(choice.code) ? shape(choice.code, '') : null;
      return this.button(item.name, choice.code, { role: 'radio', class: `la-radio la-${choice.code}`, onclick: act }, sign, choice.label, key(choice.key));
    });
    const step = (event: KeyboardEvent): void => {
      const by = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
      const at = buttons.indexOf(event.target as HTMLButtonElement);
      if (by && at >= 0) {
        event.stopPropagation();
        event.preventDefault();
        const to = buttons[(at + by + buttons.length) % buttons.length]!;
        to.focus();
        this.acts.answer(item.name, item.choices[buttons.indexOf(to)]!.code);
      }
    };
    return h('div', { class: 'la-radios', role: 'radiogroup', 'aria-label': item.label, onkeydown: step }, ...buttons);
  }

  private segment(item: FormItem): HTMLElement {
    const choices = item.choices.map((choice, n) => {
      const act = (): void => this.acts.answer(item.name, n === 0 ? null : choice.code);
      return this.button(item.name, choice.code, { class: 'la-seg-btn', onclick: act }, choice.label, n === 1 ? key('u') : null);
    });
    return h('span', { class: 'la-seg', role: 'group', 'aria-label': item.label }, ...choices);
  }

  private toggles(item: FormItem): HTMLElement {
    const buttons = item.choices.map(choice =>
      this.button(item.name, choice.code, { class: 'la-btn', onclick: () => this.acts.toggle(item.name, choice.code) }, choice.label, key(choice.key))
    );
    return h('div', { class: 'la-line la-why', role: 'group', 'aria-label': item.label }, h('span', { class: 'la-cap' }, item.label), ...buttons);
  }

  /** An item of the lab's own. */
  private other(item: FormItem): HTMLElement {
    if (item.choices.length) {
      return this.toggles(item);
    }
    return h('label', { class: 'la-line' }, h('span', { class: 'la-cap' }, item.unit ? `${item.label} (${item.unit})` : item.label), this.field(item, ''));
  }

  private button(name: string, code: string, properties: Record<string, string | (() => void)>, ...children: (Node | string | null)[]): HTMLButtonElement {
    const button = h('button', { type: 'button', ...properties }, ...children);
    this.buttons.set(`${name}\n${code}`, button);
    return button;
  }

  private field(item: FormItem | undefined, placeholder: string): HTMLInputElement {
    const type = item?.type === 'number' ? 'number' : item?.type === 'date' ? 'date' : 'text';
    const read = (): string | number | null => (type === 'number' ? (field.value === '' ? null : Number(field.value)) : field.value);
    const field: HTMLInputElement = h('input', {
      class: 'la-field', type, placeholder, 'aria-label': item?.label ?? '', maxlength: item?.longest, autocomplete: 'off', spellcheck: 'false',
      oninput: () => item && this.acts.answer(item.name, read())
    });
    field.hidden = !item;
    if (item) {
      this.fields.set(item.name, field);
    }
    return field;
  }

  private ghost(label: string, letter: string, act: () => void): HTMLButtonElement {
    return h('button', { type: 'button', class: 'la-btn la-ghost', onclick: act }, label, h('kbd', {}, letter));
  }
}

function key(letter: string | null): HTMLElement | null {
  return letter ? h('kbd', {}, letter.length === 1 && letter === 'u' ? 'U' : letter) : null;
}
