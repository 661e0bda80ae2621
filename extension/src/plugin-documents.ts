import { ILayoutRestorer, JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette, MainAreaWidget, WidgetTracker } from '@jupyterlab/apputils';
import { ABCWidgetFactory, DocumentRegistry, DocumentWidget, TextModelFactory } from '@jupyterlab/docregistry';
import { Contents } from '@jupyterlab/services';
import { ITranslator, nullTranslator, TranslationBundle } from '@jupyterlab/translation';
import { fileIcon } from '@jupyterlab/ui-components';
import { Widget } from '@lumino/widgets';
import { DicomJson, rowsOf } from './viewer/header';
import { MOST } from './viewer/sight';
import { Ranges, Stream } from './viewer/source';
import { Shown } from './viewer/view';
import { archived, names } from './viewer/archived';
import { ImageViewer } from './viewer/lab';
import { archiveIcon } from './icons';
import { Service } from './service';
import { IArchive, IArchivePanel, Thing } from './tokens';

export const VIEW = 'labarchive:view';
const FACTORY = 'Medical Image'; // "Image" is Lab's own, of photographs
const MODEL = 'labarchive-bytes-elsewhere';

/** Opens image files of the file browser, and scans of the archive panel. */
export const documents: JupyterFrontEndPlugin<void> = {
  id: 'labarchive:documents',
  description: 'A viewer of DICOM and NIfTI files and of scans.',
  autoStart: true,
  requires: [IArchive],
  optional: [IArchivePanel, ITranslator, ICommandPalette, ILayoutRestorer],
  activate: (
    app: JupyterFrontEnd,
    { service }: IArchive,
    panel: IArchivePanel | null,
    translator: ITranslator | null,
    palette: ICommandPalette | null,
    restorer: ILayoutRestorer | null
  ): void => {
    const trans = (translator ?? nullTranslator).load('labarchive');
    addFiles(app, service, trans, restorer);
    if (panel) {
      addScans(app, service, panel, trans, palette);
    }
  }
};

/** The contents manager is not asked for what is in the file: the viewer reads it in pieces. */
class Elsewhere extends TextModelFactory {
  override get name(): string {
    return MODEL;
  }

  override get fileFormat(): Contents.FileFormat {
    return null as unknown as Contents.FileFormat; // Lab's word for "not its content", which its type lacks
  }
}

class Factory extends ABCWidgetFactory<DocumentWidget<ImageViewer>> {
  constructor(
    options: DocumentRegistry.IWidgetFactoryOptions,
    private readonly service: Service,
    private readonly trans: TranslationBundle
  ) {
    super(options);
  }

  protected createNewWidget(context: DocumentRegistry.Context): DocumentWidget<ImageViewer> {
    const content = new ImageViewer([file(this.service, context.localPath)], this.trans);
    return new DocumentWidget({ content, context });
  }
}

const TYPES: Partial<DocumentRegistry.IFileType>[] = [
  { name: 'dicom', displayName: 'DICOM', extensions: ['.dcm', '.dicom', '.ima'], mimeTypes: ['application/dicom'] },
  { name: 'nifti', displayName: 'NIfTI', extensions: ['.nii'], mimeTypes: ['application/x-nifti'] },
  { name: 'nifti-gz', displayName: 'NIfTI, compressed', extensions: ['.nii.gz'], mimeTypes: ['application/x-nifti-gz'] }
];
/** Scanners write DICOM under names without a suffix, or that are UIDs: these are only offered in "Open With". */
const BARE: Partial<DocumentRegistry.IFileType> = { name: 'dicom-bare', pattern: '^([^.]+|[0-9.]+)$', icon: fileIcon };

function addFiles(app: JupyterFrontEnd, service: Service, trans: TranslationBundle, restorer: ILayoutRestorer | null): void {
  const { docRegistry } = app;
  TYPES.forEach(type => docRegistry.addFileType({ ...type, fileFormat: 'base64', icon: archiveIcon }));
  docRegistry.addFileType({ ...BARE, fileFormat: null });
  docRegistry.addModelFactory(new Elsewhere(false));
  const names = TYPES.map(type => type.name ?? '');
  const factory = new Factory(
    {
      name: FACTORY,
      label: trans.__('Medical Image'),
      modelName: MODEL,
      fileTypes: [...names, 'dicom-bare'],
      defaultFor: names,
      readOnly: true
    },
    service,
    trans
  );
  docRegistry.addWidgetFactory(factory as DocumentRegistry.WidgetFactory); // Lab's own types differ in what is optional
  const tracker = new WidgetTracker<DocumentWidget<ImageViewer>>({ namespace: 'labarchive-documents' });
  factory.widgetCreated.connect((_, widget) => {
    void tracker.add(widget);
    widget.context.pathChanged.connect(() => void tracker.save(widget));
  });
  void restorer?.restore(tracker, {
    command: 'docmanager:open',
    args: widget => ({ path: widget.context.path, factory: FACTORY }),
    name: widget => widget.context.path
  });
}

function addScans(
  app: JupyterFrontEnd,
  service: Service,
  panel: IArchivePanel,
  trans: TranslationBundle,
  palette: ICommandPalette | null
): void {
  const chosen = (): readonly Thing[] => panel.chosen.filter(thing => thing.level === 'scan');
  const open = (things: readonly Thing[]): void => {
    const id = `labarchive-view-${things.map(thing => thing.id).join('-')}`;
    const there = [...app.shell.widgets('main')].find(widget => widget.id === id);
    const widget = there ?? new MainAreaWidget({ content: new ImageViewer(things.map(thing => scan(service, thing)), trans) });
    if (!there) {
      widget.id = id;
      widget.title.label = things.map(thing => thing.label).join(', ');
      widget.title.icon = archiveIcon;
      widget.title.closable = true;
      app.shell.add(widget, 'main');
    }
    app.shell.activateById(id);
  };
  app.commands.addCommand(VIEW, {
    label: () => (chosen().length > 1 ? trans.__('View Side by Side') : trans.__('Open in the Viewer')),
    isEnabled: () => chosen().length > 0,
    execute: () => {
      const things = chosen().slice(0, MOST);
      if (things.length) {
        open(things);
      }
    }
  });
  palette?.addItem({ command: VIEW, category: trans.__('Archive') });
  if (panel instanceof Widget) {
    panel.node.addEventListener('dblclick', event => {
      if ((event.target as Element).closest('.la-row[data-level=scan]')) {
        void app.commands.execute(VIEW);
      }
    });
  }
}

/** A file below the server's root. */
function file(service: Service, path: string): Shown {
  const voxels = (range: string | null, signal: AbortSignal): Promise<Response> => service.document('voxels', path, range, signal);
  const name = path.toLowerCase();
  const packed = name.endsWith('.nii.gz');
  return {
    name: path.split('/').pop() ?? path,
    modality: '',
    source: () => (packed ? new Stream((_, signal) => voxels(null, signal)) : new Ranges(voxels)),
    header:
      packed || name.endsWith('.nii')
        ? null
        : async signal => rowsOf((await (await service.document('header', path, null, signal)).json()) as DicomJson, await names(service))
  };
}

function scan(service: Service, { project, id, label, scan: row }: Thing): Shown {
  return archived(service, { project, id, name: label, modality: row?.modality, format: row?.format });
}
