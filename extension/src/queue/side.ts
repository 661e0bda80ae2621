/** Beside the picture: how far the queue is, what is known of the scan, what was said of it. */
import { Words } from '../door';
import { fill, h, shape } from '../dom';
import { count } from '../format';
import { Change, QUALITIES, Row } from '../rest';
import { measuresTable } from '../judging/measures';
import { Item, qualityOf, Queue } from './queue';

/** Milliseconds that one stays at a scan before what is known of it is asked for: who rates by the second reads nothing. */
const REST = 150;

export class Side {
  private readonly progress = h('div', { class: 'la-pad' });
  private readonly facts = h('dl', { class: 'la-kv' });
  private readonly measures = h('div', {});
  private readonly history = h('ul', { class: 'la-time' });
  private readonly known: HTMLElement;
  readonly node: HTMLElement;
  private asking = new AbortController();
  private shown: Item | null = null;
  private shownSeq = -1;
  private waiting = 0;

  constructor(
    private readonly queue: () => Queue | null,
    private readonly trans: Words
  ) {
    this.known = h(
      'div',
      {},
      h('section', { class: 'la-pad' }, h('h2', {}, trans.__('Scan')), this.facts),
      h('section', { class: 'la-pad' }, h('h2', {}, trans.__('Measures')), this.measures),
      h('section', { class: 'la-pad' }, h('h2', {}, trans.__('History')), this.history)
    );
    this.node = h(
      'aside',
      { class: 'la-side', tabindex: 0, 'aria-label': trans.__('What is known') },
      this.progress,
      this.known
    );
  }

  show(title: string): void {
    const queue = this.queue();
    if (!queue) {
      return;
    }
    this.tell(queue, title);
    const { item } = queue;
    this.known.hidden = !item;
    if (item !== this.shown || (item && item.seq !== this.shownSeq)) {
      this.shown = item;
      this.shownSeq = item?.seq ?? -1;
      this.asking.abort();
      window.clearTimeout(this.waiting);
      this.waiting = window.setTimeout(() => void this.learn(queue, item), REST);
    }
  }

  private tell(queue: Queue, title: string): void {
    const { trans } = this;
    const { tally, items } = queue;
    const total = items.length || 1;
    const bars = QUALITIES.slice(0, 3).map(quality => {
      const bar = h('i', { class: `la-bar-${quality}` });
      bar.style.width = `${(100 * (tally[quality] ?? 0)) / total}%`;
      return bar;
    });
    const counts = QUALITIES.map(quality => h('span', {}, shape(quality, ''), ' ', count(tally[quality] ?? 0)));
    const label = trans.__('%1 scans: %2 usable, %3 questionable, %4 unusable, %5 left', items.length, tally['usable'], tally['questionable'], tally['unusable'], tally['unreviewed']);
    const rated = items.length - (tally['unreviewed'] ?? 0);
    fill(
      this.progress,
      h('div', { class: 'la-line' }, h('h2', {}, title), h('span', { class: 'la-two la-end' }, trans.__('%1 of %2', count(rated), count(items.length)))),
      h('div', { class: 'la-bar', role: 'img', 'aria-label': label }, ...bars),
      h('div', { class: 'la-line la-counts' }, ...counts, h('span', { class: 'la-end' }, this.pace(queue, tally['unreviewed'] ?? 0)))
    );
  }

  private pace(queue: Queue, left: number): string {
    const { pace } = queue;
    if (!pace || !left) {
      return '';
    }
    const minutes = left / pace;
    const time = minutes < 1 ? this.trans.__('less than a minute left') : minutes < 90 ? this.trans.__('about %1 min left', Math.round(minutes)) : this.trans.__('about %1 h left', Math.round(minutes / 60));
    return this.trans.__('%1 a minute · %2', Math.round(pace), time);
  }

  private async learn(queue: Queue, item: Item | null): Promise<void> {
    this.asking = new AbortController();
    const { signal } = this.asking;
    if (!item) {
      fill(this.facts);
      fill(this.measures);
      fill(this.history);
      return;
    }
    try {
      const { service, project } = queue.archive;
      const [row, events] = await Promise.all([service.one(project, 'scan', item.id, signal), service.history(project, 'scan', item.id, signal)]);
      if (!signal.aborted) {
        fill(this.facts, ...facts(row, this.trans));
        fill(this.history, ...this.told(item, events, row));
      }
      const measures = await service.measures(project, item.id, signal);
      if (!signal.aborted) {
        fill(this.measures, measuresTable(measures, false, this.trans));
      }
    } catch {
      // what is known of it is shown when somebody answers again; the picture and the keys go on
    }
  }

  private told(item: Item, events: Change[], row: Row): HTMLElement[] {
    const { trans } = this;
    const undone = new Set(events.filter(event => event.undone).map(event => event.seq));
    const entries = events
      .filter(event => event.verb === 'rating')
      .filter(event => qualityOf(item) || event.who === this.me)
      .map(event => entry(event, undone.has(event.seq), this.me, trans));
    const hidden = !qualityOf(item) && item.others;
    const others = hidden ? [h('li', {}, dot(), h('b', {}, trans.__('rated by %1 other', item.others)), two(trans.__('shown when you have saved yours')))] : [];
    const indexed = h('li', {}, dot(), row['n_files'] === 1 ? trans.__('1 file') : trans.__('%1 files', count(Number(row['n_files'] ?? 0))), two(day(row['acquired'])));
    return [...others, ...entries, indexed];
  }

  me = '';
}

function entry(event: Change, undone: boolean, me: string, trans: Words): HTMLElement {
  const said = (event.payload ?? {}) as Row;
  const quality = String(said['quality'] ?? '');
  const reason = Array.isArray(said['reason']) ? said['reason'].join(', ') : String(said['reason'] ?? '');
  const words = [quality, reason, said['confidence'] === 'unsure' ? trans.__('unsure') : '', String(said['note'] ?? '')].filter(Boolean).join(' · ');
  const who = event.who === me ? trans.__('you') : event.who;
  const seconds = said['seconds'] ? `${Number(said['seconds'])} s · ` : '';
  const sign = undone ? dot() : shape(quality, '');
  return h('li', {}, sign, h(undone ? 'del' : 'b', {}, words), two(`${who} · ${seconds}${day(event.at)} ${clock(event.at)}${undone ? ` · ${trans.__('taken back')}` : ''}`));
}

function facts(row: Row, trans: Words): HTMLElement[] {
  const number = (value: unknown, unit = ''): string => (value === null || value === undefined ? '' : `${Number(Number(value).toPrecision(4)).toLocaleString('en-US')}${unit && ` ${unit}`}`);
  const voxel = Array.isArray(row['voxel']) && row['voxel'].some(Boolean) ? `${row['voxel'].map(edge => Number(Number(edge).toPrecision(3))).join(' × ')} mm` : '';
  const size = [row['columns'], row['rows'], row['frames'] ?? row['n_files']].filter(Boolean).join(' × ');
  const shown: [string, string][] = [
    [trans.__('described as'), String(row['description'] ?? '')],
    [trans.__('series'), row['number'] === null || row['number'] === undefined ? '' : String(row['number'])],
    [trans.__('scanner'), [row['station'] ?? row['model'], row['field_strength'] && `${Number(row['field_strength'])} T`].filter(Boolean).join(', ')],
    [trans.__('matrix'), size],
    [trans.__('voxel'), voxel],
    ['TR, TE, TI', ['tr', 'te', 'ti'].map(name => number(row[name])).filter(Boolean).join(', ') && `${['tr', 'te', 'ti'].map(name => number(row[name])).filter(Boolean).join(', ')} ms`],
    [trans.__('tags'), Array.isArray(row['tags']) ? row['tags'].join(', ') : ''],
    [trans.__('note'), String(row['note'] ?? '')]
  ];
  return shown.filter(([, value]) => value).flatMap(([name, value]) => [h('dt', {}, name), h('dd', { title: value }, value)]);
}

function two(text: string): HTMLElement {
  return h('span', { class: 'la-two' }, h('br'), text);
}

function dot(): HTMLElement {
  return h('span', { class: 'la-dot', 'aria-hidden': 'true' });
}

function day(time: unknown): string {
  return String(time ?? '').slice(0, 10);
}

function clock(time: string): string {
  return time.slice(11, 16);
}
