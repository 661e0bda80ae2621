/** The viewer as a page of the service: `?scan=` one with `&over=` others over it, or up to four side by side. No kernel, no Lab. */
import { pageDoor, plain, sentence } from '../door';
import { fill, h } from '../dom';
import { Service } from '../service';
import { viewOf } from '../viewer/named';
import { frame, told } from './frame';

const words = told();
const service = new Service(pageDoor(words.api, words.proof));
const place = h('div', { class: 'la-viewer-page' });
const asked = new URLSearchParams(location.search);

function ids(name: string): string[] {
  return (asked.get(name) ?? '').split(',').filter(Boolean);
}

async function start(): Promise<void> {
  const view = await viewOf(service, words.project, ids('scan'), ids('over'), plain);
  if (!view) {
    fill(place, h('div', { class: 'la-instead la-room' }, h('b', {}, 'No scan is named'), h('p', {}, h('a', { class: 'la-link', href: 'lightbox' }, 'Choose one in the lightbox'))));
    return;
  }
  fill(place, view.node);
  view.focus();
  window.addEventListener('pagehide', () => view.dispose());
}

frame({ surface: 'viewer', told: words, middle: [], node: place });
start().catch((error: unknown) => fill(place, h('div', { class: 'la-instead la-room', role: 'alert' }, h('b', {}, 'This cannot be shown'), h('p', {}, sentence(error, plain)))));
