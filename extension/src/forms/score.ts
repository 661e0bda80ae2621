/** What a score comes to while a form is filled in: so far, and from where to where it can still go. */
import { Form, FormItem } from '../rest';
import { Answers } from './answers';
import { evaluate, isEmpty, Tree, truthy, Value } from './evaluate';

export type Codes = Readonly<Record<string, string>>;

export interface Reckoned {
  readonly value: number | null;
  readonly low: number | null;
  readonly high: number | null;
  /** Items of it that are answered, that have a code in place of a value, and all that are asked. */
  readonly answered: number;
  readonly missing: number;
  readonly of: number;
}

export function isShown(item: FormItem, answers: Answers, missing: Codes): boolean {
  return truthy(evaluate(item.show as unknown as Tree, answers, missing));
}

/** Items that must still be answered. */
export function left(form: Form, answers: Answers, missing: Codes): FormItem[] {
  return form.items.filter(item => isEmpty(answers[item.name]) && !missing[item.name] && isShown(item, answers, missing) && truthy(evaluate(item.required as unknown as Tree, answers, missing)));
}

/** As labarchive.forms.answers.reckoned; choices whose codes are whole numbers count as those. */
export function reckoned(form: Form, score: Form['scores'][number], answers: Answers, missing: Codes): Reckoned {
  const tree = score.value as unknown as Tree;
  const items = namesOf(tree).map(name => form.items.find(item => item.name === name)).filter(item => item !== undefined && isShown(item, answers, missing)) as FormItem[];
  const known = Object.fromEntries(form.items.map(item => [item.name, asNumber(item, answers[item.name] ?? null)]));
  const open = items.filter(item => isEmpty(answers[item.name]) && !missing[item.name]);
  const at = (pick: (...numbers: number[]) => number): number | null => {
    const filled = Object.fromEntries(open.map(item => [item.name, pick(...numbersOf(item))]));
    const value = evaluate(tree, { ...known, ...filled }, missing);
    return typeof value === 'number' ? value : null;
  };
  const value = evaluate(tree, known, missing);
  const coded = items.filter(item => missing[item.name]).length;
  return { value: typeof value === 'number' ? value : null, low: at(Math.min), high: at(Math.max), answered: items.length - open.length - coded, missing: coded, of: items.length };
}

function asNumber(item: FormItem, value: Value): Value {
  return item.type === 'choice' && /^-?\d+$/.test(String(value)) ? Number(value) : value;
}

function numbersOf(item: FormItem): number[] {
  const codes = item.choices.map(choice => Number(choice.code)).filter(code => Number.isInteger(code));
  return codes.length ? codes : item.range ? [item.range[0]!, item.range[1]!] : [0];
}

function namesOf(tree: Tree): string[] {
  const [head, ...rest] = tree;
  return head === 'name' ? [rest[0] as string] : head === 'value' ? [] : [...new Set((rest as Tree[]).flatMap(namesOf))];
}
