/** How those who rate agree, what each of them says, and the scans in dispute, which one who did not rate them settles. */
import { sentence, Words } from '../door';
import { fill, h, icon, settled, shape } from '../dom';
import { count } from '../format';
import { JudgingArchive } from '../judging/archive';
import { Agreement, Dispute, FormItem, RaterPair } from '../rest';
import { Service } from '../service';
import { Host } from './host';

const QUALITIES = ['usable', 'questionable', 'unusable'] as const;
/** Kappa that is asked of raters. */
const ENOUGH = 0.6;
type Rater = Agreement['raters'][number];
type Estimate = RaterPair['kappa'];

export class RatersView {
  readonly node: HTMLElement;
  private readonly service: Service;
  private readonly judging: JudgingArchive;
  private readonly q = h('input', { class: 'la-field la-find', type: 'search', placeholder: 'kind:T1w acquired:2026', autocomplete: 'off', spellcheck: 'false' });
  private readonly told = h('p', { class: 'la-two', role: 'status' });
  private readonly figures = h('div', { class: 'la-stats' });
  private readonly place = h('div', { class: 'la-raters-tables', tabindex: 0 });
  private readonly side: HTMLElement;
  private readonly list = h('ul', { class: 'la-disputes' });
  private readonly heading = h('h2', {});
  private asking = new AbortController();
  private reasons: FormItem['choices'] = [];
  private found: Agreement | null = null;
  /** Scan -> the numbers under which it was settled here, to be taken back. */
  private readonly mine = new Map<string, number[]>();

  constructor(private readonly host: Host) {
    const { trans } = host;
    this.service = new Service(host.door);
    this.judging = new JudgingArchive(host.door, host.project);
    this.q.setAttribute('aria-label', trans.__('Which scans'));
    this.q.addEventListener('input', settled(300, () => void this.start()));
    this.place.setAttribute('aria-label', trans.__('Raters'));
    this.side = h('aside', { class: 'la-outliers-side', tabindex: 0, 'aria-label': trans.__('Disputes') }, h('section', { class: 'la-pad' }, this.heading, h('p', { class: 'la-two' }, trans.__('Names are hidden until you settle. Who rated a scan cannot settle it.')), this.told), this.list);
    const head = h('div', { class: 'la-line la-outliers-head' }, this.figures, h('span', { class: 'la-end' }), this.q);
    this.node = h('div', { class: 'la-outliers la-raters' }, h('section', { class: 'la-outliers-middle', 'aria-label': trans.__('Agreement') }, head, this.place), this.side);
  }

  dispose(): void {
    this.asking.abort();
  }

  /** Raises nothing: what goes wrong stands in the place of the tables. */
  async start(): Promise<void> {
    const { trans, project } = this.host;
    this.asking.abort();
    this.asking = new AbortController();
    const { signal } = this.asking;
    this.place.setAttribute('aria-busy', 'true');
    try {
      this.reasons = this.reasons.length ? this.reasons : ((await this.judging.form()).items.find(item => item.name === 'reason')?.choices ?? []);
      this.found = await this.service.agreement(project, this.q.value.trim(), signal);
      this.draw(this.found);
    } catch (error) {
      if (signal.aborted) {
        return;
      }
      fill(this.place, h('div', { class: 'la-instead' }, h('b', {}, trans.__('The ratings could not be had')), h('p', { role: 'alert' }, sentence(error, trans))));
    }
    this.place.setAttribute('aria-busy', 'false');
  }

  private draw(found: Agreement): void {
    const { trans } = this.host;
    const open = found.disputes.filter(each => !each.settled);
    fill(this.heading, trans.__('Disputes: %1 open, %2 settled', open.length, found.disputes.length - open.length));
    const first = found.pairs[0];
    const figure = (value: string, words: string): HTMLElement => h('div', { class: 'la-stat' }, h('b', {}, value), h('span', {}, words));
    fill(
      this.figures,
      ...(first
        ? [
            figure(two(first.fail), trans.__('kappa of unusable, %1 and %2', first.one, first.other)),
            figure(two(first.weighted), trans.__('weighted kappa')),
            figure(two(first.ac2), 'AC2'),
            figure(first.percent.value === null ? '–' : `${Math.round(100 * first.percent.value)} %`, trans.__('equal')),
            figure(count(first.n), trans.__('rated by both'))
          ]
        : []),
      figure(count(open.length), trans.__('disputes open'))
    );
    if (!found.raters.length) {
      fill(this.place, h('div', { class: 'la-instead' }, h('b', {}, trans.__('Nobody has rated these scans yet')), h('p', {}, trans.__('The queue is where scans are rated.'))));
    } else {
      fill(this.place, ratersTable(found.raters, found.pairs, trans), pairsTable(found.pairs, trans), first && counts(first, trans));
    }
    fill(this.list, ...(found.disputes.length ? found.disputes.map(dispute => this.dispute(dispute)) : [h('li', { class: 'la-pad la-two' }, trans.__('No two say differently of a scan'))]));
  }

  private dispute(of: Dispute): HTMLElement {
    const { trans, open, project } = this.host;
    const name = [of.subject, of.session, of.name].filter(Boolean).join(' / ');
    const picture = h('span', { class: 'la-dispute-picture la-room' });
    const says = of.said.map((each, n) => h('p', {}, shape(each.quality, ''), ` ${'ABCDEFGH'[n] ?? '?'}: ${[trans.__(each.quality), each.reason, each.confidence === 'unsure' && trans.__('unsure'), each.note].filter(Boolean).join(', ')}`));
    const reason = h('select', { class: 'la-field', 'aria-label': trans.__('Reason') }, h('option', { value: '' }, trans.__('reason')), ...this.reasons.map(each => h('option', { value: each.code }, each.label)));
    const keys = QUALITIES.map((quality, n) => h('button', { type: 'button', class: 'la-btn', disabled: of.mine, title: of.mine ? trans.__('You rated it; somebody else settles') : trans.__('%1 settles it', quality), onclick: () => void this.settle(of, quality, reason) }, shape(quality, quality), h('kbd', { 'aria-hidden': 'true' }, n + 1)));
    const undo = this.mine.get(of.scan_id);
    const verdict = of.settled ? h('div', { class: 'la-line' }, h('b', {}, trans.__('Settled:')), ' ', shape(of.quality, ''), ` ${trans.__(of.quality)} `, undo && h('button', { type: 'button', class: 'la-btn', onclick: () => void this.takeBack(of) }, trans.__('Undo'))) : h('div', { class: 'la-line' }, ...keys, reason);
    const item = h(
      'li',
      { class: 'la-dispute', tabindex: 0, 'data-scan': of.scan_id, 'aria-label': name },
      picture,
      h('div', {}, h('h3', { class: 'la-mono' }, name), ...says, verdict, h('button', { type: 'button', class: 'la-link', onclick: () => open([of.scan_id]) }, trans.__('Open the volume')))
    );
    item.addEventListener('keydown', event => {
      const quality = QUALITIES[Number(event.key) - 1];
      if (quality && !of.mine && !of.settled && event.target === item) {
        event.preventDefault();
        void this.settle(of, quality, reason);
      }
    });
    this.service.picture('thumbnail.webp', project, of.scan_id, this.asking.signal).then(
      blob => {
        const image = h('img', { alt: '' });
        image.addEventListener('load', () => URL.revokeObjectURL(image.src));
        image.src = URL.createObjectURL(blob);
        fill(picture, image);
      },
      () => undefined
    );
    return item;
  }

  private async settle(of: Dispute, quality: string, reason: HTMLSelectElement): Promise<void> {
    const { trans } = this.host;
    if (quality !== 'usable' && !reason.value) {
      fill(this.told, trans.__('%1 needs a reason', trans.__(quality)));
      reason.focus();
      return;
    }
    try {
      const payload = { quality, settles: true, ...(reason.value && { reason: [reason.value] }) };
      this.mine.set(of.scan_id, await this.judging.rate([of.scan_id], payload, crypto.randomUUID()));
      fill(this.told, trans.__('Settled'));
      await this.start();
    } catch (error) {
      fill(this.told, sentence(error, trans));
    }
  }

  private async takeBack(of: Dispute): Promise<void> {
    try {
      await this.judging.undo(this.mine.get(of.scan_id) ?? [], crypto.randomUUID());
      this.mine.delete(of.scan_id);
      await this.start();
    } catch (error) {
      fill(this.told, sentence(error, this.host.trans));
    }
  }
}

function two(of: Estimate): string {
  return of.value === null ? '–' : of.value.toFixed(2).replace('-', '−');
}

function ratersTable(raters: readonly Rater[], pairs: readonly RaterPair[], trans: Words): HTMLElement {
  const heads = ['rater', 'rated', 'median', 'grades', 'kappa', '95 %, dashed: 0.60', 'drift'];
  const rows = raters.map(rater => {
    const best = pairs.find(pair => pair.one === rater.who || pair.other === rater.who);
    const drift = rater.drift ? h('span', { class: 'la-shift' }, icon('warn'), trans.__('%1 since %2', trans.__(rater.drift), rater.since)) : rater.n >= 90 ? trans.__('steady') : h('span', { class: 'la-two' }, trans.__('too few to say'));
    return h('tr', {}, h('th', { scope: 'row' }, rater.who), h('td', {}, count(rater.n)), h('td', {}, rater.seconds === null ? '–' : `${rater.seconds} s`), h('td', {}, grades(rater, trans)), h('td', {}, h('b', {}, best ? two(best.weighted) : '–')), h('td', {}, best && whisker(best.weighted, trans)), h('td', {}, drift));
  });
  return table(trans.__('Raters'), heads, rows, trans);
}

function pairsTable(pairs: readonly RaterPair[], trans: Words): HTMLElement {
  if (!pairs.length) {
    return h('p', { class: 'la-two' }, trans.__('No scan was rated by two: the queue offers scans that others have rated when it is asked to.'));
  }
  const heads = ['pair', 'scans', 'equal', 'kappa', 'weighted', 'AC2', 'unusable against the rest'];
  const rows = pairs.map(pair => h('tr', {}, h('th', { scope: 'row' }, `${pair.one}, ${pair.other}`), h('td', {}, count(pair.n)), ...[pair.percent, pair.kappa, pair.weighted, pair.ac2, pair.fail].map(each => h('td', { title: each.low === null ? trans.__('It cannot be computed: one category only') : trans.__('95 %: %1 to %2', each.low.toFixed(2), each.high!.toFixed(2)) }, two(each)))));
  return table(trans.__('Pairs of raters'), heads, rows, trans);
}

function counts(pair: RaterPair, trans: Words): HTMLElement {
  const most = Math.max(1, ...pair.counts.flat());
  const rows = pair.counts.map((line, n) => {
    const cells = line.map(value => {
      const cell = h('td', { class: 'la-count' }, count(value));
      cell.style.setProperty('--share', `${Math.round((60 * value) / most)}%`);
      return cell;
    });
    return h('tr', {}, h('th', { scope: 'row' }, trans.__(QUALITIES[n]!)), ...cells);
  });
  return h('section', {}, h('h2', {}, trans.__('Where %1 and %2 differ', pair.one, pair.other)), h('p', { class: 'la-two' }, trans.__('%1 down, %2 across', pair.one, pair.other)), table(trans.__('Where two raters differ'), ['', ...QUALITIES], rows, trans));
}

function table(label: string, heads: readonly string[], rows: readonly HTMLElement[], trans: Words): HTMLElement {
  return h('table', { class: 'la-measures la-raters-table', 'aria-label': label }, h('thead', {}, h('tr', {}, ...heads.map(head => (head ? h('th', { scope: 'col' }, trans.__(head)) : h('td', {}))))), h('tbody', {}, ...rows));
}

function grades(rater: Rater, trans: Words): HTMLElement {
  const words = QUALITIES.map(quality => `${rater[quality]} ${trans.__(quality)}`).join(', ');
  const parts = QUALITIES.map(quality => {
    const part = h('i', { class: `la-grade-${quality}` });
    part.style.setProperty('width', `${(100 * rater[quality]) / Math.max(1, rater.n)}%`);
    return part;
  });
  return h('span', { class: 'la-grades', role: 'img', 'aria-label': words, title: words }, ...parts);
}

/** The interval of a kappa on a line from 0 to 1, with the mark of what is asked. */
function whisker(of: Estimate, trans: Words): HTMLElement {
  if (of.value === null || of.low === null || of.high === null) {
    return h('span', {}, '–');
  }
  const at = (value: number): string => `${100 * Math.max(0, Math.min(1, value))}%`;
  const [line, dot, mark] = [h('i', { class: 'la-whisker-line' }), h('i', { class: 'la-whisker-dot' }), h('i', { class: 'la-whisker-mark' })];
  line.style.setProperty('left', at(of.low));
  line.style.setProperty('right', `${100 - Number.parseFloat(at(of.high))}%`);
  dot.style.setProperty('left', at(of.value));
  mark.style.setProperty('left', at(ENOUGH));
  return h('span', { class: 'la-whisker', role: 'img', 'aria-label': trans.__('from %1 to %2', of.low.toFixed(2), of.high.toFixed(2)) }, line, mark, dot);
}
