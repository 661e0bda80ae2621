import { TranslationBundle } from '@jupyterlab/translation';
import { h, icon } from './dom';
import { about, clock, count, parted } from './format';
import { Live } from './live';
import { Model } from './model';
import { Work } from './rest';
import { Problem } from './door';

/** A state of the tree that is not a tree: why, and the way out. */
interface State {
  picture: string;
  title: string;
  words: string;
  ways?: { label: string; main?: boolean; go: () => void }[];
}

/** What stands in the tree's place; null where the tree can be shown. */
export function stateOf(model: Model, live: Live, trans: TranslationBundle, out: Without): HTMLElement | null {
  const problem = model.problem ?? live.problem;
  if (problem && !(model.sessions && problem.offline)) {
    return card(refused(problem, live, trans, out));
  }
  if (!live.hello) {
    return null;
  }
  if (live.projects.length === 0) {
    return card(live.hello.admin ? firstRun(trans) : nothingOpen(trans));
  }
  if (model.sessions && model.sessions.length === 0) {
    return card(model.q ? noMatch(model, trans, out) : nothingRead(model, live, trans, out));
  }
  return null;
}

/** What a way out does. */
export interface Without {
  /** How many scans there would be without each term, once that is known. */
  readonly terms: readonly { term: string; count: number }[];
  drop(term: string): void;
  again(): void;
  /** Look again at the project's folders. */
  index(): void;
}

function refused(problem: Problem, live: Live, trans: TranslationBundle, out: Without): State {
  const again = { label: trans.__('Try now'), main: true, go: () => out.again() };
  if (problem.offline) {
    const since = live.offlineSince ? trans.__('Since %1. ', clock(live.offlineSince)) : '';
    const words = since + (problem.hint || trans.__('It is asked again by itself; nothing is lost.'));
    return { picture: 'warn', title: trans.__('The archive doesn’t answer'), words, ways: [again] };
  }
  if (problem.status === 404 && live.hello) {
    const words = trans.__('It may not exist, or it isn’t open to you: the answer is the same. Signed in as %1.', live.hello.who);
    return { picture: 'eye', title: trans.__('Nothing here for you'), words, ways: [again] };
  }
  return { picture: 'warn', title: problem.message || trans.__('The archive cannot be read'), words: problem.hint, ways: [again] };
}

function firstRun(trans: TranslationBundle): State {
  return {
    picture: 'folder',
    title: trans.__('Where are your images?'),
    words: trans.__(
      'Nothing is moved, renamed or written there. In a terminal: labarchive index FOLDER --project NAME. A first look at 600 sessions takes about 4 minutes.'
    )
  };
}

function nothingOpen(trans: TranslationBundle): State {
  const words = trans.__('Ask an owner to add you; it works at once, no new sign-in.');
  return { picture: 'project', title: trans.__('No project is open to you'), words };
}

function nothingRead(model: Model, live: Live, trans: TranslationBundle, out: Without): State {
  const { project } = model;
  const work = live.hello?.work.find(each => each.project === project);
  if (work) {
    return { picture: 'folder', title: trans.__('Reading the folders of %1', project), words: progress(work, trans) };
  }
  const may = live.projects.find(each => each.project === project)?.verbs.includes('import');
  const words = trans.__('Its folders hold no image, or were not looked at. A new one: labarchive index FOLDER --project %1', project);
  const ways = may ? [{ label: trans.__('Index Now'), main: true, go: () => out.index() }] : [];
  return { picture: 'folder', title: trans.__('Nothing read yet'), words, ways };
}

/** How far an index run is: `1,234 of 5,678 files · about 2 min left`. */
export function progress({ kind, done, found, walked, seconds_left: left }: Work, trans: TranslationBundle): string {
  if (!found) {
    return trans.__('just begun');
  }
  const amounts: [string, string] = [count(done), count(found)];
  const far =
    kind === 'headers'
      ? trans.__('%1 of %2 headers', ...amounts)
      : walked
        ? trans.__('%1 of %2 files', ...amounts)
        : trans.__('%1 of %2 files and more', ...amounts);
  return left === null ? far : `${far} · ${trans.__('about %1 left', about(left))}`;
}

function noMatch(model: Model, trans: TranslationBundle, out: Without): State {
  const ways = out.terms.slice(0, 3).map(({ term, count: n }) => ({
    label: trans.__('Drop %1: %2', term, parted(trans._n('%1 scan', '%1 scans', n))),
    go: () => out.drop(term)
  }));
  const words = out.terms.length > 1 ? trans.__('Together they leave nothing. Without one of them:') : '';
  return { picture: 'search', title: trans.__('No scan is %1', model.q), words, ways };
}

function card({ picture, title, words, ways }: State): HTMLElement {
  const buttons = (ways ?? []).map(({ label, main, go }) =>
    h('button', { type: 'button', class: `la-btn${main ? ' la-main' : ''}`, onclick: go }, label)
  );
  return h(
    'div',
    { class: 'la-empty' },
    icon(picture),
    h('h3', {}, title),
    words !== '' && h('p', {}, words),
    buttons.length > 0 && h('div', { class: 'la-ways' }, ...buttons)
  );
}
