/** The bar over the views: what the pointer does, usual windows, running, keys. */
import { Words } from '../door';
import { h } from '../dom';
import { Act } from './keys';
import { Preset } from './presets';
import { Tool } from './sight';

const TOOLS: readonly (readonly [Tool, string, string])[] = [
  ['cursor', 'Crosshair', 'X'],
  ['window', 'Window', 'W'],
  ['zoom', 'Enlarge', 'E'],
  ['measure', 'Measure', 'M']
];

export class Toolbar {
  readonly node: HTMLElement;
  private readonly tools = new Map<Tool, HTMLElement>();
  private readonly cine: HTMLElement;
  private readonly space: HTMLElement;
  private readonly preset: HTMLSelectElement;

  /** `letters`: keys are told on the buttons. */
  constructor(
    presets: readonly Preset[],
    letters: boolean,
    trans: Words,
    events: { act(name: Act): void; preset(n: number): void }
  ) {
    const key = (name: string): HTMLElement | false => letters && h('kbd', { 'aria-hidden': 'true' }, name);
    for (const [tool, label, letter] of TOOLS) {
      this.tools.set(tool, h('button', { type: 'button', class: 'la-btn', 'aria-pressed': 'false', onclick: () => events.act(tool) }, trans.__(label), key(letter)));
    }
    this.preset = h(
      'select',
      { class: 'la-field', 'aria-label': trans.__('Usual windows'), onchange: () => {
        events.preset(Number(this.preset.value));
        this.preset.value = '';
      } },
      h('option', { value: '' }, trans.__('Windows')),
      ...presets.map((preset, n) => h('option', { value: n + 1 }, `${trans.__(preset.name)}  ⇧${n + 1}`))
    );
    this.cine = h('button', { type: 'button', class: 'la-btn', 'aria-pressed': 'false', onclick: () => events.act('cine') }, trans.__('Run'), key('␣'));
    this.space = h('button', { type: 'button', class: 'la-btn', 'aria-pressed': 'false', onclick: () => events.act('space') }, trans.__('In space'), key('R'));
    this.node = h(
      'div',
      { class: 'la-tools', role: 'toolbar', 'aria-label': trans.__('Tools') },
      h('span', { class: 'la-line', role: 'group', 'aria-label': trans.__('The pointer') }, ...this.tools.values()),
      this.preset,
      h('button', { type: 'button', class: 'la-btn', onclick: () => events.act('fit') }, trans.__('Fit'), key('0')),
      h('button', { type: 'button', class: 'la-btn', onclick: () => events.act('large') }, trans.__('Large'), key('A')),
      this.space,
      this.cine,
      h('button', { type: 'button', class: 'la-btn-icon la-end', 'aria-label': trans.__('Keys'), onclick: () => events.act('keys') }, h('kbd', {}, '?'))
    );
  }

  pressed(tool: Tool): void {
    this.tools.forEach((button, each) => button.setAttribute('aria-pressed', String(each === tool)));
  }

  inSpace(shown: boolean): void {
    this.space.setAttribute('aria-pressed', String(shown));
  }

  runs(runs: boolean): void {
    this.cine.setAttribute('aria-pressed', String(runs));
  }
}
