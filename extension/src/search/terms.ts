/** One word of the search language and where it stands. */
export interface Term {
  readonly text: string;
  readonly from: number;
  readonly to: number;
}

const TERM = /(?:"[^"]*"?|[^\s"])+/g;

/** The terms of a query; a space within quotes parts nothing. */
export function terms(q: string): Term[] {
  return [...q.matchAll(TERM)].map(found => ({ text: found[0], from: found.index, to: found.index + found[0].length }));
}

/** `session:baseline` as name, sign and value; null for a free word. */
export function parts(term: string): { name: string; value: string } | null {
  const found = /^(-?[A-Za-z_][A-Za-z0-9_]*(?::|>=|<=|=|>|<))(.*)$/s.exec(term);
  return found ? { name: found[1] ?? '', value: found[2] ?? '' } : null;
}

/** The values that a query asks of `name`, without those it rules out. */
export function values(q: string, name: string): string[] {
  const found = terms(q).find(term => term.text.startsWith(`${name}:`));
  return found ? split(found.text.slice(name.length + 1)) : [];
}

/** The query with `value` of `name` taken in, or taken out if it was in. */
export function toggled(q: string, name: string, value: string): string {
  const before = values(q, name);
  const after = before.includes(value) ? before.filter(each => each !== value) : [...before, value];
  const term = after.length ? `${name}:${after.map(quoted).join(',')}` : '';
  const rest = terms(q).map(each => each.text);
  const place = rest.findIndex(each => each.startsWith(`${name}:`));
  if (place >= 0) {
    rest.splice(place, 1, ...(term ? [term] : []));
  } else if (term) {
    rest.push(term);
  }
  return rest.join(' ');
}

/** The query without one of its terms. */
export function without(q: string, term: string): string {
  return terms(q).map(each => each.text).filter(each => each !== term).join(' ');
}

function split(value: string): string[] {
  return [...value.matchAll(/"([^"]*)"|([^,]+)/g)].map(found => found[1] ?? found[2] ?? '');
}

function quoted(value: string): string {
  return /[\s,"*?]|\.\./.test(value) ? `"${value.replace(/"/g, '')}"` : value;
}
