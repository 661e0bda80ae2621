/** The viewer as a page of the service: `?scan=` one with `&over=` others over it, or up to four side by side. No kernel, no Lab. */
import { pageDoor, plain, sentence } from '../door';
import { fill, h } from '../dom';
import { Service } from '../service';
import { archived, Known } from '../viewer/archived';
import { BesideView } from '../viewer/beside';
import { MOST } from '../viewer/sight';
import { ImageView } from '../viewer/view';
import { frame, told } from './frame';

const words = told();
const service = new Service(pageDoor(words.api, words.proof));
const place = h('div', { class: 'la-viewer-page' });
const asked = new URLSearchParams(location.search);

async function known(id: string): Promise<Known> {
  const row = await service.one(words.project, 'scan', id, new AbortController().signal);
  const name = [row['subject'], row['session'], row['kind'] ?? row['scan']].filter(Boolean).join(' / ');
  return { project: words.project, id, name, modality: row['modality'] as string | null, format: row['format'] as string | null };
}

function ids(name: string): string[] {
  return (asked.get(name) ?? '').split(',').filter(Boolean).slice(0, MOST);
}

async function start(): Promise<void> {
  const [scans, over] = await Promise.all([Promise.all(ids('scan').map(known)), Promise.all(ids('over').map(known))]);
  const [only] = scans;
  if (!only) {
    fill(place, h('div', { class: 'la-instead la-room' }, h('b', {}, 'No scan is named'), h('p', {}, h('a', { class: 'la-link', href: 'lightbox' }, 'Choose one in the lightbox'))));
    return;
  }
  const view = scans.length > 1 ? new BesideView(scans.map(each => archived(service, each)), plain) : new ImageView(archived(service, only, over), plain, { header: true, letters: true });
  fill(place, view.node);
  view.focus();
  window.addEventListener('pagehide', () => view.dispose());
}

frame({ surface: 'viewer', told: words, middle: [], node: place });
start().catch((error: unknown) => fill(place, h('div', { class: 'la-instead la-room', role: 'alert' }, h('b', {}, 'This cannot be shown'), h('p', {}, sentence(error, plain)))));
