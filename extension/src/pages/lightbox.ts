/** The lightbox as a page of the service: no kernel, no Lab. */
import { pageDoor, plain, seg } from '../door';
import { LightboxView } from '../lightbox/view';
import { frame, told } from './frame';

const words = told();
const view = new LightboxView({ door: pageDoor(words.api, words.proof), project: words.project, trans: plain, open: ids => location.assign(`viewer?scan=${ids.map(seg).join(',')}`) });
frame({ surface: 'lightbox', told: words, middle: [view.toast], node: view.node });
document.addEventListener('keydown', event => event.target === document.body && view.onKey(event));
window.addEventListener('pagehide', () => view.dispose());
void view.start(new URLSearchParams(location.search).get('q') ?? '');
