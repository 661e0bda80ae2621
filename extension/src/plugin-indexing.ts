import { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette, Notification } from '@jupyterlab/apputils';
import { ITranslator, nullTranslator, TranslationBundle } from '@jupyterlab/translation';
import { count } from './format';
import { Live } from './live';
import { IndexState } from './rest';
import { sentence } from './door';
import { Service } from './service';
import { progress } from './states';
import { IArchive, IArchivePanel, ICodeLog } from './tokens';

export const INDEX = 'labarchive:index';
/** Milliseconds between two looks at how far it is. */
const LOOK = 700;
/** Milliseconds that an end is told for. */
const TOLD = 10_000;

/** Looks again at the folders of a project: begun by a command, told while it lasts, and how it ended. */
export const indexing: JupyterFrontEndPlugin<void> = {
  id: 'labarchive:index',
  description: 'Indexes the folders of a project from the page.',
  autoStart: true,
  requires: [IArchive, IArchivePanel, ICodeLog],
  optional: [ITranslator, ICommandPalette],
  activate: (
    app: JupyterFrontEnd,
    { service, live }: IArchive,
    panel: IArchivePanel,
    log: ICodeLog,
    translator: ITranslator | null,
    palette: ICommandPalette | null
  ): void => {
    const trans = (translator ?? nullTranslator).load('labarchive');
    const project = (): string => panel.chosen.find(each => each.level === 'project')?.project ?? panel.query.project;
    const may = (): boolean => live.projects.find(each => each.project === project())?.verbs.includes('import') ?? false;
    app.commands.addCommand(INDEX, {
      label: trans.__('Index Now'),
      caption: trans.__('Look again at the folders that the project was made of'),
      isEnabled: may,
      execute: async () => {
        const name = project();
        try {
          const key = await service.index(name);
          log.record(trans.__('Index %1', name), `archive.index(project=${JSON.stringify(name)})`);
          await follow(name, key, service, live, trans);
        } catch (error) {
          Notification.error(sentence(error, trans), { autoClose: TOLD });
        }
      }
    });
    live.stateChanged.connect(() => app.commands.notifyCommandChanged(INDEX));
    panel.chosenChanged.connect(() => app.commands.notifyCommandChanged(INDEX));
    palette?.addItem({ command: INDEX, category: trans.__('Archive') });
  }
};

/** Tell how far it is until it has ended. */
async function follow(project: string, key: string, service: Service, live: Live, trans: TranslationBundle): Promise<void> {
  const heading = trans.__('Looking at the folders of %1', project);
  const id = Notification.emit(heading, 'in-progress', { autoClose: false });
  live.begun();
  try {
    for (;;) {
      const state = await service.indexState(project);
      if (state.key !== key || !state.work) {
        Notification.update({ id, ...ended(state, key, project, trans), autoClose: TOLD });
        live.begun();
        return;
      }
      Notification.update({ id, message: `${heading}: ${progress(state.work, trans)}` });
      await new Promise(done => window.setTimeout(done, LOOK));
    }
  } catch (error) {
    Notification.update({ id, message: sentence(error, trans), type: 'error', autoClose: TOLD });
  }
}

function ended(
  { key, summary, problem }: IndexState,
  mine: string,
  project: string,
  trans: TranslationBundle
): { message: string; type: 'success' | 'warning' | 'error' } {
  if (problem && key === mine) {
    return { message: [problem.detail, problem.hint].filter(Boolean).join(': '), type: 'error' };
  }
  if (!summary || key !== mine) {
    return { message: trans.__('Nobody knows how the run of %1 ended: index again, it goes on where it was', project), type: 'warning' };
  }
  const amounts = [summary.files, summary.new, summary.changed, summary.gone].map(count);
  const words = trans.__('%1: %2 files, %3 new, %4 changed, %5 gone', project, ...amounts);
  const faulty = summary.damaged + summary.unreadable + summary.empty;
  return faulty
    ? { message: `${words}. ${trans._n('%1 cannot be read', '%1 cannot be read', faulty)}`, type: 'warning' }
    : { message: words, type: 'success' };
}
