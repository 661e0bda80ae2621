import { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette, Notification } from '@jupyterlab/apputils';
import { ILauncher } from '@jupyterlab/launcher';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import { notebookIcon } from '@jupyterlab/ui-components';
import { archiveIcon } from './icons';

const FIND = 'labarchive:find';
const START = 'labarchive:start';
/** Where a person's copy of the first notebook is: in their home behind a hub, else where Lab was started for it. */
const PLACES = ['labarchive/start/01-find.ipynb', 'start/01-find.ipynb'];

/** The archive's cards in the launcher. */
export const launcher: JupyterFrontEndPlugin<void> = {
  id: 'labarchive:launcher',
  description: 'The archive in the launcher.',
  autoStart: true,
  requires: [ILauncher],
  optional: [ITranslator, ICommandPalette],
  activate: (app: JupyterFrontEnd, cards: ILauncher, translator: ITranslator | null, palette: ICommandPalette | null): void => {
    const trans = (translator ?? nullTranslator).load('labarchive');
    const category = trans.__('Archive');
    app.commands.addCommand(FIND, {
      label: trans.__('Find scans'),
      caption: trans.__('Open the archive and search it'),
      icon: archiveIcon,
      execute: () => app.commands.execute('labarchive:search')
    });
    app.commands.addCommand(START, {
      label: trans.__('Start here'),
      caption: trans.__('Your own copy of a first notebook: find scans, look at one, save the search'),
      icon: notebookIcon,
      execute: async () => {
        const path = await there(app, PLACES);
        if (path) {
          await app.commands.execute('docmanager:open', { path });
        } else {
          Notification.info(trans.__('The first notebook is not in your home: it is copied there when your server starts again.'));
        }
      }
    });
    cards.add({ command: START, category, rank: 0 });
    cards.add({ command: FIND, category, rank: 1 });
    palette?.addItem({ command: START, category });
  }
};

/** The first of these files that is there. */
async function there(app: JupyterFrontEnd, paths: readonly string[]): Promise<string | undefined> {
  for (const path of paths) {
    const found = await app.serviceManager.contents.get(path, { content: false }).catch(() => null);
    if (found) {
      return path;
    }
  }
  return undefined;
}
