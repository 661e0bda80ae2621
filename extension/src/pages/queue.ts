/** The rating queue as a page of the service: no kernel, no Lab. */
import { pageDoor, plain } from '../door';
import { QueueAsking } from '../queue/asking';
import { QueueView } from '../queue/view';
import { frame, told } from './frame';

const words = told();
const door = pageDoor(words.api, words.proof);
const view = new QueueView({ door, project: words.project, who: words.who, trans: plain, signIn: `${words.home}login` });
const asking = new QueueAsking(door, words.project, view, plain);
frame({ surface: 'queue', told: words, middle: asking.parts, node: view.node });
document.addEventListener('keydown', event => event.target === document.body && view.onKey(event));
window.addEventListener('pagehide', () => view.dispose());
window.addEventListener('beforeunload', event => view.unsaved && event.preventDefault());
void asking.start(new URLSearchParams(location.search).get('q') ?? '');
