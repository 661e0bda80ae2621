/** Scans of a project by their ids, as the viewer shows them: one, one with others over it, or several side by side. */
import { Words } from '../door';
import { Service } from '../service';
import { archived, Known } from './archived';
import { BesideView } from './beside';
import { MOST } from './sight';
import { ImageView } from './view';

async function known(service: Service, project: string, id: string): Promise<Known> {
  const row = await service.one(project, 'scan', id, new AbortController().signal);
  const name = [row['subject'], row['session'], row['kind'] ?? row['scan']].filter(Boolean).join(' / ');
  return { project, id, name, modality: row['modality'] as string | null, format: row['format'] as string | null };
}

/** Null where no scan is named. Raises a Problem for one that is not there. */
export async function viewOf(service: Service, project: string, ids: readonly string[], over: readonly string[], trans: Words): Promise<ImageView | BesideView | null> {
  const all = (of: readonly string[]): Promise<Known[]> => Promise.all(of.slice(0, MOST).map(id => known(service, project, id)));
  const [scans, above] = await Promise.all([all(ids), all(over)]);
  const [only] = scans;
  if (!only) {
    return null;
  }
  return scans.length > 1 ? new BesideView(scans.map(each => archived(service, each)), trans) : new ImageView(archived(service, only, above), trans, { header: true, letters: true });
}
