import { JupyterFrontEnd, JupyterFrontEndPlugin, ILabShell, ILayoutRestorer } from '@jupyterlab/application';
import { ICommandPalette, Notification } from '@jupyterlab/apputils';
import { ITranslator, nullTranslator, TranslationBundle } from '@jupyterlab/translation';
import { infoIcon } from './icons';
import { Inspector } from './inspector/inspector';
import { Sayings } from './inspector/sayings';
import { VIEW } from './plugin-documents';
import { sentence } from './door';
import { IArchive, IArchivePanel } from './tokens';

const INSPECT = 'labarchive:inspect';
const RENAME = 'labarchive:rename';
const UNDO = 'labarchive:undo';
const REDO = 'labarchive:redo';
/** Milliseconds that the way back is offered in words; the keys stay. */
const OFFERED = 8000;

/** At the right: what is known of what is chosen in the archive panel, and what may be said of it. */
export const inspector: JupyterFrontEndPlugin<void> = {
  id: 'labarchive:inspector',
  description: 'Facts, header, history and files of what is chosen in the archive.',
  autoStart: true,
  requires: [IArchive, IArchivePanel],
  optional: [ITranslator, ICommandPalette, ILabShell, ILayoutRestorer],
  activate: (
    app: JupyterFrontEnd,
    { service, live }: IArchive,
    panel: IArchivePanel,
    translator: ITranslator | null,
    palette: ICommandPalette | null,
    shell: ILabShell | null,
    restorer: ILayoutRestorer | null
  ): void => {
    const trans = (translator ?? nullTranslator).load('labarchive');
    const sayings = new Sayings(service, error => void Notification.error(sentence(error, trans), { autoClose: OFFERED }));
    const widget = new Inspector(service, live, sayings, { view: () => void app.commands.execute(VIEW) }, trans);
    widget.title.icon = infoIcon;
    widget.title.caption = trans.__('Inspector of the archive');
    app.shell.add(widget, 'right', { rank: 150, type: 'Archive' });
    restorer?.add(widget, widget.id);
    panel.chosenChanged.connect((_, things) => widget.about(things));
    sayings.said.connect((_, { words, undo }) => tell(words, undo, trans));

    const reveal = (): void => {
      shell?.expandRight();
      app.shell.activateById(widget.id);
      widget.about(panel.chosen);
    };
    const commands: Record<string, { label: string; execute: () => void }> = {
      [INSPECT]: { label: trans.__('Inspect'), execute: reveal },
      [RENAME]: { label: trans.__('Change the Label'), execute: () => (reveal(), widget.rename()) },
      [UNDO]: { label: trans.__('Take Back What I Said'), execute: () => void (sayings.undo() ?? nothing(trans)) },
      [REDO]: { label: trans.__('Say It Again'), execute: () => void (sayings.redo() ?? nothing(trans)) }
    };
    for (const [command, words] of Object.entries(commands)) {
      app.commands.addCommand(command, words);
      palette?.addItem({ command, category: trans.__('Archive') });
    }
  }
};

function tell(words: string, undo: (() => void) | null, trans: TranslationBundle): void {
  const said = undo ? words : trans.__('Taken back: %1', words);
  const actions = undo ? [{ label: trans.__('Undo'), caption: trans.__('Take it back'), callback: undo }] : [];
  Notification.success(said, { autoClose: OFFERED, actions });
}

function nothing(trans: TranslationBundle): void {
  Notification.info(trans.__('Nothing was said from this page that could be taken back.'), { autoClose: OFFERED });
}
