/** The rating queue: which scan is looked at, what is said of it, what was said. Knows no page. */
import { Answers, open, reasons, withAnswer } from '../forms/answers';
import { isEmpty, Value } from '../forms/evaluate';
import { Claimed, Form, FormItem, Queue as Told } from '../rest';
import { JudgingArchive } from '../judging/archive';
import { Outbox, Recall } from '../judging/outbox';

/** Scans that are claimed, and whose pictures are fetched, beyond the one that is looked at. */
export const AHEAD = 6;
/** Milliseconds without a key after which what was begun is kept by the archive. */
const SETTLED = 600;
/** Milliseconds before the end of a claim from which it is asked for anew. */
const RENEW = 120_000;
/** Milliseconds of the past from which the pace is told. */
const LATELY = 300_000;
/** Seconds beyond which nobody looked at one scan: they were away. */
const LONGEST = 3600;

export interface Item {
  readonly id: string;
  readonly subject: string;
  readonly session: string;
  /** What it is called in the visit: its kind, else its label. */
  readonly name: string;
  readonly acquired: string;
  /** What one says of it now; empty for nothing. */
  answers: Answers;
  /** The number under which that stands; 0 while it is on its way. */
  seq: number;
  others: number;
  /** Somebody else is judging it. */
  held: boolean;
  skipped: boolean;
}

interface Done {
  readonly item: Item;
  readonly before: Answers;
  readonly beforeSeq: number;
  readonly after: Answers;
  recall: Recall;
  /** The number to be taken back; 0 while it is on its way. */
  seq: number;
}

/** Somebody else was quicker. */
class Taken extends Error {}

export class Queue {
  items: Item[] = [];
  at = -1;
  /** What is being said of the scan that is looked at. */
  answers: Answers = {};
  /** What is asked for before it can be saved, once somebody tried. */
  asked: FormItem[] = [];
  readonly outbox: Outbox;
  private began = 0;
  private drafts = new Map<string, Answers>();
  private done: Done[] = [];
  private taken: Done[] = [];
  private times: number[] = [];
  private keeping = 0;
  private claiming: Promise<void> | null = null;
  /** Scans that are kept for oneself, and until when. */
  private readonly mine = new Map<string, Date>();
  private again = false;

  constructor(
    readonly archive: JudgingArchive,
    readonly form: Form,
    private readonly changed: () => void,
    private readonly told: (words: 'refused' | 'taken' | 'undone' | 'lost', item: Item, error?: unknown) => void
  ) {
    this.outbox = new Outbox(changed);
  }

  get item(): Item | null {
    return this.items[this.at] ?? null;
  }

  /** Until when the scan that is looked at is kept for who looks. */
  get until(): Date | null {
    return (this.item && this.mine.get(this.item.id)) ?? null;
  }

  get canUndo(): boolean {
    return this.done.length > 0;
  }

  /** How many were rated as what, and how many wait. */
  get tally(): Record<string, number> {
    const counts: Record<string, number> = { usable: 0, questionable: 0, unusable: 0, unreviewed: 0 };
    for (const item of this.items) {
      const quality = qualityOf(item) || 'unreviewed';
      counts[quality] = (counts[quality] ?? 0) + 1;
    }
    return counts;
  }

  /** Ratings a minute, lately; 0 before there is a pace. */
  get pace(): number {
    const now = performance.now();
    const lately = this.times.filter(time => now - time < LATELY);
    return lately.length < 3 ? 0 : ((lately.length - 1) / (now - lately[0]!)) * 60_000;
  }

  /** Raises a Problem. Gives what of the search was not understood; the rest holds. */
  async load(q: string, again: boolean): Promise<Told['wrong']> {
    this.keep();
    await this.archive.claim([], true);
    const told = await this.archive.queue(q, again);
    this.again = again;
    this.mine.clear();
    this.items = itemsOf(told);
    this.drafts = new Map(Object.entries(told.drafts) as [string, Answers][]);
    this.done = [];
    this.taken = [];
    this.at = -1;
    const first = this.items.findIndex(item => isOpen(item));
    if (first >= 0) {
      this.look(first);
    } else {
      this.finish();
    }
    return told.wrong;
  }

  /** Look at a scan, by its place; what was begun of the one before is kept. */
  look(at: number): void {
    if (at === this.at) {
      return;
    }
    this.keep();
    this.at = at;
    this.asked = [];
    const item = this.item;
    this.answers = (item && (this.drafts.get(item.id) ?? item.answers)) ?? {};
    this.began = performance.now();
    this.changed();
    if (item) {
      void this.claim();
    }
  }

  /** The scan before or behind this one, rated or not. */
  step(by: number): void {
    const at = this.at + by;
    if (at >= 0 && at < this.items.length) {
      this.look(at);
    }
  }

  skip(): void {
    if (this.item) {
      this.item.skipped = true;
    }
    this.onward();
  }

  /** An answer to one item; a second press of one choice takes it back, but for the quality. */
  answer(name: string, value: Value): void {
    this.answers = withAnswer(this.answers, name, value);
    this.asked = this.asked.length ? open(this.form, this.answers) : [];
    this.settle();
    this.changed();
  }

  toggle(name: string, code: string): void {
    const item = this.form.items.find(each => each.name === name);
    if (item?.type === 'several') {
      const now = reasons(this.answers[name]);
      const order = item.choices.map(choice => choice.code);
      const next = now.includes(code) ? now.filter(each => each !== code) : [...now, code];
      this.answer(name, next.sort((one, two) => order.indexOf(one) - order.indexOf(two)));
    } else {
      this.answer(name, this.answers[name] === code ? null : code);
    }
  }

  /** Say how it is; what needs no reason is saved at once, and the next one comes. */
  rate(quality: string): void {
    this.answer('quality', quality);
    const needs = this.form.items.some(item => item.name === 'reason' && open(this.form, { quality }).includes(item));
    if (!needs && !open(this.form, this.answers).length) {
      this.save();
    }
  }

  /** Say it, and go on; with something missing it says what, and stays. */
  save(): void {
    const { item } = this;
    if (!item) {
      return;
    }
    this.asked = open(this.form, this.answers);
    if (this.asked.length) {
      this.changed();
      return;
    }
    const seconds = Math.min(LONGEST, Math.round((performance.now() - this.began) / 100) / 10);
    this.say(item, withAnswer(this.answers, 'seconds', seconds));
    this.times = [...this.times.slice(-999), performance.now()];
    this.onward();
  }

  private say(item: Item, answers: Answers): void {
    const done: Done = { item, before: item.answers, beforeSeq: item.seq, after: answers, seq: 0, recall: () => false };
    window.clearTimeout(this.keeping);
    this.drafts.delete(item.id);
    Object.assign(item, { answers, seq: 0, skipped: false });
    this.done.push(done);
    this.taken = [];
    const fresh = isEmpty(done.before['quality']);
    done.recall = this.outbox.add(
      async key => {
        await this.storing.get(item.id); // a draft that is under way must not come after what takes its place
        if (fresh && !(await this.isMine(item))) {
          throw new Taken();
        }
        return (await this.archive.rate([item.id], answers, key))[0] ?? 0;
      },
      seq => {
        done.seq = seq;
        item.seq = seq;
      },
      error => {
        this.done = this.done.filter(each => each !== done);
        Object.assign(item, { answers: done.before, seq: done.beforeSeq });
        if (error instanceof Taken) {
          this.told('taken', item);
        } else {
          this.drafts.set(item.id, withAnswer(answers, 'seconds', null));
          this.told('refused', item, error);
        }
      }
    );
  }

  /** Take back what was said last, and look at that scan again. */
  undo(): void {
    const done = this.done.pop();
    if (!done) {
      return;
    }
    const { item } = done;
    if (!done.recall()) {
      this.outbox.add(
        key => this.archive.undo([done.seq], key),
        ([seq = 0]) => {
          done.seq = seq;
        },
        error => this.told('lost', item, error)
      );
    }
    Object.assign(item, { answers: done.before, seq: done.beforeSeq });
    this.taken.push(done);
    this.times.pop();
    this.return(item);
    this.told('undone', item);
  }

  /** Say again what was taken back last. */
  redo(): void {
    const done = this.taken.pop();
    if (done) {
      const { taken } = this;
      this.say(done.item, done.after);
      this.taken = taken;
      this.return(done.item);
    }
  }

  private return(item: Item): void {
    const at = this.items.indexOf(item);
    if (at === this.at) {
      this.answers = item.answers;
      this.changed();
    }
    this.look(at);
  }

  /** To the next that waits, behind this one or, at the end, from the beginning; to nothing when all is done. */
  private onward(): void {
    const order = [...this.items.keys()].map(n => (this.at + 1 + n) % this.items.length);
    const waits = (n: number): boolean => n !== this.at && isOpen(this.items[n]!) && !this.isTaken(this.items[n]!);
    const next = order.find(n => waits(n) && !this.items[n]!.skipped) ?? order.find(waits);
    if (next === undefined) {
      this.finish();
    } else {
      this.look(next);
    }
  }

  /** Nothing waits any more; what is still on its way to the archive stays one's own until it is there. */
  private finish(): void {
    this.keep();
    this.at = this.items.length;
    this.answers = {};
    this.changed();
  }

  /** The ids of the scan that is looked at and of those that come, and of the one before. */
  get near(): string[] {
    const { item } = this;
    const coming = this.coming().map(each => each.id);
    const before = this.items[this.at - 1];
    return [...new Set([...(item ? [item.id] : []), ...coming, ...(before ? [before.id] : [])])];
  }

  private coming(): Item[] {
    const behind = this.items.slice(this.at + 1).filter(item => isOpen(item));
    return (behind.length ? behind : this.items.slice(0, this.at).filter(item => isOpen(item))).slice(0, AHEAD);
  }

  /** Keep the scans that come for oneself. One question at a time; what somebody else has meanwhile is left out. */
  private claim(): Promise<void> {
    this.claiming ??= this.claims().finally(() => {
      this.claiming = null;
    });
    return this.claiming;
  }

  private async claims(): Promise<void> {
    for (let ahead = this.ahead(); ahead.some(each => !this.isKept(each, RENEW)); ahead = this.ahead()) {
      try {
        this.learn(await this.archive.claim(ahead.map(each => each.id), false));
      } catch {
        return; // asked for again with the next scan, and before anything is said of this one
      }
    }
  }

  /** The scans that are rated next, the one that is looked at among them. */
  private ahead(): Item[] {
    const { item } = this;
    return [...(item && isOpen(item) ? [item] : []), ...this.coming()];
  }

  /** It is known to be one's own for so many milliseconds more. */
  private isKept(item: Item, milliseconds = 0): boolean {
    return (this.mine.get(item.id)?.getTime() ?? 0) > Date.now() + milliseconds;
  }

  /** Whether nobody else has it: asked, where that is not known. */
  private async isMine(item: Item): Promise<boolean> {
    if (!this.isKept(item)) {
      this.learn(await this.archive.claim([item.id], false));
    }
    return this.mine.has(item.id) && (this.again || !item.others);
  }

  private learn({ yours, held, rated }: Claimed): void {
    const { item } = this;
    Object.entries(yours).forEach(([id, until]) => this.mine.set(id, new Date(until)));
    for (const each of this.items) {
      each.held = each.id in held;
      each.others = rated[each.id] ?? each.others;
    }
    if (item && !qualityOf(item) && (item.held || this.isTaken(item))) {
      this.onward();
    }
    const now = this.item;
    this.items = this.items.filter(each => each === now || !this.isTaken(each));
    this.at = now ? this.items.indexOf(now) : this.items.length;
    this.changed();
  }

  /** Somebody else has rated it meanwhile, and nobody asked for two. */
  private isTaken(item: Item): boolean {
    return !this.again && item.others > 0 && !qualityOf(item);
  }

  /** To be called now and then: claims end, and somebody may sit and think. */
  renew(): void {
    if (this.item) {
      void this.claim();
    }
  }

  private settle(): void {
    window.clearTimeout(this.keeping);
    const { item, answers } = this;
    if (item) {
      this.drafts.set(item.id, answers);
      this.keeping = window.setTimeout(() => this.store(item, answers), SETTLED);
    }
  }

  private keep(keepalive = false): void {
    window.clearTimeout(this.keeping);
    const { item } = this;
    const draft = item && this.drafts.get(item.id);
    if (item && draft && draft !== this.stored.get(item.id)) {
      this.store(item, draft, keepalive);
    }
  }

  private readonly stored = new Map<string, Answers>();
  private readonly storing = new Map<string, Promise<unknown>>();

  private store(item: Item, answers: Answers, keepalive = false): void {
    this.stored.set(item.id, answers);
    const storing = this.archive.saveDraft(item.id, answers, keepalive).catch(() => this.stored.delete(item.id));
    this.storing.set(item.id, storing);
  }

  /** The page goes. */
  leave(): void {
    this.keep(true);
    void this.archive.claim([], true, true).catch(() => undefined);
  }
}

export function qualityOf(item: Item): string {
  return typeof item.answers['quality'] === 'string' ? item.answers['quality'] : '';
}

/** It waits to be rated, and nobody else is at it. */
function isOpen(item: Item): boolean {
  return !qualityOf(item) && !item.held;
}

function itemsOf({ columns, held }: Told): Item[] {
  const { scan_id, subject, session, scan, kind, acquired, mine, reason, confidence, note, seq, others } = columns as Record<string, (string | number | null)[]>;
  return (scan_id as string[]).map((id, n) => {
    const words: Record<string, Value> = {
      quality: mine![n] as string | null,
      reason: String(reason![n] ?? '').split(', ').filter(Boolean),
      confidence: confidence![n] as string | null,
      note: note![n] as string | null
    };
    let answers: Answers = {};
    for (const [name, value] of Object.entries(words)) {
      answers = withAnswer(answers, name, value);
    }
    return {
      id,
      subject: String(subject![n] ?? ''),
      session: String(session![n] ?? ''),
      name: String(kind![n] ?? scan![n] ?? ''),
      acquired: String(acquired![n] ?? ''),
      answers,
      seq: Number(seq![n] ?? 0),
      others: Number(others![n] ?? 0),
      held: id in held,
      skipped: false
    };
  });
}
