/** Makes elements; the surfaces are plain DOM, so that Lab, Voila and the service's pages can all hold them. */

type Handler = (event: never) => unknown;
type Value = string | number | boolean | Handler | undefined;
type Child = Node | string | number | null | undefined | false;

/** `h('button', { class: 'la-btn', onclick: save }, 'Save')` */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  properties: Record<string, Value> = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (typeof value === 'function') {
      element.addEventListener(name.slice(2), value as EventListener);
    } else if (value !== undefined && value !== false) {
      element.setAttribute(name, value === true ? '' : String(value));
    }
  }
  append(element, children);
  return element;
}

function append(element: HTMLElement, children: Child[]): void {
  for (const child of children) {
    if (child !== null && child !== undefined && child !== false) {
      element.append(child instanceof Node ? child : String(child));
    }
  }
}

/** What stands in `element` from now on. */
export function fill(element: HTMLElement, ...children: Child[]): void {
  element.replaceChildren();
  append(element, children);
}

/** A 16 px picture beside words: of the stylesheet, in the colour of the text. */
export function icon(name: string): HTMLElement {
  return h('span', { class: `la-i la-i-${name}`, 'aria-hidden': 'true' });
}

/** The shape of a quality; `word` is false where the word stands beside it. */
export function shape(quality: string, label = quality): HTMLElement {
  return label
    ? h('span', { class: `la-q la-q-${quality}`, role: 'img', 'aria-label': label, title: label })
    : h('span', { class: `la-q la-q-${quality}`, 'aria-hidden': 'true' });
}

/** Calls once, `milliseconds` after the last time it was called for. */
export function settled(milliseconds: number, act: () => void): () => void {
  let waiting = 0;
  return () => {
    window.clearTimeout(waiting);
    waiting = window.setTimeout(act, milliseconds);
  };
}
