import { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import { CodeLog } from './insert/log';
import { written } from './insert/notebook';
import { ICodeLog } from './tokens';

export const LOG_NOTEBOOK = 'labarchive:log-notebook';

/** The log of what was done, and the notebook that can be made of it. */
export const code: JupyterFrontEndPlugin<ICodeLog> = {
  id: 'labarchive:code',
  description: 'Every action of the archive as the cell that it stands for.',
  autoStart: true,
  provides: ICodeLog,
  optional: [ITranslator, ICommandPalette],
  activate: (app: JupyterFrontEnd, translator: ITranslator | null, palette: ICommandPalette | null): ICodeLog => {
    const trans = (translator ?? nullTranslator).load('labarchive');
    const log = new CodeLog();
    app.commands.addCommand(LOG_NOTEBOOK, {
      label: trans.__('Make a Notebook of What Was Done'),
      isEnabled: () => log.entries.length > 0,
      execute: () => written(app.commands, log.entries)
    });
    log.changed.connect(() => app.commands.notifyCommandChanged(LOG_NOTEBOOK));
    palette?.addItem({ command: LOG_NOTEBOOK, category: trans.__('Archive') });
    return log;
  }
};
