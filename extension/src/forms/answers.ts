/** Answers while they are given: what is still asked for, by the form's own rules. The service's verdict counts. */
import { Form, FormItem } from '../rest';
import { evaluate, isEmpty, Tree, truthy, Value } from './evaluate';

export type Answers = Readonly<Record<string, Value>>;

/** The items that must still be answered, and are not hidden. */
export function open(form: Form, answers: Answers): FormItem[] {
  return form.items.filter(
    item =>
      isEmpty(answers[item.name]) &&
      truthy(evaluate(item.show as unknown as Tree, answers)) &&
      truthy(evaluate(item.required as unknown as Tree, answers))
  );
}

/** The answers with one more; an empty one is none. */
export function withAnswer(answers: Answers, name: string, value: Value): Answers {
  const { [name]: _, ...others } = answers;
  return isEmpty(value) ? others : { ...others, [name]: value };
}

export function reasons(value: Value | undefined): readonly string[] {
  return Array.isArray(value) ? (value as readonly string[]) : [];
}
