import { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette, Notification } from '@jupyterlab/apputils';
import { INotebookTracker } from '@jupyterlab/notebook';
import { ITranslator, nullTranslator, TranslationBundle } from '@jupyterlab/translation';
import { Coder } from './insert/coder';
import { takeDrops } from './insert/drop';
import { insert, notebook } from './insert/notebook';
import { sentence } from './door';
import { IArchive, IArchivePanel, ICodeLog, Thing } from './tokens';

export const INSERT = 'labarchive:insert';
const COPY = 'labarchive:copy-code';
/** Milliseconds that the way back is offered. */
const UNDO = 8000;

/** From what is chosen to a cell: by Enter, by the button, by dropping. The cell is never run. */
export const insertion: JupyterFrontEndPlugin<void> = {
  id: 'labarchive:insert',
  description: 'Puts the code of what is chosen in the archive into a notebook.',
  autoStart: true,
  requires: [IArchive, IArchivePanel, ICodeLog, INotebookTracker],
  optional: [ITranslator, ICommandPalette],
  activate: (
    app: JupyterFrontEnd,
    { service }: IArchive,
    panel: IArchivePanel,
    log: ICodeLog,
    notebooks: INotebookTracker,
    translator: ITranslator | null,
    palette: ICommandPalette | null
  ): void => {
    const trans = (translator ?? nullTranslator).load('labarchive');
    const coder = new Coder(service, notebooks);
    const code = async (what: unknown): Promise<{ said: string; code: string }> => {
      const { project, q } = panel.query;
      if (what === 'query' || panel.chosen.length === 0) {
        return { said: q || project, code: await coder.code(project, { q }) };
      }
      const ids = panel.chosen.map(thing => thing.id);
      return { said: named(panel.chosen, trans), code: await coder.code(panel.chosen[0]?.project ?? project, { ids }) };
    };
    const failed = (error: unknown): void => {
      Notification.error(sentence(error, trans), { autoClose: UNDO });
    };

    app.commands.addCommand(INSERT, {
      label: trans.__('Insert the Code'),
      caption: trans.__('Put the code of what is chosen into a cell'),
      execute: async args => {
        try {
          const target = await notebook(notebooks, app.commands);
          const given = args['code'] as string | undefined;
          const found = given === undefined ? await code(args['what']) : { said: trans.__('Again'), code: given };
          const { number, undo } = insert(target, found.code);
          log.record(trans.__('Insert %1', found.said), found.code);
          tell(trans.__('Inserted in cell %1: %2', number, brief(found.code)), undo, trans);
        } catch (error) {
          failed(error);
        }
      }
    });
    app.commands.addCommand(COPY, {
      label: trans.__('Copy the Code'),
      execute: async () => {
        try {
          await navigator.clipboard.writeText((await code('chosen')).code);
        } catch (error) {
          failed(error);
        }
      }
    });
    takeDrops(notebooks, (_, dropped) => log.record(trans.__('Drop %1', named(panel.chosen, trans)), dropped));
    palette?.addItem({ command: INSERT, category: trans.__('Archive') });
    palette?.addItem({ command: COPY, category: trans.__('Archive') });
  }
};

function tell(words: string, undo: () => void, trans: TranslationBundle): void {
  Notification.success(words, {
    autoClose: UNDO,
    actions: [{ label: trans.__('Undo'), caption: trans.__('Take the cell out again'), callback: () => undo() }]
  });
}

function named(things: readonly Thing[], trans: TranslationBundle): string {
  const [first] = things;
  return things.length === 1 && first ? first.label : trans._n('%1 thing', '%1 things', things.length);
}

function brief(code: string): string {
  const last = code.trim().split('\n').pop() ?? '';
  return last.length > 60 ? `${last.slice(0, 59)}…` : last;
}
