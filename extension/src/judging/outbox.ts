/** What was said and is on its way: one after the other, again until it is there. Nothing that was said is lost. */
import { Problem } from '../door';

/** Seconds between tries while nobody answers. */
const PAUSES = [1, 2, 5, 10];

interface Letter<T> {
  readonly key: string;
  readonly send: (key: string) => Promise<T>;
  readonly sent: (answer: T) => void;
  readonly refused: (error: unknown) => void;
}

/** Takes back what is not under way yet; whether it could. */
export type Recall = () => boolean;

export class Outbox {
  private readonly letters: Letter<unknown>[] = [];
  private running = false;
  private tries = 0;
  private waiting = 0;

  constructor(private readonly changed: () => void) {}

  /** How many are not there yet. */
  get size(): number {
    return this.letters.length;
  }

  /** Nobody answers at the moment. */
  get stuck(): boolean {
    return this.tries > 0;
  }

  add<T>(send: (key: string) => Promise<T>, sent: (answer: T) => void, refused: (error: unknown) => void): Recall {
    const letter: Letter<T> = { key: crypto.randomUUID(), send, sent, refused };
    this.letters.push(letter as Letter<unknown>);
    this.changed();
    void this.run();
    return () => {
      const place = this.letters.indexOf(letter as Letter<unknown>);
      if (place < 1 && (place < 0 || this.running)) {
        return false;
      }
      this.letters.splice(place, 1);
      this.changed();
      return true;
    };
  }

  /** Try now, and not when the pause is over. */
  hurry(): void {
    window.clearTimeout(this.waiting);
    void this.run();
  }

  private async run(): Promise<void> {
    if (this.running) {
      return;
    }
    this.running = true;
    while (this.letters.length) {
      const letter = this.letters[0]!;
      try {
        const answer = await letter.send(letter.key);
        this.tries = 0;
        this.letters.shift();
        letter.sent(answer);
      } catch (error) {
        if (error instanceof Problem && (error.offline || error.status === 429 || error.status === 401)) {
          this.pause();
          break;
        }
        this.tries = 0;
        this.letters.shift();
        letter.refused(error);
      }
      this.changed();
    }
    this.running = false;
    this.changed();
  }

  private pause(): void {
    const seconds = PAUSES[Math.min(this.tries, PAUSES.length - 1)]!;
    this.tries++;
    this.waiting = window.setTimeout(() => void this.run(), seconds * 1000);
  }
}
