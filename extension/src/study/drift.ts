/** How scanners drift: measures of a kind over time, and beside them the settings that the protocol plans and what came. */
import { sentence } from '../door';
import { fill, h, icon } from '../dom';
import { count, figures } from '../format';
import { Chosen } from '../judging/chosen';
import { Chart, Point } from '../outliers/chart';
import { pointsOf } from '../outliers/view';
import { Limit, MeasuredKind } from '../rest';
import { Service } from '../service';
import { Host } from './host';
import { bandOf, Shift, shiftOf } from './shift';

/** Measures that are drawn. */
const MOST = 6;
/** What is drawn first where nothing has moved. */
const USUAL = ['snrd', 'efc', 'tsnr', 'gsr_y', 'fd_mean', 'dvars_std', 'fwhm_avg', 'qi_1', 'fber'];

export class DriftView {
  readonly node: HTMLElement;
  private readonly service: Service;
  private readonly kind = h('select', { class: 'la-field' });
  private readonly told = h('span', { class: 'la-two', role: 'status' });
  private readonly place = h('div', { class: 'la-drift-charts', tabindex: 0 });
  private readonly limits = h('section', { class: 'la-pad' });
  private readonly chosen: Chosen;
  private charts: Chart[] = [];
  private kinds: readonly MeasuredKind[] = [];
  private asking = new AbortController();

  constructor(private readonly host: Host) {
    const { trans } = host;
    this.service = new Service(host.door);
    this.chosen = new Chosen(host);
    this.kind.setAttribute('aria-label', trans.__('Kind'));
    this.kind.addEventListener('change', () => void this.draw());
    this.place.setAttribute('aria-label', trans.__('Measures over time'));
    const side = h('aside', { class: 'la-outliers-side', tabindex: 0, 'aria-label': trans.__('Settings') }, this.limits, this.chosen.node);
    this.node = h('div', { class: 'la-outliers la-drift' }, h('section', { class: 'la-outliers-middle', 'aria-label': trans.__('Drift') }, h('div', { class: 'la-line la-outliers-head' }, this.kind, this.told), this.place), side);
  }

  dispose(): void {
    this.asking.abort();
    this.chosen.dispose();
    this.charts.forEach(chart => chart.dispose());
  }

  /** Raises nothing: what goes wrong stands in the place of the charts. */
  async start(): Promise<void> {
    const { trans, project } = this.host;
    try {
      this.kinds = await this.service.measuredKinds(project, this.asking.signal);
    } catch (error) {
      this.instead(trans.__('The measures could not be had'), sentence(error, trans));
      return;
    }
    const names = new Map<string, number>();
    this.kinds.forEach(each => names.set(each.kind, Math.max(names.get(each.kind) ?? 0, each.n)));
    if (!names.size) {
      this.instead(trans.__('Nothing is measured yet'), trans.__('The service measures by itself, some minutes after scans came; labarchive check %1 does it now.', project));
    }
    fill(this.kind, ...[...names].sort((a, b) => b[1] - a[1]).map(([kind, n]) => h('option', { value: kind }, `${kind || trans.__('no kind')} (${count(n)})`)));
    await this.draw();
  }

  private instead(title: string, words: string): void {
    fill(this.place, h('div', { class: 'la-instead' }, h('b', {}, title), h('p', { role: 'alert' }, words)));
  }

  private async draw(): Promise<void> {
    const { trans, project } = this.host;
    this.asking.abort();
    this.asking = new AbortController();
    const { signal } = this.asking;
    const kind = this.kind.value;
    const of = this.kinds.filter(each => each.kind === kind && each.n > 1);
    try {
      const [limits, ...courses] = await Promise.all([this.service.compliance(project, kind, signal), ...of.map(each => this.service.course(project, each, signal))]);
      if (signal.aborted) {
        return;
      }
      this.tell(limits);
      const drawn = of.map((measure, n) => ({ measure, points: pointsOf(courses[n]!) })).map(each => ({ ...each, shift: shiftOf(each.points) }));
      const usual = (name: string): number => (USUAL.includes(name) ? USUAL.indexOf(name) : USUAL.length);
      drawn.sort((a, b) => Math.abs(b.shift?.by ?? 0) - Math.abs(a.shift?.by ?? 0) || usual(a.measure.metric) - usual(b.measure.metric));
      const moved = drawn.filter(each => each.shift).length;
      fill(this.told, trans.__('%1 measures, %2 shifted', of.length, moved));
      this.charts.forEach(chart => chart.dispose());
      this.charts = [];
      if (!drawn.length) {
        return;
      }
      const changes = limits.filter(limit => limit.others && limit.since).map(limit => ({ day: limit.since!, words: limit.parameter }));
      fill(this.place, ...drawn.slice(0, MOST).map(each => this.one(each.measure, each.points, each.shift, changes)));
      this.charts.forEach(chart => chart.resized());
    } catch (error) {
      if (!signal.aborted) {
        this.instead(trans.__('The measures could not be had'), sentence(error, trans));
      }
    }
  }

  private one(measure: MeasuredKind, points: readonly Point[], shift: Shift | null, changes: readonly { day: string; words: string }[]): HTMLElement {
    const { trans, open } = this.host;
    const chart = new Chart(trans, {
      chosen: point => {
        chart.mark(point.id);
        void this.chosen.show(point.id, point.name, `${measure.metric} ${figures(point.value, 3)}`);
      },
      opened: point => open([point.id])
    });
    this.charts.push(chart);
    chart.show(points, measure.unit, { band: bandOf(points.slice(0, shift?.at ?? points.length).map(point => point.value)), changes });
    const by = shift && `${shift.by > 0 ? '+' : '−'}${Math.abs(shift.by).toFixed(1)}`;
    const says = shift ? h('span', { class: 'la-shift' }, icon('warn'), trans.__('shift %1 sd since %2', by, shift.since), chart.scanners.length > 1 && ` · ${shift.scanner}`) : h('span', { class: 'la-two' }, trans.__('steady'));
    return h('section', { class: 'la-drift-one', 'aria-label': measure.metric }, h('div', { class: 'la-line' }, h('b', {}, measure.metric), h('span', { class: 'la-two' }, measure.unit), h('span', { class: 'la-end' }), says), h('div', { class: 'la-drift-chart' }, chart.node as unknown as HTMLElement));
  }

  /** The limits as a table: what was planned, what came, since when. */
  private tell(limits: readonly Limit[]): void {
    const { trans } = this.host;
    const title = h('h2', {}, trans.__('Protocol, %1', this.kind.value || trans.__('all kinds')));
    if (!limits.length) {
      fill(this.limits, title, h('p', { class: 'la-two' }, trans.__('No settings are planned for this kind: [limit.%1] in the protocol names them.', this.kind.value)));
      return;
    }
    const rows = limits.map(limit => {
      const came = limit.others ? h('b', {}, `${limit.value ?? ''}${limit.values > 1 ? ` +${limit.values - 1}` : ''}`) : trans.__('as planned');
      const signs: Record<string, [string, string]> = { exclude: ['unusable', trans.__('exclude')], warn: ['questionable', trans.__('warn')] };
      const [quality, word] = signs[limit.verdict] ?? ['usable', trans.__('as planned')];
      const sign = h('span', { class: `la-q la-q-${quality}`, role: 'img', 'aria-label': word, title: word });
      return h('tr', { class: limit.others > 0 && 'la-departs', title: limit.scanners.join(', ') }, h('th', { scope: 'row' }, limit.parameter), h('td', {}, limit.planned), h('td', {}, came), h('td', {}, limit.others ? count(limit.others) : '–'), h('td', {}, limit.since ?? ''), h('td', {}, sign));
    });
    const head = ['what', 'planned', 'came', 'scans', 'since', ''].map(word => h('th', { scope: 'col' }, word && trans.__(word)));
    fill(this.limits, title, h('table', { class: 'la-measures la-limits', 'aria-label': trans.__('Settings that the protocol plans') }, h('thead', {}, h('tr', {}, ...head)), h('tbody', {}, ...rows)));
  }
}
