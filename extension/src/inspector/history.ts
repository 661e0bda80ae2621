/** What people said of a thing, newest first; what was taken back stays, struck. */
import { TranslationBundle } from '@jupyterlab/translation';
import { fill, h, shape } from '../dom';
import { Change, QUALITIES } from '../rest';
import { time } from './facts';

export class HistoryView {
  readonly node = h('ul', { class: 'la-time' });

  constructor(
    private readonly trans: TranslationBundle,
    private readonly undone: (seq: number) => void
  ) {}

  /** `may`: whether this person may take back what was said with this verb. */
  show(events: readonly Change[], may: (verb: string) => boolean): void {
    const none = h('li', { class: 'la-two' }, this.trans.__('Nobody has said anything of it yet.'));
    const told = events.filter(event => event.verb !== 'undo');
    fill(this.node, ...(told.length ? told.map(event => this.entry(event, may(event.verb))) : [none]));
  }

  private entry(event: Change, may: boolean): HTMLElement {
    const { trans } = this;
    const back = h(
      'button',
      { type: 'button', class: 'la-link', onclick: () => this.undone(event.seq) },
      trans.__('Take back')
    );
    const words = h(event.undone ? 'del' : 'span', {}, ...this.words(event));
    const by = trans.__('by %1 · %2 · %3', event.who, time(event.at), event.door);
    return h('li', {}, dot(event), words, h('span', { class: 'la-two' }, h('br'), by, event.undone ? ` · ${trans.__('taken back')}` : ''), may && !event.undone && back);
  }

  private words({ verb, payload }: Change): (Node | string)[] {
    const { trans } = this;
    const said = (payload ?? {}) as Record<string, unknown>;
    const bold = (word: string): HTMLElement => h('b', {}, String(said[word] ?? ''));
    switch (verb) {
      case 'rating':
        return [bold('quality'), said['reason'] ? ` · ${[said['reason']].flat().join(', ')}` : ''];
      case 'label':
        return said['label'] ? [trans.__('label set to '), bold('label')] : [trans.__('label as the files say')];
      case 'kind':
        return said['kind'] ? [trans.__('kind set to '), bold('kind')] : [trans.__('kind as the rules say')];
      case 'tag':
        return [trans.__('tag '), bold('tag')];
      case 'untag':
        return [trans.__('tag taken off: '), bold('tag')];
      case 'note':
        return said['note'] ? [trans.__('note: '), bold('note')] : [trans.__('note removed')];
      case 'sealed':
        return [trans.__('rated; sealed until the others have said theirs')];
      case 'entry':
        return [trans.__('filled in '), bold('form')];
      default:
        return [verb];
    }
  }
}

function dot({ verb, payload, undone }: Change): HTMLElement {
  const quality = String((payload as Record<string, unknown> | null)?.['quality'] ?? '');
  return verb === 'rating' && !undone && (QUALITIES as readonly string[]).includes(quality) ? shape(quality, '') : h('span', { class: 'la-dot', 'aria-hidden': 'true' });
}
