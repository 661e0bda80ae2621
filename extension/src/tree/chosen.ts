import { Thing } from '../tokens';
import { Rows } from './rows';

/** Which rows are chosen: by their keys, because rows move when something opens. */
export class Chosen {
  private keys = new Set<string>();
  /** Where a range starts. */
  private anchor = '';
  /** One row that was clicked, and goes when another gets the keyboard. */
  private passing = false;

  get empty(): boolean {
    return this.keys.size === 0;
  }

  has(key: string): boolean {
    return this.keys.has(key);
  }

  clear(): void {
    this.keys.clear();
  }

  /** The keyboard moves on. */
  leave(): void {
    if (this.passing) {
      this.clear();
    }
  }

  /** A range starts here unless something is chosen already. */
  begin(key: string): void {
    if (this.empty) {
      this.anchor = key;
    }
  }

  choose(rows: Rows, at: number, how: 'one' | 'toggle' | 'range'): void {
    const { key } = rows.at(at);
    const stays = this.passing && this.keys.has(key); // clicked before, now meant
    this.passing = how === 'one';
    if (how === 'range') {
      const from = Math.max(0, rows.find(this.anchor));
      this.keys = new Set(between(rows, Math.min(from, at), Math.max(from, at)));
      return;
    }
    if (how === 'toggle' && this.keys.has(key) && !stays) {
      this.keys.delete(key);
    } else {
      this.keys = new Set(how === 'toggle' ? [...this.keys, key] : [key]);
    }
    this.anchor = key;
  }

  /** Forget what is no longer there. */
  keep(rows: Rows): void {
    this.keys = new Set([...this.keys].filter(key => rows.find(key) >= 0));
  }

  /** In the order of the tree. */
  things(rows: Rows): Thing[] {
    const places = [...this.keys].map(key => rows.find(key)).filter(at => at >= 0);
    return places.sort((a, b) => a - b).flatMap(at => rows.thing(at) ?? []);
  }
}

/** The keys of a range; only of the level where it ends, because a subject holds its sessions anyway. */
function between(rows: Rows, first: number, last: number): string[] {
  const keys: string[] = [];
  const depth = Math.max(rows.at(first).depth, rows.at(last).depth);
  for (let at = first; at <= last; at++) {
    const row = rows.at(at);
    if (row.depth === depth && row.level !== 'wait') {
      keys.push(row.key);
    }
  }
  return keys;
}
