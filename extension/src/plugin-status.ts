import { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { IStatusBar } from '@jupyterlab/statusbar';
import { ITranslator, nullTranslator, TranslationBundle } from '@jupyterlab/translation';
import { Widget } from '@lumino/widgets';
import { h } from './dom';
import { clock } from './format';
import { Live } from './live';
import { progress } from './states';
import { IArchive, IArchivePanel } from './tokens';

/** In the status bar: which generation is shown, how far the indexer is, and whether anybody answers. */
export const status: JupyterFrontEndPlugin<void> = {
  id: 'labarchive:status',
  description: 'The archive in the status bar.',
  autoStart: true,
  requires: [IArchive, IStatusBar],
  optional: [ITranslator, IArchivePanel],
  activate: (
    _: JupyterFrontEnd,
    { live }: IArchive,
    bar: IStatusBar,
    translator: ITranslator | null,
    panel: IArchivePanel | null
  ): void => {
    const trans = (translator ?? nullTranslator).load('labarchive');
    const item = new Widget({ node: h('div', { class: 'la-status', role: 'status' }) });
    const show = (): void => {
      item.node.textContent = words(live, panel?.query.project, trans);
      item.node.dataset['state'] = live.problem ? 'away' : live.hello?.work.length ? 'indexing' : 'here';
      item.setHidden(!live.hello && !live.problem);
    };
    live.stateChanged.connect(show);
    panel?.chosenChanged.connect(show);
    show();
    bar.registerStatusItem('labarchive:status', { item, align: 'left', rank: 90 });
  }
};

function words({ hello, problem, offlineSince, projects }: Live, looked: string | undefined, trans: TranslationBundle): string {
  if (problem) {
    return offlineSince ? trans.__('archive offline since %1', clock(offlineSince)) : trans.__('archive offline');
  }
  const project = projects.find(each => each.project === looked);
  const here = project ? trans.__('archive · gen %1', project.generation) : trans.__('archive');
  const run = hello?.work.find(each => each.kind !== 'headers') ?? hello?.work[0];
  if (!run) {
    return here;
  }
  const what = run.kind === 'headers' ? trans.__('Reading headers of %1', run.project) : trans.__('Indexing %1', run.project);
  return `${here} · ${what}: ${progress(run, trans)}`;
}
