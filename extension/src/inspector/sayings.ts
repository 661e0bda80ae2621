/** What was said from this page, so that it can be taken back and brought back, in the order in which it was said. */
import { ISignal, Signal } from '@lumino/signaling';
import { Said, Service } from '../service';

interface Step {
  readonly project: string;
  readonly words: string;
  /** The numbers of what holds now: the sayings, or what brought them back. */
  numbers: readonly number[];
}

export class Sayings {
  private readonly done: Step[] = [];
  private readonly undone: Step[] = [];
  private readonly _said = new Signal<this, { words: string; undo: (() => void) | null }>(this);

  constructor(
    private readonly service: Service,
    private readonly failed: (error: unknown) => void
  ) {}

  /** Something was said or taken back: in words, with the way back where there is one. */
  get said(): ISignal<this, { words: string; undo: (() => void) | null }> {
    return this._said;
  }

  /** `words` say what was done, for people. */
  async say(project: string, words: string, sayings: readonly Said[]): Promise<void> {
    await this.act(async () => {
      const step = { project, words, numbers: await this.service.say(project, sayings) };
      this.done.push(step);
      this.undone.length = 0;
      this._said.emit({ words, undo: () => void this.back(step) });
    });
  }

  /** Take back what stands under a number, whoever said it. */
  async takeBack(project: string, words: string, number: number): Promise<void> {
    await this.act(async () => {
      const step = { project, words, numbers: await this.service.undo(project, [number]) };
      this.done.push(step);
      this._said.emit({ words, undo: () => void this.back(step) });
    });
  }

  /** Take back what was said last; null where nothing was. */
  undo(): Promise<void> | null {
    const step = this.done[this.done.length - 1];
    return step ? this.back(step) : null;
  }

  redo(): Promise<void> | null {
    const step = this.undone.pop();
    return step ? this.again(step) : null;
  }

  private async back(step: Step): Promise<void> {
    const at = this.done.indexOf(step);
    if (at < 0) {
      return; // twice pressed
    }
    this.done.splice(at, 1);
    await this.act(async () => {
      step.numbers = await this.service.undo(step.project, step.numbers);
      this.undone.push(step);
      this._said.emit({ words: step.words, undo: null });
    });
  }

  private async again(step: Step): Promise<void> {
    await this.act(async () => {
      step.numbers = await this.service.undo(step.project, step.numbers);
      this.done.push(step);
      this._said.emit({ words: step.words, undo: () => void this.back(step) });
    });
  }

  private async act(does: () => Promise<void>): Promise<void> {
    try {
      await does();
    } catch (error) {
      this.failed(error);
    }
  }
}
