import { ILayoutRestorer, JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette, MainAreaWidget, WidgetTracker } from '@jupyterlab/apputils';
import { ILauncher } from '@jupyterlab/launcher';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import { Dashboard, DASHBOARDS } from './board/board';
import { BoardWidget } from './board/lab';
import { archiveIcon } from './icons';
import { IArchive, IArchivePanel } from './tokens';

const OPEN = 'labarchive:dashboard';

/** What each is for, below its card. */
const CAPTIONS: Record<Dashboard, string> = {
  'quality-control': 'Judge scans by keys, beside your notebook: usable, questionable, unusable',
  completeness: 'Subjects and visits: what is there, due, missing, unusable',
  'scanner-drift': 'Where a scanner left the protocol, and since when',
  raters: 'How far raters agree, and scans in dispute',
  forms: 'Fill in clinical forms and custom variables'
};

/** The dashboards as tabs of Lab: one rates without leaving the notebook. */
export const dashboards: JupyterFrontEndPlugin<void> = {
  id: 'labarchive:dashboards',
  description: 'Quality control, completeness, scanner drift, raters and forms beside notebooks.',
  autoStart: true,
  requires: [IArchive, IArchivePanel],
  optional: [ILauncher, ITranslator, ICommandPalette, ILayoutRestorer],
  activate: (
    app: JupyterFrontEnd,
    { door, live }: IArchive,
    panel: IArchivePanel,
    cards: ILauncher | null,
    translator: ITranslator | null,
    palette: ICommandPalette | null,
    restorer: ILayoutRestorer | null
  ): void => {
    const trans = (translator ?? nullTranslator).load('labarchive');
    const category = trans.__('Archive');
    const tracker = new WidgetTracker<MainAreaWidget<BoardWidget>>({ namespace: 'labarchive-dashboards' });
    const named = ({ name }: { name?: unknown }): Dashboard => (typeof name === 'string' && name in DASHBOARDS ? (name as Dashboard) : 'quality-control');
    const meant = (): string => {
      const chosen = panel.chosen[0]?.project ?? panel.query.project;
      return live.projects.find(each => each.project === chosen)?.project ?? '';
    };
    app.commands.addCommand(OPEN, {
      label: args => trans.__(DASHBOARDS[named(args)].title),
      caption: args => trans.__(CAPTIONS[named(args)]),
      icon: archiveIcon,
      execute: args => {
        const name = named(args);
        const project = typeof args['project'] === 'string' ? args['project'] : meant();
        const there = tracker.find(each => each.content.dashboard === name && (!project || each.content.project === project));
        const tab = there ?? tabOf(new BoardWidget({ door, dashboard: name, project, trans }), trans.__(DASHBOARDS[name].title));
        if (!there) {
          app.shell.add(tab, 'main');
          void tracker.add(tab);
          tab.content.moved.connect(() => void tracker.save(tab));
        }
        app.shell.activateById(tab.id);
        return tab; // a launcher makes room for it
      }
    });
    void restorer?.restore(tracker, {
      command: OPEN,
      args: ({ content }) => ({ name: content.dashboard, project: content.project }),
      name: ({ content }) => `${content.dashboard} ${content.project}`
    });
    Object.keys(DASHBOARDS).forEach((name, rank) => {
      cards?.add({ command: OPEN, category, rank: 2 + rank, args: { name } });
      palette?.addItem({ command: OPEN, category, args: { name } });
    });
  }
};

function tabOf(content: BoardWidget, title: string): MainAreaWidget<BoardWidget> {
  const tab = new MainAreaWidget({ content });
  tab.toolbar.hide();
  Object.assign(tab.title, { label: title, icon: archiveIcon, closable: true });
  return tab;
}
