/** The scans of a lightbox: in which order, which of them are chosen. Knows no page. */
import { Lightbox, QUALITIES } from '../rest';

export interface Shown {
  readonly id: string;
  readonly subject: string;
  readonly session: string;
  readonly name: string;
  readonly acquired: string;
  readonly reason: string;
  readonly mine: string;
  readonly rated: string;
  /** By how many deviations it departs from the others, and in which measure; 0 for not at all. */
  readonly z: number;
  readonly departs: string;
  quality: string;
}

type Order = (one: Shown, two: Shown) => number;

/** Orders by their names; within each, as the service has them: by subject and time. */
export const ORDERS: Readonly<Record<string, Order>> = {
  Subject: () => 0,
  'Acquired, newest': (one, two) => two.acquired.localeCompare(one.acquired),
  'Outliers first': (one, two) => two.z - one.z,
  'Quality, worst': (one, two) => worst(two) - worst(one),
  'Rated last': (one, two) => two.rated.localeCompare(one.rated),
  Kind: (one, two) => one.name.localeCompare(two.name)
};

function worst({ quality }: Shown): number {
  return quality === 'unreviewed' ? -1 : QUALITIES.indexOf(quality as (typeof QUALITIES)[number]);
}

export class Scans {
  shown: readonly Shown[] = [];
  readonly chosen = new Set<string>();
  /** Where the keyboard stands, and from where a range is drawn. */
  at = 0;
  private from = 0;
  private all: readonly Shown[] = [];
  private order = 'Subject';

  take(told: Lightbox): void {
    const columns = told.columns as Record<string, (string | null)[]>;
    const text = (name: string, n: number): string => columns[name]?.[n] ?? '';
    const before = this.shown[this.at]?.id;
    this.all = columns['scan_id']!.map((id, n) => ({
      id: id!,
      subject: text('subject', n),
      session: text('session', n),
      name: text('name', n),
      acquired: text('acquired', n),
      reason: text('reason', n),
      mine: text('mine', n),
      rated: text('rated', n),
      z: Number(columns['z']?.[n] ?? 0),
      departs: text('departs', n),
      quality: text('quality', n)
    }));
    const there = new Set(this.all.map(each => each.id));
    this.chosen.forEach(id => there.has(id) || this.chosen.delete(id));
    this.sort(this.order);
    this.at = Math.max(0, this.shown.findIndex(each => each.id === before));
    this.from = this.at;
  }

  sort(order: string): void {
    this.order = order;
    this.shown = [...this.all].sort(ORDERS[order]!);
  }

  /** To another place; with `range` all between where a range began and there are chosen. */
  move(to: number, range: boolean): void {
    this.at = Math.max(0, Math.min(this.shown.length - 1, to));
    if (range) {
      const [first, last] = [Math.min(this.from, this.at), Math.max(this.from, this.at)];
      this.shown.slice(first, last + 1).forEach(each => this.chosen.add(each.id));
    } else {
      this.from = this.at;
    }
  }

  toggle(at: number): void {
    const scan = this.shown[at];
    if (scan && !this.chosen.delete(scan.id)) {
      this.chosen.add(scan.id);
    }
  }

  chooseAll(): void {
    this.shown.forEach(each => this.chosen.add(each.id));
  }

  /** The chosen ones; where none is, the one at which the keyboard stands. */
  get meant(): Shown[] {
    const found = this.all.filter(each => this.chosen.has(each.id));
    const here = this.shown[this.at];
    return found.length || !here ? found : [here];
  }

  /** What the chosen ones are: how many of each quality. */
  get made(): string {
    const counts = QUALITIES.map(quality => [quality, this.all.filter(each => this.chosen.has(each.id) && each.quality === quality).length] as const);
    const there = counts.filter(([, n]) => n);
    return there.length === 1 ? `all ${there[0]![0]}` : there.map(([quality, n]) => `${n} ${quality}`).join(', ');
  }
}
