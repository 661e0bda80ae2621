/** A form as it is filled in: one item a row, answers as buttons with their digit, codes for what is missing beside them. */
import { Words } from '../door';
import { fill, h } from '../dom';
import { Form, FormItem } from '../rest';
import { Answers, withAnswer } from './answers';
import { isEmpty, Value } from './evaluate';
import { Codes, isShown } from './score';

export interface Given {
  readonly answers: Answers;
  readonly missing: Codes;
}

export class Sheet {
  readonly node = h('div', { class: 'la-sheet', tabindex: -1 });
  private given: Given = { answers: {}, missing: {} };
  private at = '';

  constructor(
    private readonly form: Form,
    private readonly trans: Words,
    private readonly changed: (given: Given) => void
  ) {
    this.node.addEventListener('keydown', event => this.onKey(event));
    this.node.addEventListener('focusin', event => this.mark((event.target as Element).closest<HTMLElement>('[data-item]')?.dataset['item'] ?? ''));
  }

  /** Begin with these answers, at the first item that is open. */
  show(given: Given): void {
    this.given = given;
    this.draw();
    this.go(this.shown.find(item => !this.isAnswered(item)) ?? this.shown[0]);
  }

  /** Bring an item before the eyes and under the keys. */
  focus(name: string): void {
    this.go(this.shown.find(item => item.name === name));
  }

  private get shown(): FormItem[] {
    return this.form.items.filter(item => isShown(item, this.given.answers, this.given.missing));
  }

  private isAnswered(item: FormItem): boolean {
    return !isEmpty(this.given.answers[item.name]) || item.name in this.given.missing;
  }

  private draw(): void {
    fill(this.node, ...this.shown.map(item => this.row(item)));
    this.mark(this.at);
  }

  private row(item: FormItem): HTMLElement {
    const { answers, missing } = this.given;
    const value = answers[item.name] ?? null;
    const code = missing[item.name];
    const field = item.type === 'choice' || item.type === 'yes' ? this.choices(item, value, code) : item.type === 'several' ? this.several(item, value) : this.field(item, value);
    const codes = item.type === 'choice' || item.type === 'yes' ? [] : item.missing.map(each => this.button(each, this.form.missing[each] ?? '', each === code, () => this.code(item, each)));
    const help = item.help && h('span', { class: 'la-two la-item-help' }, item.help);
    const unit = item.unit && h('span', { class: 'la-two' }, item.unit);
    return h('div', { class: 'la-item', role: 'group', 'aria-label': item.label, 'data-item': item.name }, h('span', { class: 'la-item-label' }, item.label, help), h('span', { class: 'la-item-answers' }, ...field, unit, ...codes));
  }

  private button(code: string, words: string, pressed: boolean, act: () => void): HTMLElement {
    return h('button', { type: 'button', class: 'la-answer', 'aria-pressed': String(pressed), onclick: act }, h('b', {}, code), words && ` ${words.split(':')[0]!}`);
  }

  private choices(item: FormItem, value: Value, code: string | undefined): HTMLElement[] {
    const yes = item.type === 'yes';
    const all = yes ? [{ code: 'yes', label: '' }, { code: 'no', label: '' }] : item.choices;
    const chosen = yes ? (value === true ? 'yes' : value === false ? 'no' : '') : String(value ?? '');
    const digits = all.every(each => /^\d$/.test(each.code));
    const buttons = all.map((each, n) => this.button(digits ? each.code : String(n + 1), digits ? each.label : each.label || this.trans.__(each.code), each.code === chosen, () => this.answer(item, yes ? each.code === 'yes' : each.code)));
    return [...buttons, ...item.missing.map(each => this.button(each, this.form.missing[each] ?? '', each === code, () => this.code(item, each)))];
  }

  private several(item: FormItem, value: Value): HTMLElement[] {
    const chosen = Array.isArray(value) ? (value as readonly string[]) : [];
    const toggled = (code: string): Value => (chosen.includes(code) ? chosen.filter(each => each !== code) : [...chosen, code]);
    return item.choices.map((each, n) => this.button(String(n + 1), each.label, chosen.includes(each.code), () => this.answer(item, toggled(each.code), false)));
  }

  private field(item: FormItem, value: Value): HTMLElement[] {
    const text = String(value ?? '');
    const long = item.type === 'text' && item.longest > 500;
    const kinds: Record<string, string> = { number: 'number', date: 'date' };
    const field = long ? h('textarea', { class: 'la-field', rows: 4, 'aria-label': item.label, maxlength: item.longest }) : h('input', { class: 'la-field', type: kinds[item.type] ?? 'text', step: 'any', 'aria-label': item.label, ...(item.type === 'text' && { maxlength: item.longest }), ...(item.range && { min: item.range[0], max: item.range[1] }) });
    field.value = text;
    field.addEventListener('input', () => {
      const said = field.value.trim();
      this.take(item, item.type === 'number' && said !== '' ? Number(said) : said);
    });
    field.addEventListener('change', () => window.setTimeout(() => this.redrawn())); // where the focus goes is known then
    return [field];
  }

  /** Draw again, and stay under the keys where they are. */
  private redrawn(): void {
    const held = this.node.contains(document.activeElement);
    this.draw();
    if (held) {
      this.focus(this.at);
    }
  }

  private answer(item: FormItem, value: Value, onwards = true): void {
    this.take(item, value);
    this.draw();
    this.go(onwards ? this.next(item, 1) : item);
  }

  private code(item: FormItem, code: string): void {
    const { [item.name]: before, ...others } = this.given.missing;
    this.given = { answers: withAnswer(this.given.answers, item.name, null), missing: before === code ? others : { ...others, [item.name]: code } };
    this.tidy();
    this.changed(this.given);
    this.draw();
    this.go(before === code ? item : this.next(item, 1));
  }

  private take(item: FormItem, value: Value): void {
    const { [item.name]: _, ...missing } = this.given.missing;
    this.given = { answers: withAnswer(this.given.answers, item.name, value), missing };
    this.tidy();
    this.changed(this.given);
  }

  /** What is hidden by other answers is not answered: it would be refused. */
  private tidy(): void {
    for (const item of this.form.items) {
      if (!isShown(item, this.given.answers, this.given.missing)) {
        const { [item.name]: _, ...missing } = this.given.missing;
        this.given = { answers: withAnswer(this.given.answers, item.name, null), missing };
      }
    }
  }

  private next(item: FormItem, by: 1 | -1): FormItem | undefined {
    const all = this.shown;
    return all[all.findIndex(each => each.name === item.name) + by] ?? item;
  }

  private go(item: FormItem | undefined): void {
    if (!item) {
      return;
    }
    this.mark(item.name);
    const row = this.rowOf(item.name);
    const into = row?.querySelector<HTMLElement>('[aria-pressed=true], input, textarea') ?? row?.querySelector<HTMLElement>('button');
    into?.focus({ preventScroll: true });
    row?.scrollIntoView({ block: 'nearest' });
  }

  private rowOf(name: string): HTMLElement | null {
    return this.node.querySelector<HTMLElement>(`[data-item="${name}"]`);
  }

  private mark(name: string): void {
    this.at = name;
    this.node.querySelectorAll('.la-item').forEach(row => row.toggleAttribute('data-here', (row as HTMLElement).dataset['item'] === name));
  }

  /** Single letters and digits act only while no field is written in (WCAG 2.1.4). */
  private onKey(event: KeyboardEvent): void {
    const item = this.form.items.find(each => each.name === this.at);
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || !item) {
      return;
    }
    const writes = event.target instanceof HTMLInputElement || event.target instanceof HTMLTextAreaElement;
    if (writes && event.key === 'Escape') {
      this.node.focus();
    } else if (writes && event.key === 'Enter' && event.target instanceof HTMLInputElement) {
      this.go(this.next(item, 1));
    } else if (writes) {
      return;
    } else if (/^\d$/.test(event.key)) {
      [...(this.rowOf(item.name)?.querySelectorAll<HTMLElement>('.la-answer') ?? [])].find(button => button.querySelector('b')?.textContent === event.key)?.click();
    } else if (event.key === 'u' && item.missing[0]) {
      this.code(item, item.missing[0]);
    } else if (event.key === 'n') {
      this.go([...this.shown].reverse().find(each => each.type === 'text'));
    } else if (event.key === 'ArrowDown' || event.key === 'ArrowUp' || event.key === 'Backspace') {
      this.go(this.next(item, event.key === 'ArrowDown' ? 1 : -1));
    } else {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  }
}
