/** Forms of a study: choose one, choose of whom, fill it in; what was begun is kept, what was said stays. */
import { Problem, sentence } from '../door';
import { fill, h, settled } from '../dom';
import { count } from '../format';
import { Course, Entry, Filled, Form } from '../rest';
import { Service } from '../service';
import { Host } from '../study/host';
import { left, reckoned } from './score';
import { Given, Sheet } from './sheet';

/** Milliseconds of rest after which what was begun is kept. */
const REST = 600;
const NONE: Given = { answers: {}, missing: {} };

interface Thing {
  readonly about: string;
  readonly name: string;
  readonly mine: boolean;
  readonly begun: boolean;
  readonly others: number;
}

export class FormsView {
  readonly node: HTMLElement;
  /** Something was typed that is not kept yet. */
  unsaved = false;
  private readonly service: Service;
  private readonly forms = h('select', { class: 'la-field' });
  private readonly things = h('select', { class: 'la-field la-things' });
  private readonly lesion = h('input', { class: 'la-field', type: 'text', placeholder: 'L1', maxlength: 100 });
  private readonly told = h('span', { class: 'la-two', role: 'status' });
  private readonly place = h('div', { class: 'la-form-place' });
  private readonly side = h('aside', { class: 'la-outliers-side', tabindex: 0 });
  private readonly tally = h('section', { class: 'la-pad' });
  private readonly before = h('section', { class: 'la-pad' });
  private readonly wrong = h('p', { role: 'alert', class: 'la-error-word' });
  private readonly save: HTMLButtonElement;
  private readonly keep: () => void;
  private asking = new AbortController();
  private form: Form | null = null;
  private all: readonly Thing[] = [];
  private given: Given = NONE;
  private about = '';

  constructor(private readonly host: Host) {
    const { trans } = host;
    this.service = new Service(host.door);
    this.keep = settled(REST, () => void this.keepDraft());
    this.forms.setAttribute('aria-label', trans.__('Form'));
    this.things.setAttribute('aria-label', trans.__('Of whom'));
    this.lesion.setAttribute('aria-label', trans.__('Lesion'));
    this.side.setAttribute('aria-label', trans.__('The entry'));
    this.forms.addEventListener('change', () => void this.choose());
    this.things.addEventListener('change', () => void this.open(this.things.value));
    this.lesion.addEventListener('input', () => this.tell());
    this.save = h('button', { type: 'button', class: 'la-btn la-main la-form-save', onclick: () => void this.say() });
    const next = h('button', { type: 'button', class: 'la-btn', onclick: () => void this.open(this.nextOpen()) }, trans.__('Next without mine'));
    fill(this.side, this.tally, h('section', { class: 'la-pad' }, this.save, this.wrong, h('p', { class: 'la-two' }, trans.__('What is said is signed with your name. A correction is a new entry; this one stays.'))), this.before, h('p', { class: 'la-pad la-two' }, trans.__('Digits answer and go on, U untestable, ⌫ back, N note, Ctrl Enter saves')));
    this.node = h('div', { class: 'la-outliers la-forms' }, h('section', { class: 'la-outliers-middle', 'aria-label': trans.__('Form') }, h('div', { class: 'la-line la-outliers-head' }, this.forms, this.things, this.lesion, next, h('span', { class: 'la-end' }), this.told), this.place), this.side);
    this.node.addEventListener('keydown', event => {
      if ((event.ctrlKey || event.metaKey) && event.key === 'Enter') {
        event.preventDefault();
        void this.say();
      }
    });
  }

  dispose(): void {
    if (this.unsaved) {
      void this.keepDraft();
    }
    this.asking.abort();
  }

  /** Raises nothing: what goes wrong stands in the place of the form. `form` and `about` are what is asked for first. */
  async start(form = '', about = ''): Promise<void> {
    try {
      const names = (await this.service.forms(this.asking.signal)).filter(each => each.name !== 'rating');
      fill(this.forms, ...names.map(each => h('option', { value: each.name }, each.title)));
      this.forms.value = names.some(each => each.name === form) ? form : (names[0]?.name ?? '');
      await this.choose(about);
    } catch (error) {
      this.instead(error);
    }
  }

  private instead(error: unknown): void {
    const { trans } = this.host;
    const refused = error instanceof Problem && error.status === 403;
    fill(this.place, h('div', { class: 'la-instead' }, h('b', {}, refused ? trans.__('You may read here, and not fill in') : trans.__('The form could not be had')), h('p', { role: 'alert' }, sentence(error, trans))));
  }

  private async choose(about = ''): Promise<void> {
    const { project } = this.host;
    this.asking.abort();
    this.asking = new AbortController();
    const { signal } = this.asking;
    try {
      const [form, columns] = await Promise.all([this.service.form(this.forms.value, signal), this.service.formThings(project, this.forms.value, signal)]);
      this.form = form;
      this.all = thingsOf(columns);
      this.lesion.hidden = form.level !== 'lesion';
      this.offer();
      await this.open(this.all.some(each => each.about === about) ? about : (this.nextOpen() || (this.all[0]?.about ?? '')));
    } catch (error) {
      if (!signal.aborted) {
        this.instead(error);
      }
    }
  }

  private offer(): void {
    const sign = (thing: Thing): string => (thing.mine ? '✓' : thing.begun ? '…' : '○');
    fill(this.things, ...this.all.map(thing => h('option', { value: thing.about }, `${sign(thing)} ${thing.name}${thing.others ? `  (+${thing.others})` : ''}`)));
  }

  /** The first behind this one that has no entry of mine; empty where there is none. */
  private nextOpen(): string {
    const here = this.all.findIndex(each => each.about === this.about);
    const ordered = [...this.all.slice(here + 1), ...this.all.slice(0, here + 1)];
    return ordered.find(each => !each.mine)?.about ?? '';
  }

  private async open(about: string): Promise<void> {
    const { trans, project } = this.host;
    if (this.unsaved) {
      await this.keepDraft();
    }
    if (!this.form || !about) {
      fill(this.place, h('div', { class: 'la-instead' }, h('b', {}, this.all.length ? trans.__('You have filled in all of them') : trans.__('There is nothing to fill in yet'))));
      return;
    }
    this.about = about;
    this.things.value = about;
    fill(this.wrong);
    try {
      const filled = await this.service.filled(project, this.form.name, about, this.asking.signal);
      this.begin(filled, this.form);
    } catch (error) {
      this.instead(error);
    }
  }

  private begin(filled: Filled, form: Form): void {
    const { trans } = this.host;
    const draft = filled.draft as { answers?: Given['answers']; missing?: Given['missing']; lesion?: string };
    this.given = { answers: draft.answers ?? {}, missing: draft.missing ?? {} };
    this.lesion.value = draft.lesion ?? '';
    this.unsaved = false;
    const sheet = new Sheet(form, trans, given => {
      this.given = given;
      this.unsaved = true;
      fill(this.told);
      this.tell();
      this.keep();
    });
    fill(this.place, h('h2', { class: 'la-form-title' }, form.title, h('span', { class: 'la-two' }, ` ${this.all.find(each => each.about === this.about)?.name ?? ''} · ${trans.__('version %1', form.version)}`)), sheet.node);
    fill(this.told, draft.answers ? trans.__('as you left it') : '');
    this.tell();
    this.tellBefore(filled.entries, form);
    sheet.show(this.given);
  }

  private tell(): void {
    const { trans } = this.host;
    const { form, given } = this;
    if (!form) {
      return;
    }
    const open = left(form, given.answers, given.missing);
    const none = !Object.keys(given.answers).length && !Object.keys(given.missing).length;
    const unnamed = form.level === 'lesion' && !this.lesion.value.trim();
    this.save.disabled = open.length > 0 || none || unnamed;
    fill(this.save, open.length ? trans.__('Save, %1 items left', open.length) : unnamed ? trans.__('Name the lesion') : trans.__('Save the entry'), h('kbd', { 'aria-hidden': 'true' }, 'Ctrl ⏎'));
    const scores = form.scores.map(score => {
      const { value, low, high, answered, missing, of } = reckoned(form, score, given.answers, given.missing);
      const bar = h('i', {});
      bar.style.setProperty('width', `${of ? (100 * (answered + missing)) / of : 0}%`);
      const range = low === high ? '' : trans.__('can come to %1 to %2', low ?? '–', high ?? '–');
      const words = [trans.__('%1 so far, %2 of %3 items', score.name, answered + missing, of), range, missing && trans.__('%1 left out: untestable', missing)].filter(Boolean).join('; ');
      return h('div', { class: 'la-score' }, h('b', {}, value === null ? '–' : String(value)), h('span', { class: 'la-two', role: 'status' }, words), h('span', { class: 'la-share', 'aria-hidden': 'true' }, bar));
    });
    fill(this.tally, ...(scores.length ? scores : [h('h2', {}, open.length ? trans.__('%1 items left', open.length) : trans.__('Nothing is left open'))]));
  }

  /** What was said before, newest first; what does not stand any more is struck. */
  private tellBefore(entries: readonly Entry[], form: Form): void {
    const { trans } = this.host;
    const lines = entries.map(entry => {
      const scores = entry.scores as Record<string, { value: number | null }> | null;
      const total = form.scores[0] && scores?.[form.scores[0].name]?.value;
      const first = form.items.map(item => (entry.answers as Record<string, unknown> | null)?.[item.name]).find(value => value !== undefined && value !== null);
      const what = total === null || total === undefined ? String(first ?? '') : String(total);
      const again = h('button', { type: 'button', class: 'la-link', onclick: () => this.again(entry, form) }, trans.__('Correct it'));
      const words = [entry.lesion, trans.__('by %1', entry.who), entry.at.slice(0, 16).replace('T', ' '), entry.undone && trans.__('taken back')].filter(Boolean).join(' · ');
      return h('li', { class: !entry.stands && 'la-struck' }, h('b', {}, what.slice(0, 40)), ' ', h('span', { class: 'la-two' }, words), entry.stands && again);
    });
    fill(this.before, h('h2', {}, trans.__('Before')), h('ul', {}, ...(lines.length ? lines : [h('li', { class: 'la-two' }, trans.__('Nobody filled it in yet'))])));
  }

  /** Begin with what was said, so that an item of it can be corrected. */
  private again(entry: Entry, form: Form): void {
    const draft = { answers: entry.answers ?? {}, missing: entry.missing ?? {}, lesion: entry.lesion ?? '' };
    void this.service.filled(this.host.project, form.name, this.about, this.asking.signal).then(filled => {
      this.begin({ ...filled, draft }, form);
      this.unsaved = true;
    });
  }

  private async keepDraft(): Promise<void> {
    const { trans, project } = this.host;
    const { form, about, given } = this;
    if (!form || !about || !this.unsaved) {
      return;
    }
    try {
      await this.service.keepEntryDraft(project, form.name, about, { ...given, lesion: this.lesion.value.trim() });
      if (this.given === given) {
        this.unsaved = false;
        fill(this.told, trans.__('kept %1', new Date().toTimeString().slice(0, 8)));
      }
    } catch (error) {
      fill(this.told, trans.__('not kept: %1', sentence(error, trans)));
      this.keep(); // again, for nothing typed is to be lost
    }
  }

  private async say(): Promise<void> {
    const { trans, project } = this.host;
    const { form, about, given } = this;
    if (!form || this.save.disabled) {
      return;
    }
    this.save.disabled = true;
    fill(this.wrong);
    const lesion = form.level === 'lesion' ? { lesion: this.lesion.value.trim() } : {};
    try {
      await this.service.say(project, [{ verb: 'entry', about, payload: { form: form.name, ...given, ...lesion } }]);
      this.unsaved = false;
      this.all = this.all.map(each => (each.about === about ? { ...each, mine: true, begun: false } : each));
      this.offer();
      await this.open(about);
      fill(this.told, trans.__('Saved; %1 of %2 have one of yours', count(this.all.filter(each => each.mine).length), count(this.all.length)));
    } catch (error) {
      this.save.disabled = false;
      fill(this.wrong, sentence(error, trans));
    }
  }
}

function thingsOf(of: Course): Thing[] {
  const text = (name: string, n: number): string => String(of[name]?.[n] ?? '');
  return (of['about'] ?? []).map((about, n) => ({
    about: String(about),
    name: [text('subject', n), text('session', n), text('name', n), text('acquired', n)].filter(Boolean).join(' / '),
    mine: of['seq']?.[n] !== null,
    begun: of['begun']?.[n] === true,
    others: Number(of['others']?.[n] ?? 0)
  }));
}
