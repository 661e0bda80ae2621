/** Forms to be filled in, as a page of the service: no kernel, no Lab. `?form=` and `&about=` name what is begun with. */
import { pageDoor, plain, seg } from '../door';
import { FormsView } from '../forms/view';
import { frame, told } from './frame';

const words = told();
const asked = new URLSearchParams(location.search);
const view = new FormsView({ door: pageDoor(words.api, words.proof), project: words.project, trans: plain, open: ids => location.assign(`viewer?scan=${ids.map(seg).join(',')}`) });
frame({ surface: 'forms', told: words, middle: [], node: view.node });
window.addEventListener('pagehide', () => view.dispose());
window.addEventListener('beforeunload', event => view.unsaved && event.preventDefault());
void view.start(asked.get('form') ?? '', asked.get('about') ?? '');
