import { Rows } from './rows';

/** Where a key leads from a row: to another, or to opening or closing this one. */
export type Move = { to: number; open?: undefined } | { open: boolean; to?: undefined };

/** The keys of a tree as ARIA describes them; null for a key that means nothing here. */
export function move(rows: Rows, from: number, key: string, { page, typed }: { page: number; typed: string }): Move | null {
  const last = rows.length - 1;
  const row = rows.at(from);
  switch (key) {
    case 'ArrowDown':
      return { to: Math.min(last, from + 1) };
    case 'ArrowUp':
      return { to: Math.max(0, from - 1) };
    case 'PageDown':
      return { to: Math.min(last, from + page) };
    case 'PageUp':
      return { to: Math.max(0, from - page) };
    case 'Home':
      return { to: 0 };
    case 'End':
      return { to: last };
    case 'ArrowRight':
      return row.open === false ? { open: true } : { to: row.open ? Math.min(last, from + 1) : from };
    case 'ArrowLeft':
      return row.open ? { open: false } : { to: Math.max(0, rows.parent(from)) };
    default:
      return typed.trim() ? find(rows, from, typed.toLowerCase()) : null;
  }
}

/** The next row whose name begins with what was typed; the row itself while it still does. */
function find(rows: Rows, from: number, typed: string): Move | null {
  const start = typed.length > 1 ? 0 : 1;
  for (let step = start; step <= rows.length; step++) {
    const at = (from + step) % rows.length;
    if (rows.at(at).name.toLowerCase().startsWith(typed)) {
      return { to: at };
    }
  }
  return null;
}
