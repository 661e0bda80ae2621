/** A surface about a whole study as a page of the service. */
import { pageDoor, plain, seg } from '../door';
import { Host } from '../study/host';
import { frame, told } from './frame';

interface Surface {
  readonly node: HTMLElement;
  start(): Promise<void>;
  dispose(): void;
}

export function study(surface: string, make: (host: Host) => Surface): void {
  const words = told();
  const view = make({
    door: pageDoor(words.api, words.proof),
    project: words.project,
    trans: plain,
    open: ids => location.assign(`viewer?scan=${ids.map(seg).join(',')}`),
    fillIn: (form, about) => location.assign(`forms?form=${seg(form)}&about=${seg(about)}`)
  });
  frame({ surface, told: words, middle: [], node: view.node });
  window.addEventListener('pagehide', () => view.dispose());
  void view.start();
}
