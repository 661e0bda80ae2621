/** `labarchive.dashboard()`: an anywidget that fills the page in Voila, and stands in a cell in Lab. */
import { Board, Dashboard, DASHBOARDS } from '../board/board';
import { serverDoor } from '../cell/server';
import { plain, seg } from '../door';

interface Model {
  get(name: 'dashboard'): Dashboard;
  get(name: 'project'): string;
}

/** Where Voila renders a dashboard: the folder in which they lie beside each other as notebooks, and this one's name. */
const here = /^(.*\/voila\/render\/(?:.*\/)?)([^/]+)\.ipynb$/.exec(location.pathname);

function ways(project: string): { title: string; href: string; here: boolean }[] {
  const all = [['my-projects', 'Overview'], ...Object.entries(DASHBOARDS).map(([name, { title }]) => [name, title])] as [string, string][];
  return here ? all.map(([name, title]) => ({ title, href: `${here[1]!}${name}.ipynb?project=${seg(project)}`, here: name === here[2] })) : [];
}

function render({ model, el }: { model: Model; el: HTMLElement }): () => void {
  const project = model.get('project') || (new URLSearchParams(location.search).get('project') ?? '');
  const board = new Board({ door: serverDoor(), dashboard: model.get('dashboard'), project, trans: plain, ways });
  board.node.classList.add(here ? 'la-board-page' : 'la-board-cell');
  el.append(board.node);
  const onKey = (event: KeyboardEvent): void => {
    if (here && event.target === document.body) {
      board.onKey(event);
    }
  };
  const onLeave = (event: Event): void => {
    if (board.unsaved) {
      event.preventDefault();
    }
  };
  document.addEventListener('keydown', onKey);
  window.addEventListener('beforeunload', onLeave);
  void board.start();
  return () => {
    document.removeEventListener('keydown', onKey);
    window.removeEventListener('beforeunload', onLeave);
    board.dispose();
  };
}

export default { render };
