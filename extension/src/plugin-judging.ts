import { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';
import { PageConfig } from '@jupyterlab/coreutils';
import { ILauncher } from '@jupyterlab/launcher';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import { seg } from './door';
import { archiveIcon } from './icons';
import { IArchive, IArchivePanel } from './tokens';

const JUDGE = 'labarchive:judge';

/** The way to the rating queue, which is a page of the service behind a hub. */
export const judging: JupyterFrontEndPlugin<void> = {
  id: 'labarchive:judging',
  description: 'Opens the rating queue.',
  autoStart: true,
  requires: [IArchive, IArchivePanel],
  optional: [ILauncher, ITranslator, ICommandPalette],
  activate: (
    app: JupyterFrontEnd,
    { live }: IArchive,
    panel: IArchivePanel,
    cards: ILauncher | null,
    translator: ITranslator | null,
    palette: ICommandPalette | null
  ): void => {
    const pages = servicePages();
    if (!pages) {
      return;
    }
    const trans = (translator ?? nullTranslator).load('labarchive');
    const category = trans.__('Archive');
    const project = (): string | undefined => {
      const mine = live.projects.filter(each => each.verbs.includes('rate')).map(each => each.project);
      const chosen = panel.chosen.find(each => each.level === 'project')?.project ?? panel.query.project;
      return mine.find(each => each === chosen) ?? mine[0];
    };
    app.commands.addCommand(JUDGE, {
      label: trans.__('Judge scans'),
      caption: trans.__('Usable or not, one scan after the other, by keys; in a window of its own'),
      icon: archiveIcon,
      isEnabled: () => Boolean(project()),
      execute: () => {
        window.open(`${pages}projects/${seg(project() ?? '')}/queue`, '_blank', 'noopener');
      }
    });
    panel.chosenChanged.connect(() => app.commands.notifyCommandChanged(JUDGE));
    live.stateChanged.connect(() => app.commands.notifyCommandChanged(JUDGE));
    cards?.add({ command: JUDGE, category, rank: 2 });
    palette?.addItem({ command: JUDGE, category });
  }
};

/** Where the service's own pages are; nowhere without a hub. Behind `[hub] subdomains` services have a host of their own. */
function servicePages(): string | null {
  const hub = PageConfig.getOption('hubPrefix');
  const host = PageConfig.getOption('hubHost').replace('://', '://services.');
  return hub ? `${host}${hub.replace(/hub\/?$/, '')}services/archive/` : null;
}
