/** `selection.view()` in a notebook: an anywidget whose pictures come from the server of the page, not over the comm. */
import { CellView, Manner, Told, volumes } from '../cell/view';
import { answered, Door, plain } from '../door';

interface Model {
  get(name: 'scans'): Told[];
  get(name: 'left_out' | 'columns'): number;
  get(name: 'manner'): Manner;
}

/** The archive below the person's own server, which knows who they are; as Lab itself asks. */
function serverDoor(): Door {
  const told = JSON.parse(document.getElementById('jupyter-config-data')?.textContent ?? '{}') as { baseUrl?: string; token?: string };
  const base = new URL(told.baseUrl ?? '/', location.href).href.replace(/\/?$/, '/');
  return async (path, request = {}) => {
    const xsrf = /(?:^|; )_xsrf=([^;]*)/.exec(document.cookie)?.[1];
    const headers = {
      ...(request.headers as Record<string, string>),
      ...(told.token && { Authorization: `token ${told.token}` }),
      ...(xsrf && { 'X-XSRFToken': decodeURIComponent(xsrf) })
    };
    return answered(fetch(`${base}labarchive/api/${path}`, { cache: 'no-cache', ...request, headers }), request.signal);
  };
}

function render({ model, el }: { model: Model; el: HTMLElement }): () => void {
  const [scans, manner] = [model.get('scans'), model.get('manner')];
  const view = manner === 'mosaics' ? new CellView(serverDoor(), scans, model.get('left_out'), model.get('columns'), plain) : volumes(serverDoor(), scans, manner, plain);
  el.append(view.node);
  return () => view.dispose();
}

export default { render };
