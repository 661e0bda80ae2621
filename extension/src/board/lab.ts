/** A dashboard as one of Lab's own widgets. */
import { Message } from '@lumino/messaging';
import { ISignal, Signal } from '@lumino/signaling';
import { Widget } from '@lumino/widgets';
import { Asked, Board, Dashboard } from './board';

export class BoardWidget extends Widget {
  readonly dashboard: Dashboard;
  private readonly board: Board;
  private readonly _moved = new Signal<this, void>(this);

  constructor(asked: Omit<Asked, 'moved'>) {
    const board = new Board({ ...asked, moved: () => this._moved.emit() });
    super({ node: board.node });
    this.board = board;
    this.dashboard = asked.dashboard;
    this.addClass('la-board-lab');
    void board.start();
  }

  get project(): string {
    return this.board.project;
  }

  /** It shows another project now. */
  get moved(): ISignal<this, void> {
    return this._moved;
  }

  override dispose(): void {
    this.board.dispose();
    super.dispose();
  }

  protected override onActivateRequest(_: Message): void {
    this.board.focus();
  }
}
