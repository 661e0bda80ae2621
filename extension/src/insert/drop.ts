import { INotebookTracker, NotebookPanel } from '@jupyterlab/notebook';
import { insert } from './notebook';

/** Marks a drag that comes from the panel. */
export const DRAGGED = 'application/x-labarchive';

/** Code that is dropped between cells becomes a cell of its own; into a cell the editor takes it as text by itself. */
export function takeDrops(tracker: INotebookTracker, dropped: (panel: NotebookPanel, code: string) => void): void {
  tracker.widgetAdded.connect((_, panel) => {
    panel.content.node.addEventListener('dragover', event => {
      if (between(event)) {
        event.preventDefault();
        event.dataTransfer.dropEffect = 'copy';
      }
    });
    panel.content.node.addEventListener('drop', event => {
      const code = between(event) ? event.dataTransfer.getData('text/plain') : '';
      if (code) {
        event.preventDefault();
        insert(panel, code, cellAt(panel, event.clientY));
        dropped(panel, code);
      }
    });
  });
}

function between(event: DragEvent): event is DragEvent & { dataTransfer: DataTransfer } {
  const ours = event.dataTransfer?.types.includes(DRAGGED) ?? false;
  return ours && !(event.target as Element).closest('.cm-editor');
}

/** The last cell that begins above this height. */
function cellAt(panel: NotebookPanel, y: number): number {
  const above = panel.content.widgets.filter(cell => cell.node.getBoundingClientRect().top < y);
  return above.length - 1;
}
