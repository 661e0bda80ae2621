import { CommandRegistry } from '@lumino/commands';
import { INotebookTracker, NotebookActions, NotebookPanel } from '@jupyterlab/notebook';

/** A cell that was inserted, and the way back. */
export interface Inserted {
  readonly number: number;
  undo(): void;
}

/** The notebook that code goes to: the one in front if it may be written, else a new one with the Archive kernel. */
export async function notebook(tracker: INotebookTracker, commands: CommandRegistry): Promise<NotebookPanel> {
  const here = tracker.currentWidget;
  if (here && !here.isDisposed && here.isVisible && !here.content.model?.readOnly) {
    return here;
  }
  return newNotebook(commands);
}

export async function newNotebook(commands: CommandRegistry): Promise<NotebookPanel> {
  const made = (await commands.execute('notebook:create-new', { kernelName: 'labarchive' })) as NotebookPanel;
  await made.context.ready;
  await made.revealed;
  return made;
}

/** Puts code below the cell in hand, or into it if it is empty. Never runs it. */
export function insert({ content }: NotebookPanel, code: string, at?: number): Inserted {
  if (at !== undefined) {
    content.activeCellIndex = Math.max(0, Math.min(at, content.widgets.length - 1));
  }
  const empty = content.activeCell?.model.type === 'code' && content.activeCell.model.sharedModel.getSource().trim() === '';
  if (!empty || at !== undefined) {
    NotebookActions.insertBelow(content);
  }
  const cell = content.activeCell;
  const shared = cell?.model.sharedModel;
  shared?.setSource(code);
  return {
    number: content.activeCellIndex + 1,
    undo: () => {
      const place = content.widgets.findIndex(each => each === cell);
      if (!shared || place < 0 || shared.getSource() !== code) {
        return; // somebody has worked in it
      }
      if (empty && at === undefined) {
        shared.setSource('');
      } else {
        content.model?.sharedModel.deleteCell(place);
      }
    }
  };
}

/** A new notebook of these cells. */
export async function written(commands: CommandRegistry, cells: readonly { what: string; code: string }[]): Promise<void> {
  const { content } = await newNotebook(commands);
  const source = cells.flatMap(({ what, code }) => [
    { cell_type: 'markdown', source: what, metadata: {} },
    { cell_type: 'code', source: code, metadata: {}, outputs: [] }
  ]);
  content.model?.sharedModel.insertCells(0, source);
  content.model?.sharedModel.deleteCell(source.length);
}
