/** `selection.view()` in a notebook: an anywidget whose pictures come from the server of the page, not over the comm. */
import { CellView, Manner, Told, volumes } from '../cell/view';
import { serverDoor } from '../cell/server';
import { plain } from '../door';

interface Model {
  get(name: 'scans'): Told[];
  get(name: 'left_out' | 'columns'): number;
  get(name: 'manner'): Manner;
}

function render({ model, el }: { model: Model; el: HTMLElement }): () => void {
  const [scans, manner] = [model.get('scans'), model.get('manner')];
  const view = manner === 'mosaics' ? new CellView(serverDoor(), scans, model.get('left_out'), model.get('columns'), plain) : volumes(serverDoor(), scans, manner, plain);
  el.append(view.node);
  return () => view.dispose();
}

export default { render };
