import { ILabShell, ILayoutRestorer, JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette, Notification } from '@jupyterlab/apputils';
import { INotebookTracker } from '@jupyterlab/notebook';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import { IStateDB } from '@jupyterlab/statedb';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import { archiveIcon } from './icons';
import { Coder } from './insert/coder';
import { DRAGGED } from './insert/drop';
import { Model } from './model';
import { ArchivePanel } from './panel';
import { LOG_NOTEBOOK } from './plugin-code';
import { INDEX } from './plugin-indexing';
import { INSERT } from './plugin-insert';
import { sentence } from './door';
import { IArchive, IArchivePanel, ICodeLog } from './tokens';

export const SHOW = 'labarchive:show';
const KEPT = 'labarchive:panel';

/** The archive panel at the left. */
export const panel: JupyterFrontEndPlugin<IArchivePanel> = {
  id: 'labarchive:panel',
  description: 'The archive in the left side bar: search, tree, facets.',
  autoStart: true,
  provides: IArchivePanel,
  requires: [IArchive, ICodeLog],
  optional: [ITranslator, ILayoutRestorer, ICommandPalette, INotebookTracker, IStateDB, ILabShell, ISettingRegistry],
  activate: (
    app: JupyterFrontEnd,
    { service, live }: IArchive,
    log: ICodeLog,
    translator: ITranslator | null,
    restorer: ILayoutRestorer | null,
    palette: ICommandPalette | null,
    notebooks: INotebookTracker | null,
    state: IStateDB | null,
    shell: ILabShell | null,
    registry: ISettingRegistry | null
  ): IArchivePanel => {
    const trans = (translator ?? nullTranslator).load('labarchive');
    const model = new Model(service, live);
    const coder = new Coder(service, notebooks);
    const run = (command: string, args = {}): void => void app.commands.execute(command, args);
    const widget = new ArchivePanel(
      model,
      log,
      {
        insert: what => run(INSERT, { what }),
        insertCode: code => run(INSERT, { code }),
        notebookOfLog: () => run(LOG_NOTEBOOK),
        near: things => coder.foresee(model.project, { ids: things.map(thing => thing.id) }),
        dragged: (things, transfer) => {
          transfer.effectAllowed = 'copy';
          transfer.setData('text/plain', coder.now(things));
          transfer.setData(DRAGGED, '');
        },
        searched: q => {
          void state?.save(KEPT, { project: model.project, q });
          if (q) {
            coder.code(model.project, { q }).then(code => log.record(trans.__('Search %1', q), code), () => undefined);
          }
        },
        index: () => run(INDEX),
        failed: error => void Notification.error(sentence(error, trans))
      },
      trans
    );
    widget.title.icon = archiveIcon;
    widget.title.caption = trans.__('Archive');
    app.shell.add(widget, 'left', { rank: 150, type: 'Archive' });
    restorer?.add(widget, widget.id);

    void settle(widget, registry);
    addCommands(app, widget, shell, trans, palette);
    void beginning(model, widget, state);
    return widget;
  }
};

async function settle(widget: ArchivePanel, registry: ISettingRegistry | null): Promise<void> {
  const settings = await registry?.load(panel.id);
  const read = (): void =>
    widget.settle({
      facets: settings?.composite['facets'] as string[],
      letters: settings?.composite['letters'] as boolean
    });
  settings?.changed.connect(read);
  if (settings) {
    read();
  }
}

/** Where one was last time, else the first project. */
async function beginning(model: Model, widget: ArchivePanel, state: IStateDB | null): Promise<void> {
  const kept = (await state?.fetch(KEPT).catch(() => undefined)) as { project?: string; q?: string } | undefined;
  const open = (): void => {
    const { projects } = model.live;
    if (!model.project && projects.length) {
      const last = projects.find(each => each.project === kept?.project);
      const project = (last ?? projects[0])?.project ?? '';
      widget.search(last ? (kept?.q ?? '') : '', project);
    }
  };
  model.live.stateChanged.connect(open);
  open();
}

function addCommands(
  app: JupyterFrontEnd,
  widget: ArchivePanel,
  shell: ILabShell | null,
  trans: ReturnType<ITranslator['load']>,
  palette: ICommandPalette | null
): void {
  const reveal = (where: 'search' | 'tree'): void => {
    shell?.expandLeft();
    app.shell.activateById(widget.id);
    window.setTimeout(() => widget.focus(where)); // the palette hands the keyboard back to the main area first
  };
  const commands: Record<string, { label: string; execute: () => void; hidden?: boolean }> = {
    [SHOW]: { label: trans.__('Show the Archive'), execute: () => reveal('tree') },
    'labarchive:search': { label: trans.__('Find Scans'), execute: () => reveal('search') },
    'labarchive:select': { label: trans.__('Select, or Take Out'), execute: () => widget.tree.toggleChosen(), hidden: true },
    'labarchive:select-none': { label: trans.__('Select Nothing'), execute: () => widget.tree.clearChosen(), hidden: true },
    'labarchive:open-siblings': { label: trans.__('Open All Beside It'), execute: () => widget.tree.openSiblings(), hidden: true },
    'labarchive:keys': { label: trans.__('Keys of the Archive'), execute: () => widget.showKeys() }
  };
  for (const [command, { label, execute, hidden }] of Object.entries(commands)) {
    app.commands.addCommand(command, { label, execute });
    if (!hidden) {
      palette?.addItem({ command, category: trans.__('Archive') });
    }
  }
}
