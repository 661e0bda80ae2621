/** Which scans depart from the others, as a page of the service: no kernel, no Lab. */
import { pageDoor, plain, seg } from '../door';
import { OutliersView } from '../outliers/view';
import { frame, told } from './frame';

const words = told();
const view = new OutliersView({
  door: pageDoor(words.api, words.proof),
  project: words.project,
  trans: plain,
  open: ids => location.assign(`viewer?scan=${ids.map(seg).join(',')}`)
});
frame({ surface: 'outliers', told: words, middle: [], node: view.node });
window.addEventListener('pagehide', () => view.dispose());
void view.start();
