import { Words } from '../door';
import { h, icon, settled } from '../dom';
import { Suggestions, Wrong } from '../rest';
import { Menu } from './menu';
import { parts, terms } from './terms';

export interface SearchEvents {
  /** The query is now this; `typing` while its last term may go on. */
  changed(q: string, typing: boolean): void;
  suggest(q: string, at: number): Promise<Suggestions | null>;
  /** Esc in a field without a list: the keyboard goes back to the tree. */
  left(): void;
}

/** The search field: finished terms are chips, the one that is typed has completions. */
export class SearchField {
  readonly node: HTMLElement;
  private readonly box: HTMLElement;
  private readonly input: HTMLInputElement;
  private readonly message = h('p', { class: 'la-bad-word', role: 'status' });
  private readonly menu: Menu;
  private chips: string[] = [];
  private bad = new Set<string>();
  /** Names of filters, as far as completions have told them. */
  private readonly names = new Set<string>();
  private history: string[] = [];
  private recalled = -1;
  /** A search was finished: completions wait until somebody types on. */
  private quiet = false;
  private readonly complete: () => void;
  private readonly search: () => void;

  constructor(
    private readonly trans: Words,
    private readonly events: SearchEvents
  ) {
    this.menu = new Menu('la-completions', trans, at => this.take(at));
    this.input = h('input', {
      type: 'text', role: 'combobox', 'aria-label': trans.__('Find scans'), 'aria-controls': 'la-completions',
      'aria-expanded': 'false', 'aria-autocomplete': 'list', autocomplete: 'off', spellcheck: 'false'
    });
    this.box = h('div', { class: 'la-search', onmousedown: (event: MouseEvent) => this.onPointer(event) }, icon('search'), this.input);
    this.node = h('div', { class: 'la-search-area' }, this.box, this.menu.node, this.message);
    this.complete = settled(40, () => void this.suggest());
    this.search = settled(15, () => this.events.changed(this.searched, true));
    this.input.addEventListener('input', () => this.onInput());
    this.input.addEventListener('keydown', event => this.onKey(event));
    this.input.addEventListener('focus', () => this.ask());
    this.input.addEventListener('blur', () => this.close());
    this.draw();
  }

  /** Chips and what is typed, as one text. */
  private get whole(): string {
    return [...this.chips, this.input.value].join(' ');
  }

  get q(): string {
    return [...this.chips, this.input.value.trim()].filter(Boolean).join(' ');
  }

  set q(q: string) {
    this.chips = terms(q).map(term => term.text);
    this.input.value = '';
    this.close();
    this.draw();
  }

  focus(): void {
    this.input.focus();
  }

  /** These terms cannot be taken; the first says what would be right. */
  say(wrong: readonly Wrong[]): void {
    this.bad = new Set(wrong.map(each => each.text));
    this.message.textContent = wrong[0] ? `${wrong[0].detail}: ${wrong[0].hint}` : '';
    this.input.setAttribute('aria-invalid', String(this.bad.has(this.input.value.trim())));
    this.draw();
  }

  /** What is asked while one types: a word that is only the beginning of a filter's name would find nothing. */
  private get searched(): string {
    const typed = this.input.value.trim();
    const found = parts(typed);
    const begun = found ? found.value === '' : this.isNameOfFilter(typed);
    return begun ? this.chips.join(' ') : this.q;
  }

  private isNameOfFilter(typed: string): boolean {
    const begun = typed.replace(/^-/, '').toLowerCase();
    return begun.length < 2 || [...this.names].some(name => name.startsWith(begun));
  }

  private draw(): void {
    this.box.querySelectorAll('.la-chip').forEach(chip => chip.remove());
    this.input.before(...this.chips.map((term, n) => this.chip(term, n))); // the field itself keeps the keyboard
    this.input.placeholder = this.chips.length ? '' : this.trans.__('kind:T1w session:baseline');
  }

  private chip(term: string, n: number): HTMLElement {
    const found = parts(term);
    const bad = this.bad.has(term);
    const edit = (): void => this.edit(n);
    return h(
      'span',
      { class: `la-chip${bad ? ' la-bad' : ''}`, ondblclick: edit },
      found ? found.name : '',
      h('em', {}, found ? found.value : term),
      h('button', { type: 'button', 'aria-label': this.trans.__('Remove %1', term), onclick: () => this.remove(n) }, '×')
    );
  }

  private remove(n: number): void {
    this.chips.splice(n, 1);
    this.commit();
    this.input.focus();
  }

  /** Take a chip back into the field. */
  private edit(n: number): void {
    const [term] = this.chips.splice(n, 1);
    this.input.value = term ?? '';
    this.draw();
    this.input.focus();
    this.onInput();
  }

  private onPointer(event: MouseEvent): void {
    if (event.target === this.box) {
      event.preventDefault();
      this.input.focus();
    }
  }

  private onInput(): void {
    const found = terms(this.input.value);
    const ended = /\s$/.test(this.input.value) && (this.input.value.split('"').length - 1) % 2 === 0;
    const finished = ended ? found : found.slice(0, -1);
    if (finished.length) {
      this.chips.push(...finished.map(term => term.text));
      this.input.value = ended ? '' : (found[found.length - 1]?.text ?? '');
      this.draw();
    }
    this.recalled = -1;
    this.ask();
    this.search();
  }

  private ask(): void {
    this.quiet = false;
    this.complete();
  }

  private async suggest(): Promise<void> {
    if (this.quiet) {
      return;
    }
    const typed = this.input.value;
    const { whole } = this;
    const at = whole.length - typed.length + (this.input.selectionStart ?? typed.length);
    const found = await this.events.suggest(whole, at);
    found?.items.filter(item => item.text.endsWith(':')).forEach(item => this.names.add(item.text));
    if (found && !this.quiet && whole === this.whole && document.activeElement === this.input) {
      this.menu.show(found, whole, at);
      this.input.setAttribute('aria-expanded', String(this.menu.open));
      this.input.removeAttribute('aria-activedescendant');
      this.search();
    }
  }

  private take(at: number): void {
    const found = this.menu.suggestions;
    const item = found?.items[at];
    if (!found || !item) {
      return;
    }
    const { whole } = this;
    const typed = terms(whole).find(term => term.from <= found.start && found.start < term.to);
    const end = whole === this.menu.asked ? found.end : (typed?.to ?? found.end); // somebody typed on since
    const after = whole.slice(0, found.start) + item.text + whole.slice(end);
    const all = terms(after).map(term => term.text);
    const goesOn = /[:=<>,]$/.test(item.text);
    this.input.value = goesOn ? (all.pop() ?? '') : '';
    this.chips = all;
    this.draw();
    if (goesOn) {
      void this.suggest();
    } else {
      this.commit();
    }
  }

  private commit(): void {
    const typed = this.input.value.trim();
    if (typed) {
      this.chips.push(...terms(typed).map(term => term.text));
      this.input.value = '';
    }
    this.quiet = true;
    this.close();
    this.draw();
    const { q } = this;
    if (q && this.history[0] !== q) {
      this.history.unshift(q);
    }
    this.events.changed(q, false);
  }

  private close(): void {
    this.menu.hide();
    this.input.setAttribute('aria-expanded', 'false');
    this.input.removeAttribute('aria-activedescendant');
  }

  private onKey(event: KeyboardEvent): void {
    const handled = this.keys[event.key]?.(event);
    if (handled) {
      event.preventDefault();
      event.stopPropagation();
    }
  }

  /** What each key does; true where nothing else may happen. */
  private readonly keys: Record<string, (event: KeyboardEvent) => boolean> = {
    ArrowDown: () => this.step(1),
    ArrowUp: () => (this.menu.open ? this.step(-1) : this.recall()),
    Tab: event => {
      if (!this.menu.open || event.shiftKey || (this.menu.at < 0 && !this.input.value)) {
        return false; // the keyboard may leave an empty field
      }
      this.take(Math.max(0, this.menu.at));
      return true;
    },
    Enter: () => {
      if (this.menu.open && this.menu.at >= 0) {
        this.take(this.menu.at);
      } else {
        this.commit();
      }
      return true;
    },
    Escape: () => {
      if (this.menu.open) {
        this.close();
      } else {
        this.events.left();
      }
      return true;
    },
    Backspace: () => {
      if (this.input.value !== '' || !this.chips.length) {
        return false;
      }
      this.remove(this.chips.length - 1);
      return true;
    }
  };

  private step(by: number): boolean {
    if (this.menu.open) {
      this.input.setAttribute('aria-activedescendant', this.menu.move(by));
    } else {
      this.ask();
    }
    return true;
  }

  private recall(): boolean {
    const next = this.history[this.recalled + 1];
    if (next === undefined) {
      return true;
    }
    this.recalled += 1;
    const kept = this.recalled;
    this.q = next;
    this.recalled = kept;
    this.events.changed(next, false);
    return true;
  }
}
