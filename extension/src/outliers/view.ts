/** Which scans depart from the others: one measure over time, and beside it whoever departs in anything. */
import { sentence } from '../door';
import { fill, h } from '../dom';
import { count } from '../format';
import { Chosen } from '../judging/chosen';
import { Course, MeasuredKind } from '../rest';
import { Service } from '../service';
import { Host } from '../study/host';
import { Chart, Point } from './chart';

export class OutliersView {
  readonly node: HTMLElement;
  private readonly service: Service;
  private readonly kind = h('select', { class: 'la-field' });
  private readonly metric = h('select', { class: 'la-field' });
  private readonly told = h('span', { class: 'la-two', role: 'status' });
  private readonly scanners = h('div', { class: 'la-line la-two' });
  private readonly chart: Chart;
  private readonly place: HTMLElement;
  private readonly chosen: Chosen;
  private readonly list = h('ul', { class: 'la-out-list' });
  private kinds: readonly MeasuredKind[] = [];
  private points: readonly Point[] = [];
  private asking = new AbortController();

  constructor(private readonly host: Host) {
    const { trans } = host;
    this.service = new Service(host.door);
    this.chosen = new Chosen(host);
    this.chart = new Chart(trans, { chosen: point => void this.choose(point), opened: point => host.open([point.id]) });
    this.kind.setAttribute('aria-label', trans.__('Kind'));
    this.metric.setAttribute('aria-label', trans.__('Measure'));
    this.kind.addEventListener('change', () => this.offer());
    this.metric.addEventListener('change', () => void this.draw());
    this.place = h('div', { class: 'la-chart-of' }, this.chart.node as unknown as HTMLElement);
    const middle = h(
      'section',
      { class: 'la-outliers-middle', 'aria-label': trans.__('One measure over time') },
      h('div', { class: 'la-line la-outliers-head' }, this.kind, this.metric, this.told, h('span', { class: 'la-end' }), this.scanners),
      this.place,
      h('p', { class: 'la-two la-outliers-keys' }, trans.__('Arrows go from scan to scan, with Shift to the next that departs; Enter opens it. The line is the scanner’s median.'))
    );
    const aside = h(
      'aside',
      { class: 'la-outliers-side', tabindex: 0, 'aria-label': trans.__('Who departs') },
      this.chosen.node,
      h('section', { class: 'la-pad' }, h('h2', {}, trans.__('Departing here, the farthest first')), this.list)
    );
    this.node = h('div', { class: 'la-outliers' }, middle, aside);
  }

  dispose(): void {
    this.asking.abort();
    this.chosen.dispose();
    this.chart.dispose();
  }

  /** Raises nothing: what goes wrong stands in the place of the chart. */
  async start(): Promise<void> {
    const { trans, project } = this.host;
    try {
      this.kinds = await this.service.measuredKinds(project, this.asking.signal);
    } catch (error) {
      this.instead(h('b', {}, trans.__('The measures could not be had')), h('p', { role: 'alert' }, sentence(error, trans)));
      return;
    }
    if (!this.kinds.length) {
      this.instead(h('b', {}, trans.__('Nothing is measured yet')), h('p', {}, trans.__('The service measures by itself, some minutes after scans came; labarchive check %1 does it now.', project)));
      return;
    }
    const outliers = new Map<string, number>();
    this.kinds.forEach(each => outliers.set(each.kind, Math.max(outliers.get(each.kind) ?? 0, each.outliers)));
    fill(this.kind, ...[...outliers].sort((a, b) => b[1] - a[1]).map(([kind]) => h('option', { value: kind }, kind || trans.__('no kind'))));
    this.offer();
  }

  private instead(...words: HTMLElement[]): void {
    fill(this.place, h('div', { class: 'la-instead' }, ...words));
  }

  private get of(): MeasuredKind[] {
    return this.kinds.filter(each => each.kind === this.kind.value);
  }

  private offer(): void {
    const { trans } = this.host;
    fill(this.metric, ...this.of.map((each, n) => h('option', { value: n }, `${each.metric}${each.tool === 'labarchive' ? '' : `, ${each.tool}`}${each.outliers ? `  ▲ ${each.outliers}` : ''}`)));
    fill(this.told, trans.__('%1 measures', this.of.length));
    void this.draw();
  }

  private async draw(): Promise<void> {
    const { trans, project } = this.host;
    const one = this.of[Number(this.metric.value)];
    if (!one) {
      return;
    }
    this.asking.abort();
    this.asking = new AbortController();
    const { signal } = this.asking;
    try {
      const columns = await this.service.course(project, one, signal);
      if (signal.aborted) {
        return;
      }
      this.points = pointsOf(columns);
      fill(this.place, this.chart.node as unknown as HTMLElement);
      this.chart.show(this.points, one.unit);
      const out = this.points.filter(point => point.departs).sort((a, b) => Math.abs(b.z ?? 0) - Math.abs(a.z ?? 0));
      fill(this.told, trans.__('%1 scans, %2 depart', count(this.points.length), out.length));
      const signs = ['●', '■', '▲', '◆', '✚'];
      fill(this.scanners, ...this.chart.scanners.map((scanner, n) => h('span', {}, `${signs[n % signs.length]} ${scanner || trans.__('scanner not told')}`)));
      const empty = h('li', { class: 'la-two' }, trans.__('None of these scans departs in this measure'));
      fill(this.list, ...(out.length ? out.map(point => this.item(point)) : [empty]));
      if (out[0]) {
        void this.choose(out[0]);
      } else {
        this.chosen.clear();
      }
    } catch (error) {
      if (!signal.aborted) {
        this.instead(h('b', {}, trans.__('The measures could not be had')), h('p', { role: 'alert' }, sentence(error, trans)));
      }
    }
  }

  private item(point: Point): HTMLElement {
    const words = `${point.name}  ${(point.z ?? 0) > 0 ? '▲' : '▼'} ${Math.abs(point.z ?? 0).toFixed(1)}`;
    return h('li', {}, h('button', { type: 'button', class: 'la-link', onclick: () => void this.choose(point), ondblclick: () => this.host.open([point.id]) }, words));
  }

  /** A scan beside the chart. */
  private choose(point: Point): Promise<void> {
    this.chart.mark(point.id);
    return this.chosen.show(point.id, point.name, point.acquired);
  }
}

export function pointsOf(of: Course): Point[] {
  return (of['scan_id'] ?? []).map((id, n) => {
    const z = of['z']?.[n];
    return {
      id: String(id),
      name: ['subject', 'session', 'name'].map(name => of[name]?.[n]).filter(Boolean).join(' / '),
      scanner: String(of['scanner']?.[n] ?? ''),
      acquired: String(of['acquired']?.[n] ?? ''),
      value: Number(of['value']?.[n]),
      middle: Number(of['middle']?.[n]),
      z: typeof z === 'number' ? z : null,
      departs: of['departs']?.[n] === true
    };
  });
}
