/** A scan of the catalogue as a viewer is shown it, as far as its person may see it: the service cleans what must be. */
import { Row, Scan } from '../rest';
import { Service } from '../service';
import { DicomJson, rowsOf } from './header';
import { Source, Stream } from './source';
import { Shown } from './view';

/** What is known of a scan before its image is there. */
export interface Known {
  readonly project: string;
  readonly id: string;
  readonly name: string;
  readonly modality?: string | null | undefined;
  /** As the catalogue says it; a header is read of DICOM alone. */
  readonly format?: string | null | undefined;
}

export function archived(service: Service, known: Known, over: readonly Known[] = []): Shown {
  const { project, id, name } = known;
  return {
    name,
    modality: known.modality ?? '',
    source: () => stream(service, project, id),
    preview: signal => service.picture('thumbnail.webp', project, id, signal),
    header: known.format && !/dicom/i.test(known.format) ? null : async signal => rowsOf((await service.header(project, id, signal)) as DicomJson, await names(service)),
    candidates: async signal => {
      const row = await service.one(project, 'scan', id, signal);
      const beside = await service.beside(project, row, signal);
      return beside.map(each => ({ id: each.scan_id, name: called(each, beside, row), source: () => stream(service, project, each.scan_id) }));
    },
    over: over.map(each => ({ id: each.id, name: each.name, source: () => stream(service, each.project, each.id) }))
  };
}

/** Its kind, with its visit where that is another, and with its label where several would be called so. */
function called(scan: Scan, all: readonly Scan[], of: Row): string {
  const short = (each: Scan): string => {
    const name = each.kind ?? each.scan;
    return each.session_id === of['session_id'] ? name : `${String(each['session'] ?? '')} / ${name}`;
  };
  const mine = short(scan);
  return all.filter(each => short(each) === mine).length > 1 && scan.kind ? `${mine} (${scan.scan})` : mine;
}

function stream(service: Service, project: string, id: string): Source {
  return new Stream((_, signal) => service.volume(project, id, signal));
}

/** Without the archive a file's header has its tags alone. */
export function names(service: Service): Promise<Record<string, string>> {
  return service.tagNames().catch(() => ({}));
}
