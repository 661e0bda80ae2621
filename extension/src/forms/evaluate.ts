/** What an expression of a form comes to: the same tree, and the same answers, as labarchive.forms.expressions. */

export type Value = string | number | boolean | null | readonly string[];
/** `["==", ["name", "arm"], ["value", 4]]` */
export type Tree = readonly [string, ...unknown[]];
type Words = Readonly<Record<string, Value | undefined>>;
type Codes = Readonly<Record<string, string | undefined>>;

/** `missing`: item -> code of what has a code in place of a value: a word in comparisons, nothing in sums. */
export function evaluate(tree: Tree, answers: Words, missing: Codes = {}): Value {
  const [head, ...rest] = tree;
  const parts = rest as Tree[];
  const value = (part: Tree): Value => evaluate(part, answers, missing);
  const word = (part: Tree): Value =>
    part[0] === 'name' ? (answers[part[1] as string] ?? missing[part[1] as string] ?? null) : value(part);
  switch (head) {
    case 'value':
      return rest[0] as Value;
    case 'name':
      return answers[rest[0] as string] ?? null;
    case 'answered':
      return parts.every(part => !isEmpty(word(part)));
    case 'not':
      return !truthy(value(parts[0]!));
    case 'and':
      return parts.every(part => truthy(value(part)));
    case 'or':
      return parts.some(part => truthy(value(part)));
    case '==':
      return word(parts[0]!) === word(parts[1]!);
    case '!=':
      return word(parts[0]!) !== word(parts[1]!);
    case 'in':
      return isIn(word(parts[0]!), word(parts[1]!));
    case 'not in':
      return !isIn(word(parts[0]!), word(parts[1]!));
    default:
      return reckoned(head, parts.map(part => number(value(part))));
  }
}

export function truthy(value: Value): boolean {
  return Array.isArray(value) ? value.length > 0 : Boolean(value);
}

export function isEmpty(value: Value | undefined): boolean {
  return value === null || value === undefined || value === '' || (Array.isArray(value) && !value.length);
}

function isIn(left: Value, right: Value): boolean {
  if (typeof right === 'string') {
    return typeof left === 'string' && right.includes(left);
  }
  return Array.isArray(right) && right.includes(left as string);
}

function number(value: Value): number | null {
  return typeof value === 'number' ? value : null;
}

function reckoned(head: string, numbers: (number | null)[]): Value {
  const [left = null, right = null] = numbers;
  const both = left !== null && right !== null;
  switch (head) {
    case '<':
      return both && left < right;
    case '<=':
      return both && left <= right;
    case '>':
      return both && left > right;
    case '>=':
      return both && left >= right;
    case '+':
      return both ? left + right : null;
    case '-':
      return both ? left - right : null;
    case '*':
      return both ? left * right : null;
    case '/':
      return both && right !== 0 ? left / right : null;
  }
  const known = numbers.filter(each => each !== null);
  if (!known.length) {
    return null;
  }
  const sum = known.reduce((total, each) => total + each, 0);
  return head === 'sum' ? sum : head === 'mean' ? sum / known.length : head === 'min' ? Math.min(...known) : Math.max(...known);
}
