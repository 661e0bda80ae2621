/** Beside the image: what each layer says at the crosshair, how each is shown, and what can be laid over it. */
import { sentence, Words } from '../door';
import { fill, h, icon } from '../dom';
import { figures } from '../format';
import { Colours, GREYS, HEATS, legend } from './colours';
import { Kind, Layer } from './layer';
import { Source } from './source';
import { Point } from './volume';

/** Something that can be laid over an image. */
export interface Candidate {
  readonly id: string;
  readonly name: string;
  source(): Source;
}

export interface LayerEvents {
  /** One is shown otherwise. */
  changed(): void;
  add(candidate: Candidate): void;
  remove(layer: Layer): void;
}

export class LayersView {
  readonly node: HTMLElement;
  private readonly values = h('dl', { class: 'la-kv' });
  private readonly list = h('ul', { class: 'la-layers' });
  private readonly adding = h('div', { class: 'la-pad la-line' });

  constructor(
    private readonly trans: Words,
    private readonly events: LayerEvents
  ) {
    this.node = h(
      'section',
      { class: 'la-layers-of', 'aria-label': trans.__('Layers and values') },
      h('div', { class: 'la-pad' }, h('h2', {}, trans.__('At the crosshair')), this.values),
      h('div', { class: 'la-pad' }, h('h2', {}, trans.__('Layers'))),
      this.list,
      this.adding
    );
    this.adding.hidden = true;
  }

  /** What can be added; those that lie there already are left out. */
  offer(candidates: readonly Candidate[], there: readonly Layer[]): void {
    const left = candidates.filter(each => !there.some(layer => layer.id === each.id));
    this.adding.hidden = left.length === 0;
    const choice = h(
      'select',
      {
        class: 'la-field',
        'aria-label': this.trans.__('Lay over it'),
        onchange: () => {
          const chosen = left.find(each => each.id === choice.value);
          chosen && this.events.add(chosen);
        }
      },
      h('option', { value: '' }, this.trans.__('Lay over it …')),
      ...left.map(each => h('option', { value: each.id }, each.name))
    );
    fill(this.adding, choice);
  }

  /** Something is on its way, or could not come. */
  say(words: string): void {
    this.adding.hidden = false;
    fill(this.adding, h('span', { role: 'status', class: 'la-two' }, words));
  }

  refuse(error: unknown): void {
    const words = error instanceof Error && error.message ? error.message : sentence(error, this.trans);
    this.adding.hidden = false;
    this.adding.append(h('span', { role: 'alert' }, words));
  }

  /** The values at a place in RAS mm. */
  tell(world: Point, voxel: Point, layers: readonly Layer[]): void {
    const { trans } = this;
    const rows = layers.flatMap(layer => {
      const value = layer.volume.at(world);
      const hidden = value !== null && layer.kind === 'map' && Math.abs(value) < layer.threshold;
      return [h('dt', {}, layer.name), h('dd', {}, h('b', {}, value === null ? trans.__('outside') : figures(value, 4)), hidden ? h('span', { class: 'la-two' }, ` ${trans.__('below the threshold')}`) : null)];
    });
    fill(this.values, h('dt', {}, trans.__('world')), h('dd', { class: 'la-mono' }, `${world.map(mm => mm.toFixed(1).replace('-', '−')).join('  ')} mm`), h('dt', {}, trans.__('voxel')), h('dd', { class: 'la-mono' }, voxel.join('  ')), ...rows);
  }

  /** The rows, what lies uppermost first. */
  show(layers: readonly Layer[]): void {
    fill(this.list, ...[...layers].reverse().map((layer, n) => this.row(layer, n === layers.length - 1)));
  }

  private row(layer: Layer, isBase: boolean): HTMLElement {
    const { trans, events } = this;
    const again = (): void => {
      row.replaceWith(this.row(layer, isBase));
      events.changed();
    };
    const shown = h('button', {
      type: 'button',
      class: 'la-btn-icon',
      'aria-pressed': String(layer.visible),
      'aria-label': trans.__('Show %1', layer.name),
      onclick: () => {
        layer.visible = !layer.visible;
        shown.setAttribute('aria-pressed', String(layer.visible));
        events.changed();
      }
    }, icon('eye'));
    const away = !isBase && h('button', { type: 'button', class: 'la-btn-icon', 'aria-label': trans.__('Take %1 away', layer.name), onclick: () => events.remove(layer) }, '×');
    const bar = h('div', { class: 'la-legend' });
    bar.style.backgroundImage = legend(layer.colours, layer.kind === 'map' ? Math.min(1, layer.threshold / (layer.high || 1)) : 0);
    const ends = layer.kind === 'labels' ? [trans.__('a colour for each number')] : layer.kind === 'image' ? [figures(layer.low, 4), figures(layer.high, 4)] : layer.colours === 'two-sided' ? [figures(-layer.high, 4), '0', figures(layer.high, 4)] : ['0', figures(layer.high, 4)];
    const row = h(
      'li',
      { 'data-layer': layer.name },
      h('div', { class: 'la-line' }, shown, h('b', { class: 'la-cut', title: layer.name }, layer.name), h('span', { class: 'la-end' }), away),
      h('div', { class: 'la-legend-of' }, bar, h('div', { class: 'la-line la-ends' }, ...ends.map(end => h('span', {}, end)))),
      h('div', { class: 'la-line la-looks' }, ...this.fields(layer, isBase, again))
    );
    return row;
  }

  private fields(layer: Layer, isBase: boolean, again: () => void): HTMLElement[] {
    const { trans, events } = this;
    const number = (label: string, value: number, set: (value: number) => void): HTMLElement => {
      const field = h('input', { class: 'la-field la-number', type: 'number', step: 'any', value: Number(value.toPrecision(4)), 'aria-label': `${label}, ${layer.name}`, onchange: () => {
        if (field.value !== '' && Number.isFinite(Number(field.value))) {
          set(Number(field.value));
          again();
        }
      } });
      return h('label', { class: 'la-line' }, label, field);
    };
    const choice = <T extends string>(label: string, value: T, values: readonly (readonly [T, string])[], set: (value: T) => void): HTMLElement => {
      const field = h('select', { class: 'la-field', 'aria-label': `${label}, ${layer.name}`, onchange: () => {
        set(field.value as T);
        again();
      } }, ...values.map(([each, words]) => h('option', { value: each, selected: each === value }, words)));
      return field;
    };
    const opacity = h('input', { type: 'range', min: 0, max: 100, value: Math.round(100 * layer.opacity), 'aria-label': trans.__('Opacity, %1', layer.name), oninput: () => {
      layer.opacity = Number(opacity.value) / 100;
      events.changed();
    } });
    const kinds: readonly (readonly [Kind, string])[] = [['map', trans.__('a map')], ['labels', trans.__('regions')]];
    const colours: readonly (readonly [Colours, string])[] = isBase
      ? [...GREYS, ...HEATS].map(each => [each, trans.__(each)] as const)
      : [['two-sided', trans.__('two-sided')], ...[...HEATS, ...GREYS].map(each => [each, trans.__(each)] as const)];
    if (isBase) {
      return [
        choice(trans.__('Colours'), layer.colours, colours, value => (layer.colours = value)),
        number(trans.__('from'), layer.low, value => (layer.low = value)),
        number(trans.__('to'), layer.high, value => (layer.high = value))
      ];
    }
    const map = layer.kind === 'map' ? [
      choice(trans.__('Colours'), layer.colours, colours, value => (layer.colours = value)),
      number(layer.colours === 'two-sided' ? trans.__('beyond ±') : trans.__('from'), layer.threshold, value => (layer.threshold = Math.abs(value))),
      number(trans.__('to'), layer.high, value => (layer.high = Math.abs(value)))
    ] : [];
    return [choice(trans.__('Shown as'), layer.kind, kinds, kind => layer.be(kind)), ...map, h('label', { class: 'la-line' }, trans.__('opacity'), opacity)];
  }
}
