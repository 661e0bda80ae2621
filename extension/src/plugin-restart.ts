import { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { Dialog, Notification, showDialog } from '@jupyterlab/apputils';
import { URLExt } from '@jupyterlab/coreutils';
import { ITranslator, nullTranslator, TranslationBundle } from '@jupyterlab/translation';
import { clock } from './format';
import type { Service } from './service';
import { IArchive } from './tokens';

/** Milliseconds between two looks at a server that is ending, and how many of them. */
const LOOK = 500;
const LOOKS = 60;
/** What the hub answers in the place of a server that has ended; before, it leads to where one waits. */
const ENDED = 424;
/** Milliseconds that are waited where the hub's answers cannot be read, on a host of its own. */
const UNSEEN = 5000;
/** Milliseconds after a grant was heard of until the group is looked at, and again: it follows what was said. */
const AFTER = [0, 2000, 10_000];

/** Says when raw folders that were opened need a restart of the server, and when the server ends because one was closed. */
export const restart: JupyterFrontEndPlugin<void> = {
  id: 'labarchive:restart',
  description: 'What a grant or a revocation means for this server.',
  autoStart: true,
  requires: [IArchive],
  optional: [ITranslator],
  activate: (app: JupyterFrontEnd, { live, service }: IArchive, translator: ITranslator | null): void => {
    const trans = (translator ?? nullTranslator).load('labarchive');
    let roles = '';
    let ends = '';
    let shown = '';
    const look = async (): Promise<void> => {
      const now = JSON.stringify(live.projects.map(each => [each.project, each.role]));
      if (now === roles) {
        return;
      }
      roles = now;
      for (const wait of AFTER) {
        await pause(wait);
        if (shown || !(await service.mustRestart())) {
          continue;
        }
        shown = Notification.info(trans.__('Raw folders were opened to you. They are there once your server was started again.'), {
          autoClose: false,
          actions: [{ label: trans.__('Restart your server'), callback: () => void again(app, service, trans) }]
        });
      }
    };
    live.stateChanged.connect(() => {
      void look().catch(() => undefined);
      const until = live.hello?.ends ?? '';
      if (until && until !== ends) {
        const words = trans.__('A project was closed to you. Your server ends at %1: save what you have.', clock(new Date(until)));
        Notification.warning(words, { autoClose: false });
      }
      ends = until;
    });
  }
};

/** End this server once its person agrees, and come to it again, which starts it. */
async function again(app: JupyterFrontEnd, service: Service, trans: TranslationBundle): Promise<void> {
  const answer = await showDialog({
    title: trans.__('Restart your server?'),
    body: trans.__('Notebooks are saved first. What kernels hold in memory is lost.'),
    buttons: [Dialog.cancelButton(), Dialog.okButton({ label: trans.__('Restart') })]
  });
  if (!answer.button.accept) {
    return;
  }
  if (app.commands.hasCommand('docmanager:save-all')) {
    await app.commands.execute('docmanager:save-all');
  }
  const { baseUrl } = app.serviceManager.serverSettings;
  await service.endServer();
  const lab = URLExt.join(baseUrl, 'lab');
  for (let looks = LOOKS; looks > 0; looks--) {
    await pause(LOOK);
    const there = await fetch(lab, { headers: { Accept: 'text/html' } }).catch(() => null);
    if (!there) {
      await pause(UNSEEN);
    }
    if (!there || there.status === ENDED) {
      break; // who comes sooner has to press a button
    }
  }
  window.location.assign(lab);
}

function pause(milliseconds: number): Promise<void> {
  return new Promise(resolve => window.setTimeout(resolve, milliseconds));
}
