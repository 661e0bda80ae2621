/** A protocol to be read, changed and taken, where a study has none. */
import { sentence, Words } from '../door';
import { fill, h } from '../dom';

/** `take` raises what the archive finds wrong, which stands below the text then; null for who may not plan from here. */
export function planning(text: string, project: string, trans: Words, take: ((text: string) => Promise<void>) | null): HTMLElement {
  if (!text) {
    return h('div', { class: 'la-instead' }, h('b', {}, trans.__('There is nothing to plan for yet')), h('p', {}, trans.__('Index the study’s folders first; a protocol can then be made of what is there.')));
  }
  const field = h('textarea', { class: 'la-field la-protocol', spellcheck: 'false', 'aria-label': 'protocol.toml' });
  field.value = text;
  field.readOnly = !take;
  const words = take ? trans.__('Here is a first protocol, made of what is there. Read it, change it, then:') : trans.__('Here is a first protocol, made of what is there. A member takes it, changed or not: labarchive protocol %1 protocol.toml', project);
  return h('div', { class: 'la-plan' }, h('h2', {}, trans.__('This study plans no visits')), h('p', { class: 'la-two' }, words), field, take && taking(field, trans, take));
}

function taking(field: HTMLTextAreaElement, trans: Words, take: (text: string) => Promise<void>): HTMLElement {
  const wrong = h('p', { role: 'alert', class: 'la-error-word' });
  const button = h('button', { type: 'button', class: 'la-btn la-main' }, trans.__('Plan this'));
  button.addEventListener('click', () => {
    button.disabled = true;
    fill(wrong);
    take(field.value).catch((error: unknown) => {
      button.disabled = false;
      fill(wrong, sentence(error, trans));
    });
  });
  return h('div', { class: 'la-line' }, button, wrong);
}
