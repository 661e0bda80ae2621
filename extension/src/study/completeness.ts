/** What a study planned beside what came: subjects down, visits across; a gap is what the eye finds. */
import { sentence } from '../door';
import { fill, h, shape } from '../dom';
import { count } from '../format';
import { Chosen } from '../judging/chosen';
import { Protocol } from '../rest';
import { Service } from '../service';
import { GridView } from './grid';
import { Host } from './host';
import { planning } from './planning';
import { Cell, csvOf, Grid, gridOf, isDue, isGap, isHere, SubjectRow } from './visits';

/** Days in which a visit is due soon. */
const SOON = 30;
type Shown = 'all' | 'gaps' | 'soon';

export class CompletenessView {
  readonly node: HTMLElement;
  private readonly service: Service;
  private readonly figures = h('div', { class: 'la-stats' });
  private readonly filters = h('span', { class: 'la-seg', role: 'group' });
  private readonly place = h('div', { class: 'la-visits-of' });
  private readonly side = h('aside', { class: 'la-outliers-side', tabindex: 0 });
  private readonly grid: GridView;
  private readonly chosen: Chosen;
  private readonly sized: ResizeObserver;
  private asking = new AbortController();
  private protocol: Protocol | null = null;
  private found: Grid = { columns: [], subjects: [] };
  private shown: Shown = 'all';
  /** The project's stable id, and what one may do in it through this door. */
  private about: { readonly id: string; readonly verbs: readonly string[] } = { id: '', verbs: [] };

  constructor(private readonly host: Host) {
    const { trans } = host;
    this.service = new Service(host.door);
    this.chosen = new Chosen(host);
    this.grid = new GridView(trans, { chosen: (row, cell) => this.choose(row, cell), opened: cell => this.opened(cell) });
    this.side.setAttribute('aria-label', trans.__('The visit that is chosen'));
    this.filters.setAttribute('aria-label', trans.__('Show'));
    const csv = h('button', { type: 'button', class: 'la-btn', title: trans.__('What is shown, as a table'), onclick: () => this.save() }, 'CSV');
    const head = h('div', { class: 'la-line la-outliers-head' }, this.figures, h('span', { class: 'la-end' }), this.filters, csv);
    const legend = h(
      'div',
      { class: 'la-line la-two la-legend' },
      ...['usable', 'questionable', 'unusable', 'unreviewed'].map(quality => h('span', {}, shape(quality, ''), ` ${trans.__(quality)}`)),
      h('span', {}, h('span', { class: 'la-miss', 'aria-hidden': 'true' }), ` ${trans.__('missing')}`),
      h('span', {}, h('span', { class: 'la-due', 'aria-hidden': 'true' }), ` ${trans.__('due later')}`),
      h('span', {}, h('span', { class: 'la-off', 'aria-hidden': 'true' }, '+9 d'), ` ${trans.__('out of window')}`),
      h('span', { class: 'la-end' }, trans.__('Arrows move, Enter opens, J and K go from gap to gap'))
    );
    this.sized = new ResizeObserver(() => this.grid.resized());
    this.sized.observe(this.place);
    this.node = h('div', { class: 'la-outliers la-completeness' }, h('section', { class: 'la-outliers-middle', 'aria-label': trans.__('Visits by subject') }, head, this.place, legend), this.side);
  }

  dispose(): void {
    this.asking.abort();
    this.chosen.dispose();
    this.sized.disconnect();
  }

  /** Raises nothing: what goes wrong stands in the place of the grid. */
  async start(): Promise<void> {
    const { trans, project } = this.host;
    this.asking.abort();
    this.asking = new AbortController();
    const { signal } = this.asking;
    try {
      const [row, protocol] = await Promise.all([this.service.one(project, 'project', '', signal), this.service.protocol(project, signal)]);
      this.about = { id: String(row['project_id']), verbs: row['verbs'] as string[] };
      this.protocol = protocol;
      this.node.classList.toggle('la-planning', !protocol.visits.length);
      if (!protocol.visits.length) {
        await this.begin(signal);
        return;
      }
      const rows = await this.service.visits(project, signal);
      this.found = gridOf(rows, this.protocol.visits.map(visit => visit.visit));
      this.draw();
    } catch (error) {
      if (!signal.aborted) {
        fill(this.place, h('div', { class: 'la-instead' }, h('b', {}, trans.__('The visits could not be had')), h('p', { role: 'alert' }, sentence(error, trans))));
      }
    }
  }

  /** No visit is planned: a first protocol of what is there, to be changed and taken. */
  private async begin(signal: AbortSignal): Promise<void> {
    const { trans, project } = this.host;
    const text = this.protocol?.text || (await this.service.protocolDraft(project, signal));
    const take = async (protocol: string): Promise<void> => {
      await this.service.say(project, [{ verb: 'protocol', about: this.about.id, payload: { text: protocol } }]);
      await this.start();
    };
    const node = planning(text, project, trans, this.about.verbs.includes('label') ? take : null);
    fill(this.place, node);
    fill(this.side, h('section', { class: 'la-pad' }, h('h2', {}, trans.__('What a protocol is')), h('p', {}, trans.__('The visits that every subject should have, the kinds of scans of each, and the settings that scanners should keep. What is missing is then seen here, and drift on the page beside.'))));
  }

  private get rows(): SubjectRow[] {
    const soon = (cell: Cell | undefined): boolean => cell !== undefined && isSoon(cell);
    const { subjects } = this.found;
    return this.shown === 'gaps' ? subjects.filter(row => row.gaps) : this.shown === 'soon' ? subjects.filter(row => row.cells.some(soon)) : [...subjects];
  }

  private draw(): void {
    const { trans } = this.host;
    const cells = this.found.subjects.flatMap(row => row.cells.filter(cell => cell !== undefined));
    const due = cells.filter(isDue);
    const here = due.filter(isHere);
    const off = new Set(this.found.subjects.flatMap(row => row.cells.filter(cell => cell?.off).map(cell => `${row.id} ${cell!.visit}`)));
    const soon = cells.filter(isSoon);
    const figure = (value: string, words: string): HTMLElement => h('div', { class: 'la-stat' }, h('b', {}, value), h('span', {}, words));
    fill(
      this.figures,
      figure(due.length ? `${Math.floor((100 * here.length) / due.length)} %` : '–', trans.__('of %1 due are here', count(due.length))),
      figure(count(cells.filter(cell => cell.status === 'missing' || cell.status === 'missed').length), trans.__('missing')),
      figure(count(cells.filter(cell => cell.status === 'unusable').length), trans.__('unusable')),
      figure(count(off.size), trans.__('visits out of window')),
      figure(count(soon.length), trans.__('due in %1 days', SOON))
    );
    const gaps = this.found.subjects.filter(row => row.gaps).length;
    const words: Record<Shown, string> = { all: trans.__('All %1', this.found.subjects.length), gaps: trans.__('Gaps %1', gaps), soon: trans.__('Due soon') };
    fill(this.filters, ...(Object.keys(words) as Shown[]).map(each => h('button', { type: 'button', class: 'la-seg-btn', 'aria-pressed': String(each === this.shown), onclick: () => this.filter(each) }, words[each])));
    const rows = this.rows;
    if (!rows.length) {
      fill(this.place, h('div', { class: 'la-instead' }, h('b', {}, this.shown === 'gaps' ? trans.__('Nothing that is due is missing') : trans.__('Nothing here'))));
      return;
    }
    if (!this.place.contains(this.grid.node)) {
      fill(this.place, this.grid.node);
    }
    this.grid.show(this.found, rows, this.titles());
    if (!this.side.childElementCount) {
      fill(this.side, h('p', { class: 'la-pad la-two' }, trans.__('Choose a cell to see its visit')));
    }
  }

  private titles(): Map<string, string> {
    return new Map(
      this.protocol?.visits.map(({ visit, day, low, high }) => {
        const even = day - low === high - day;
        return [visit, day === 0 ? this.host.trans.__('day 0') : even ? `${day} ± ${day - low} d` : `${low} to ${high} d`];
      })
    );
  }

  private filter(shown: Shown): void {
    this.shown = shown;
    this.draw();
    this.filters.querySelectorAll('button')[(['all', 'gaps', 'soon'] as const).indexOf(shown)]?.focus();
  }

  private choose(row: SubjectRow, cell: Cell): void {
    const { trans } = this.host;
    const of = row.cells.filter(each => each?.visit === cell.visit).map(each => each!);
    const word = (each: Cell): HTMLElement => h('td', {}, shapeOf(each), ` ${trans.__(each.status)}`);
    const lines = of.map(each => h('tr', { 'aria-current': each === cell && 'true' }, h('th', { scope: 'row' }, each.what), word(each)));
    const planned = cell.due ? trans.__('Planned %1, from %2 to %3', cell.due, cell.opens, cell.closes) : trans.__('Nobody says on which day the subject began');
    const came = cell.came ? (cell.off ? trans.__('came %1, %2 d %3', cell.came, Math.abs(cell.off), cell.off > 0 ? trans.__('late') : trans.__('early')) : trans.__('came %1', cell.came)) : cell.sessionId ? trans.__('came, without a date') : trans.__('did not come');
    const called = cell.session && cell.session !== cell.visit ? trans.__('as session %1', cell.session) : '';
    fill(
      this.side,
      h('section', { class: 'la-pad' }, h('h2', { class: 'la-mono' }, `${row.subject} / ${cell.visit}`), h('p', { class: 'la-two' }, [planned, came, called].filter(Boolean).join('; ')), h('table', { class: 'la-measures' }, h('tbody', {}, ...lines)), this.about.verbs.includes('label') && this.note(row, cell)),
      cell.isForm && cell.sessionId && this.host.fillIn && h('p', { class: 'la-pad' }, h('button', { type: 'button', class: 'la-btn', onclick: () => this.opened(cell) }, trans.__('Fill it in'))),
      cell.scan ? this.chosen.node : h('p', { class: 'la-pad la-two' }, isGap(cell) ? trans.__('There is no %1 of this visit', cell.what) : !cell.isForm && trans.__('No picture'))
    );
    if (cell.scan) {
      void this.chosen.show(cell.scan, `${row.subject} / ${cell.visit} / ${cell.what}`, trans.__(cell.status));
    } else {
      this.chosen.clear();
    }
  }

  private opened(cell: Cell): void {
    if (cell.scan) {
      this.host.open([cell.scan]);
    } else if (cell.isForm && cell.sessionId) {
      this.host.fillIn?.(cell.what, cell.sessionId);
    }
  }

  /** Why a visit is late, or what is known of a gap: a note about the session, or about the subject where there is none. */
  private note(row: SubjectRow, cell: Cell): HTMLElement {
    const { trans, project } = this.host;
    const field = h('input', { class: 'la-field', type: 'text', maxlength: 400, 'aria-label': trans.__('Note'), placeholder: trans.__('Say why') });
    const told = h('span', { class: 'la-two', role: 'status' });
    const form = h('form', { class: 'la-line la-why' }, field, h('button', { class: 'la-btn' }, trans.__('Save the note')), told);
    form.addEventListener('submit', event => {
      event.preventDefault();
      const words = field.value.trim();
      if (!words) {
        return;
      }
      const note = cell.sessionId ? words : `${cell.visit}: ${words}`;
      this.service.say(project, [{ verb: 'note', about: cell.sessionId || row.id, payload: { note } }]).then(
        () => fill(told, trans.__('Saved')),
        (error: unknown) => fill(told, sentence(error, trans))
      );
    });
    return form;
  }

  private save(): void {
    const link = h('a', { href: URL.createObjectURL(new Blob([csvOf(this.rows)], { type: 'text/csv' })), download: `${this.host.project}-visits.csv` });
    link.click();
    URL.revokeObjectURL(link.href);
  }
}

function isSoon(cell: Cell): boolean {
  const days = cell.due ? (Date.parse(cell.due) - Date.now()) / 86_400_000 : Infinity;
  return cell.status === 'due' || (cell.status === 'later' && days <= SOON);
}

function shapeOf(cell: Cell): HTMLElement {
  return ['usable', 'questionable', 'unusable', 'unreviewed'].includes(cell.status) ? shape(cell.status, '') : h('span', { class: isGap(cell) ? 'la-miss' : 'la-due', 'aria-hidden': 'true' });
}
